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

static struct address find_address(struct loader *loader, size_t at, bool migrates)
{
    struct target_config *target = &loader->config->targets[at];
    struct target_notes *notes = &loader->notes[at];
    if (migrates)
        return (struct address){&target->migrate_url, &target->migrate_url_file, &target->migrate_url_from,
                                &notes->migrate_level};
    return (struct address){&target->database_url, &target->database_url_file, &target->database_url_from,
                            &notes->database_level};
}

/* A flag or variable means another database than the file did: revisions must not go where the file said. */
static void forget_migrate_url(struct loader *loader, const struct setting *setting, size_t target)
{
    struct address address = find_address(loader, target, true);
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

static bool settle_address(struct loader *loader, const struct config_option *option, const struct setting *setting,
                           size_t target)
{
    bool migrates = strncmp(option->name, "migrate_url", strlen("migrate_url")) == 0;
    struct address address = find_address(loader, target, migrates);
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
        forget_migrate_url(loader, setting, target);
    return true;
}

static void note(struct target_notes *notes, const struct config_option *option, const struct setting *setting)
{
    if (option->offset == offsetof(struct target_config, version_table))
        notes->has_version_table = setting->level > SETTING_INITIAL;
    if (option->offset == offsetof(struct target_config, after))
        notes->after = *setting;
}

bool loader_store(struct loader *loader, const struct config_option *option, const struct setting *setting,
                  size_t target)
{
    struct config *config = loader->config;
    void *fields = option->scope == OPTION_DAEMON ? (void *)config : (void *)&config->targets[target];
    if (!option_store(loader->arena, option, setting, fields, &loader->error))
        return false;
    if (option->scope == OPTION_TARGET)
        note(&loader->notes[target], option, setting);
    return !option_is_address(option) || settle_address(loader, option, setting, target);
}
