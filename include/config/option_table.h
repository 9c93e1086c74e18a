/*
 * Every option of the configuration, one row each: what it is called, what it takes, its default and where its value
 * is kept. The reader of the file, of the environment and of the flags, the help text and the check of
 * etc/migrated.conf all walk this table. To add an option: a field in config/config.h, a row, a paragraph in
 * etc/migrated.conf.
 *
 * One name has three spellings: `cache_ttl` in the file, `--cache-ttl` as a flag, `MIGRATED_CACHE_TTL` in the
 * environment.
 */
#ifndef MIGRATED_CONFIG_OPTION_TABLE_H
#define MIGRATED_CONFIG_OPTION_TABLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* What a value is, and the C type of its field. */
enum option_type {
    OPTION_TEXT,     /* const char *; one of `words` if there are any */
    OPTION_NAME,     /* const char *; a plain SQL identifier, taken as it is written */
    OPTION_PATH,     /* const char * */
    OPTION_LIST,     /* struct names; comma separated */
    OPTION_WORD,     /* an enum whose values are the positions in `words` */
    OPTION_DURATION, /* int64_t, milliseconds */
    OPTION_SIZE,     /* int64_t, bytes */
    OPTION_NUMBER,   /* int64_t */
};

enum option_scope {
    OPTION_DAEMON, /* [migrated]; a field of struct config */
    OPTION_TARGET, /* [target NAME], or [migrated] for every target; a field of struct target_config */
    OPTION_CHECK,  /* [check NAME]; a field of struct check_config (config/check_config.h) */
};

/* What an option is about, as bits: help shows a command those that it uses. */
enum option_use {
    OPTION_FOR_FILES = 1,    /* reading the revision files */
    OPTION_FOR_DATABASE = 2, /* connecting, and finding the version table */
    OPTION_FOR_RUN = 4,      /* applying revisions */
    OPTION_FOR_VERDICT = 8,  /* judging what the database holds */
    OPTION_FOR_ADDRESS = 16, /* finding the daemon */
    OPTION_FOR_DAEMON = 32,  /* what only `serve` does */
    OPTION_FOR_PLAN = 64,    /* telling what a run would do */
    OPTION_FOR_ALL = 127,
};

struct option_word {
    const char *text;
    bool unavailable; /* known, but not in this version */
};

struct config_option {
    const char *name; /* as in the file */
    enum option_type type;
    enum option_scope scope;
    size_t offset;                   /* of the field, in the struct of the scope */
    const char *initial;             /* the default as text, NULL: none (the field is NULL) */
    const struct option_word *words; /* ended by {NULL}; NULL: any value of the type */
    const char *least, *most;        /* bounds as text, NULL: none */
    const char *special;             /* a word beside the numbers, NULL: none */
    long special_value;              /* what it stands for */
    unsigned uses;                   /* bits of enum option_use */
    bool restart;                    /* a reload leaves it as it was */
    bool secret;                     /* never shown */
    const char *values;              /* what to write, for help: "DURATION" */
    const char *help;                /* one line */
    /* A further look at a value; `as` is how the user spelled the option. NULL: none. Sets ERROR_CONFIG. */
    bool (*check)(const char *as, const char *value, struct error *error);
};

/* The rows, in the order in which help and etc/migrated.conf show them. */
extern const struct config_option option_table[];
extern const size_t option_count;

/* By its name in the file, as a flag ("cache-ttl", no leading dashes), in the environment. NULL: there is none. */
const struct config_option *option_find(const char *name);
const struct config_option *option_find_flag(const char *flag);
const struct config_option *option_find_variable(const char *variable);

/* One of database_url, migrate_url and their files: which database it is. */
bool option_is_address(const struct config_option *option);

/* The other spellings, owned by the arena: "--cache-ttl", "MIGRATED_CACHE_TTL". */
const char *option_flag(struct arena *arena, const struct config_option *option);
const char *option_variable(struct arena *arena, const struct config_option *option);

/* For help: the words that may be written ("startup|watch|never"), else `values`; owned by the arena. */
const char *option_values(struct arena *arena, const struct config_option *option);

#endif
