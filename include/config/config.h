/*
 * Configuration: flags before environment before file before defaults, from one table of options
 * (config/option_table.h). A loaded configuration is read-only; a reload makes a new one.
 */
#ifndef MIGRATED_CONFIG_CONFIG_H
#define MIGRATED_CONFIG_CONFIG_H

#include "base/names.h"
#include "config/check_config.h"
#include "config/faults.h"
#include "core/parameters.h"

#include <stdint.h>

struct arena;

#define CONFIG_DEFAULT_FILE "/etc/migrated/migrated.conf"

enum apply_policy { APPLY_STARTUP, APPLY_WATCH, APPLY_APPROVE, APPLY_NEVER };
enum ahead_policy { AHEAD_READY, AHEAD_FAIL };
enum empty_policy { EMPTY_REFUSED, EMPTY_ALLOWED };
enum blocked_policy { BLOCKED_WAIT, BLOCKED_CANCEL_IDLE, BLOCKED_FAIL };
enum changed_policy { CHANGED_AUTO, CHANGED_WARN, CHANGED_FAIL };
enum unknown_policy { UNKNOWN_FAIL, UNKNOWN_LAST_GOOD };
enum engine { ENGINE_SQL, ENGINE_ALEMBIC, ENGINE_DJANGO, ENGINE_SCRIPT };
enum details_policy { DETAILS_ALWAYS, DETAILS_LOOPBACK, DETAILS_NEVER };
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* One line of revisions: a database, a version table, directories. */
struct target_config {
    const char *name;              /* "main" */
    const char *after;             /* the target that has to be in sync before this one is applied; NULL: none */
    const char *database_url;      /* as given, NULL: libpq's own PG* variables. A secret: never printed */
    const char *database_url_file; /* NULL: none; read at each connect. Never beside database_url */
    const char *database_url_from; /* what the user wrote to give either: "DATABASE_URL", "--database-url"; or NULL */
    const char *migrate_url;       /* where revisions are applied, NULL: there too. A secret as well */
    const char *migrate_url_file;  /* NULL: none. Never beside migrate_url */
    const char *migrate_url_from;  /* as database_url_from */
    struct names migrations;    /* directories; with ENGINE_ALEMBIC an alembic.ini, too; with ENGINE_SCRIPT a file */
    struct names apps;          /* of Django: the installed ones; empty: as the settings say */
    const char *settings;       /* of Django: the settings module, NULL: as manage.py says */
    const char *user_model;     /* of Django: AUTH_USER_MODEL, NULL: as the settings say */
    const char *expected;       /* of Django: a file with the output of showmigrations --plan, NULL: none */
    const char *tenant_schemas; /* of Django: a query for the schemas that repeat this one, NULL: none do */
    enum empty_policy allow_empty; /* that there is no revision file in any of them */
    const char *version_table;     /* "alembic_version" */
    const char *version_schema;    /* NULL: the first of search_path */
    const char *bookkeeping_schema;
    enum engine engine;
    const char *layout;
    struct parameters vars; /* text parameters, and the environment, for layouts whose tool has them */
    enum apply_policy apply;
    enum ahead_policy ahead;
    enum blocked_policy on_blocked;
    enum unknown_policy unknown;
    enum changed_policy on_changed;
    const char *mirror;           /* "no", "yes": whose files these are, or a tool's name */
    const char *mirror_table;     /* NULL: where that tool keeps it by itself */
    int64_t lock_timeout_ms;      /* -1: by statement class */
    int64_t statement_timeout_ms; /* 0: none */
    int64_t online_timeout_ms;    /* of concurrent builds and their kind; 0: none */
    int64_t retry_for_ms;
    int64_t wait_for_replicas_ms; /* 0: not at all */
    const char *upgrade_command;  /* NULL: none; with ENGINE_ALEMBIC what applies revisions, by /bin/sh -c */
    int64_t upgrade_timeout_ms;   /* of it; 0: none */
    int64_t upgrade_retries;      /* how often it is tried again */
    const char *new_command;      /* NULL: none; there what writes a revision */
};

struct config {
    const char *file;   /* the file read, NULL if none */
    const char *listen; /* "127.0.0.1:8088" */
    int64_t cache_ttl_ms, stale_after_ms, stop_timeout_ms;
    int64_t max_message; /* bytes */
    enum details_policy details;
    enum log_format log_format;
    enum log_level log_level;
    struct target_config *targets; /* at least one; [0] is main, then as in the file */
    size_t n_targets;
    const struct check_config *checks; /* in the order of the file */
    size_t n_checks;
    struct names warnings; /* unknown MIGRATED_* variables and the like, to be logged once */
};

/* One flag from the command line: option name with dashes ("cache-ttl") and value. */
struct config_flag {
    const char *name, *value;
};

struct config_source {
    const struct config_flag *flags; /* borrowed, in the order of the command line */
    size_t n_flags;
    const char *const *environment; /* NULL-terminated "NAME=value" (environ) */
    const char *file;               /* --config; NULL: the default file if it exists */
    const char *default_file;       /* NULL: CONFIG_DEFAULT_FILE */
    const char *target;             /* --target: whose the flags are; NULL: main */
};

/*
 * Load and check everything; a value that is overridden is checked all the same. A flag given twice: the last one
 * counts, lists add up. An empty variable counts as not set, with a warning. Options of a target may stand in
 * [migrated] too, below those of its own [target NAME]. Variables mean main, and so do flags unless a target is named.
 *
 * The database is the first that is given of: --database-url or --database-url-file, MIGRATED_DATABASE_URL or
 * MIGRATED_DATABASE_URL_FILE, the file's database_url or database_url_file, DATABASE_URL or DATABASE_URL_FILE, libpq's
 * own PG*. Both of a pair at one level are an error. A flag or a MIGRATED_ variable that gives the database puts out a
 * migrate_url of a lower level, which belongs to another one; a warning says so. All of that is main's: another target
 * that gives no database in its own section has main's, so that none is left behind at another one.
 *
 * Faults, in this order: ERROR_CONFIG for the file and the environment, ERROR_USAGE for a flag, with file:line:column
 * where there is one and a suggestion for near misses; they never hold a database URL. The configuration is owned by
 * the arena; with faults it holds what was good, enough to know how to log them.
 */
bool config_load_all(struct arena *arena, const struct config_source *source, struct config **config,
                     struct config_faults *faults);
/* The same, telling the first fault only; then `config` is untouched. */
bool config_load(struct arena *arena, const struct config_source *source, struct config **config,
                 struct error *error);

/* Is it another tool's, whose own command applies its files? They may be in the application's image alone. */
bool engine_is_foreign(enum engine engine);
const char *engine_name(enum engine engine); /* "alembic" */
/* What one types to apply its revisions with that tool: "alembic upgrade heads"; NULL: they are ours. */
const char *target_own_command(const struct target_config *target);

/* By its name; NULL: there is none. */
const struct target_config *config_target(const struct config *config, const char *name);
/* All targets, each behind the one that it comes after, else as they are listed; owned by the arena. */
const struct target_config **config_run_order(struct arena *arena, const struct config *config);

/* What serve can't do: applying with an engine that is only read, without a command for it. False: a fault (ERROR_CONFIG)
 * was added. */
bool config_check_serve(const struct config *config, struct config_faults *faults);

/*
 * For a reload: give `loaded` the values of `running` for the options that need a restart, with a warning for each
 * that differs. Copied into the arena, which owns `loaded`.
 */
void config_keep(struct arena *arena, const struct config *running, struct config *loaded);

#endif
