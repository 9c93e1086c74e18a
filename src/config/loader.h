/*
 * What the parts of config_load share: the configuration under construction and the one door by which values enter it.
 * The parts are called from the lowest level to the highest, so that a later value overrides an earlier one.
 */
#ifndef MIGRATED_CONFIG_LOADER_H
#define MIGRATED_CONFIG_LOADER_H

#include "config/config.h"
#include "config/ini.h"
#include "option_value.h"

/* What is known of a target only while it is loaded. */
struct target_notes {
    enum setting_level database_level; /* where database_url or database_url_file was given last */
    enum setting_level migrate_level;  /* the same of migrate_url and migrate_url_file */
    bool has_version_table;            /* it was given */
    unsigned line, column;             /* of its section; 0: it has none */
    struct setting after;              /* as it was given */
};

struct loader {
    struct arena *arena;
    const struct config_source *source; /* borrowed */
    struct config *config;
    struct target_notes *notes; /* of each target */
    size_t target_capacity;
    size_t warning_capacity;
    struct error error; /* of the setting at hand */
    struct config_faults *faults;
};

#define MAIN_TARGET 0

/* Store a setting, if it is a target's that of this one. False: refused, with loader->error. */
bool loader_store(struct loader *loader, const struct config_option *option, const struct setting *setting,
                  size_t target);
/* Another target, with the defaults. The name is owned by the arena. */
void loader_add_target(struct loader *loader, const char *name);
/* Its position; n_targets: there is none. */
size_t loader_find_target(const struct loader *loader, const char *name);
/* What targets take from each other, and what they may not share. Called when all is read. */
void loader_settle_targets(struct loader *loader);
/* Add a warning; `text` is owned by the arena. */
void loader_warn(struct loader *loader, const char *text);

/* Unless `good`, loader->error is one more fault: what is wrong ends nothing. */
void loader_note(struct loader *loader, bool good);

/* The file: --config, else the default one if it exists. */
void loader_read_file(struct loader *loader);
/* Its sections [check NAME], once the targets are known. */
void loader_read_checks(struct loader *loader, const struct ini *ini);
/* MIGRATED_* variables. */
void loader_read_environment(struct loader *loader);
/* DATABASE_URL and DATABASE_URL_FILE, if no database was given anywhere else. Called last. */
void loader_read_fallback(struct loader *loader);

#endif
