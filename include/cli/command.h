/*
 * The command line: one command, one file (cli/cmd_*.c), one struct; found through the table in cli/commands.c.
 */
#ifndef MIGRATED_CLI_COMMAND_H
#define MIGRATED_CLI_COMMAND_H

#include "base/error.h"
#include "base/names.h"
#include "config/config.h"
#include "config/option_table.h"

struct arena;
struct revision_tree;
struct tree;

/* A flag that only this command has. */
struct command_flag {
    const char *name;  /* without dashes: "sql" */
    char letter;       /* 'm' for -m, 0: none */
    const char *value; /* "TEXT": takes a value so called; NULL: none */
    const char *help;
};

#define COMMAND_MOST_FLAGS 12

struct invocation;

struct command {
    const char *name;
    const char *arguments;    /* for the usage line: "[REV]", "REV..." */
    const char *summary;      /* one line, lower case, no final dot */
    const char *help;         /* paragraphs, each line ended by a newline; may be NULL */
    size_t least, most;       /* positional arguments */
    const char *with_alembic; /* what to type instead with engine = alembic; NULL: it works there */
    const char *with_django;  /* the same with engine = django */
    const char *with_option;  /* the option that does it there, if it is set; NULL: none */
    bool writes_files;        /* revision files: a script is edited instead */
    bool json;                /* it has --json; refused elsewhere */
    bool each;                /* of several targets it means all: cli/each_target.h */
    unsigned uses;            /* which options it uses: bits of enum option_use */
    struct command_flag flags[COMMAND_MOST_FLAGS]; /* ended by an empty one */
    /* Does it; the exit status. One of the two: with the configuration loaded and the revision files read, or bare. */
    int (*run_with_files)(struct invocation *invocation, const struct revision_tree *files);
    int (*run)(struct invocation *invocation);
    /* Behind all targets, when all went well; NULL: nothing is left to say. */
    void (*conclude)(const struct invocation *invocation);
};

/* One call of the program. */
struct invocation {
    const struct command *command;
    struct arena *arena;                    /* owned by main: until the end */
    struct names arguments;                 /* positional */
    const char *values[COMMAND_MOST_FLAGS]; /* by position of the command's flag; "" for a flag without a value */
    bool json;                              /* one document on stdout, whatever happens */
    bool verbose;
    struct config_source source;
    struct config *config;              /* NULL for commands that load it themselves (serve) or need none */
    const struct target_config *target; /* the one that is named, else main; or, of several, the one at hand */
    bool is_one_of_several;             /* the command is run for each */
    int64_t started_ms;                 /* of all of them, monotonic */
    size_t applied;                     /* revisions, by all of them */
};

/* The value of one of the command's own flags, NULL if it was not given. */
const char *invocation_flag(const struct invocation *invocation, const char *name);

/* Does the command take --target? */
bool command_takes_target(const struct command *command);

/* Load the configuration into the invocation, once; on failure the error is reported and its exit status returned, else 0. */
int invocation_configure(struct invocation *invocation);

/* Run its command, the exit status: what a command with run_with_files needs is seen to here. */
int invocation_run(struct invocation *invocation);

/* The revision files. NULL: faults and errors are reported, *status is the exit status. Freed with tree_release. */
struct tree *invocation_tree(struct invocation *invocation, int *status);
/* The same of files read already: reports what is wrong, the exit status, 0: good. `tree` NULL: see `error`. */
int invocation_judge_tree(struct tree *tree, const struct error *error);
/* For what must not take a directory that was not mounted for an empty one: reports it, the exit status, 0: good. */
int invocation_demand_files(const struct invocation *invocation, const struct revision_tree *files);

extern const struct command *const command_table[];
extern const size_t command_count;

const struct command *command_find(const char *name);

/* The whole program: parse, find, run; the exit status. */
int command_main(int argc, char **argv);

#endif
