/*
 * One value as a user gave it, put into its field: by the type of the option, with errors that say what to write.
 */
#ifndef MIGRATED_CONFIG_OPTION_VALUE_H
#define MIGRATED_CONFIG_OPTION_VALUE_H

#include "base/error.h"
#include "config/option_table.h"

struct arena;

/* Where a value comes from; a later level overrides an earlier one. */
enum setting_level {
    SETTING_INITIAL,      /* the table's default */
    SETTING_FALLBACK,     /* DATABASE_URL and DATABASE_URL_FILE */
    SETTING_FILE_GENERAL, /* [migrated] */
    SETTING_FILE_TARGET,  /* [target main] */
    SETTING_ENVIRONMENT,  /* MIGRATED_* */
    SETTING_FLAG,
};

struct setting {
    enum setting_level level;
    const char *as; /* the option as the user spelled it: "--cache-ttl" */
    const char *value;
    const char *file;      /* NULL: not from a file */
    unsigned line, column; /* of the value */
};

/*
 * Parse and check a setting and store it in `fields`, a struct config or a struct target_config, by the option's
 * scope. Errors: ERROR_USAGE for a flag, else ERROR_CONFIG, at the place of the setting.
 */
bool option_store(struct arena *arena, const struct config_option *option, const struct setting *setting,
                  void *fields, struct error *error);

/* Turn an error about a setting into one at its place, with the code of its level. Returns false. */
bool setting_fail(const struct setting *setting, struct error *error);

#define VALUE_SHOWN_SIZE 64

/* A value for a message: cut if it is long, hidden if it might hold a password. Returns `shown`. */
const char *value_shown(const char *value, char shown[VALUE_SHOWN_SIZE]);

#endif
