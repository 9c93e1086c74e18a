#include "loader.h"

#include "base/arena.h"

#include <string.h>

void loader_warn(struct loader *loader, const char *text)
{
    struct names *warnings = &loader->config->warnings;
    warnings->items = arena_grow(loader->arena, warnings->items, warnings->count, &loader->warning_capacity,
                                 sizeof *warnings->items);
    warnings->items[warnings->count++] = text;
}

void loader_note(struct loader *loader, bool good)
{
    if (!good)
        config_fault_add(loader->faults, &loader->error);
}

/* An address is given as such or by a file: the one at the higher level puts out the other. */
struct address {
    const char **url, **file, **from;
    enum setting_level *level;
};

static struct address find_address(struct loader *loader, bool migrates)
{
    struct target_config *target = &loader->config->targets[0];
    if (migrates)
        return (struct address){&target->migrate_url, &target->migrate_url_file, &target->migrate_url_from,
                                &loader->migrate_level};
    return (struct address){&target->database_url, &target->database_url_file, &target->database_url_from,
                            &loader->database_level};
}

/* A flag or variable means another database than the file did: revisions must not go where the file said. */
static void forget_migrate_url(struct loader *loader, const struct setting *setting)
{
    struct address address = find_address(loader, true);
    if (*address.from == NULL || setting->level < SETTING_ENVIRONMENT || *address.level >= setting->level)
        return;
    loader_warn(loader,
                arena_printf(loader->arena,
                             "%s is not used, since %s gives another database; if revisions need another address "
                             "there, give %s too",
                             *address.from, setting->as,
                             setting->level == SETTING_FLAG ? "--migrate-url" : "MIGRATED_MIGRATE_URL"));
    *address.url = *address.file = *address.from = NULL;
}

static bool settle_address(struct loader *loader, const struct config_option *option, const struct setting *setting)
{
    bool migrates = strncmp(option->name, "migrate_url", strlen("migrate_url")) == 0;
    struct address address = find_address(loader, migrates);
    const char **other = strstr(option->name, "_file") == NULL ? address.file : address.url;
    if (*other != NULL && *address.level == setting->level) {
        error_set(&loader->error, ERROR_CONFIG, "both %s and %s are given", *address.from, setting->as);
        error_next(&loader->error, "keep one of them");
        return setting_fail(setting, &loader->error);
    }
    *other = NULL;
    *address.from = setting->as;
    *address.level = setting->level;
    if (!migrates)
        forget_migrate_url(loader, setting);
    return true;
}

bool loader_store(struct loader *loader, const struct config_option *option, const struct setting *setting)
{
    struct config *config = loader->config;
    void *fields = option->scope == OPTION_DAEMON ? (void *)config : (void *)&config->targets[0];
    if (!option_store(loader->arena, option, setting, fields, &loader->error))
        return false;
    bool is_address = strncmp(option->name, "database_url", strlen("database_url")) == 0 ||
                      strncmp(option->name, "migrate_url", strlen("migrate_url")) == 0;
    return !is_address || settle_address(loader, option, setting);
}
