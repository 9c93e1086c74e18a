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

/* database_url and database_url_file are two ways to say one thing: the one at the higher level puts out the other. */
static bool settle_database(struct loader *loader, const struct config_option *option, const struct setting *setting)
{
    struct target_config *target = &loader->config->targets[0];
    bool is_url = strcmp(option->name, "database_url") == 0;
    const char **other = is_url ? &target->database_url_file : &target->database_url;
    if (*other != NULL && loader->database_level == setting->level) {
        error_set(&loader->error, ERROR_CONFIG, "both %s and %s are given", target->database_url_from, setting->as);
        error_next(&loader->error, "keep one of them");
        return setting_fail(setting, &loader->error);
    }
    *other = NULL;
    target->database_url_from = setting->as;
    loader->database_level = setting->level;
    return true;
}

bool loader_store(struct loader *loader, const struct config_option *option, const struct setting *setting)
{
    struct config *config = loader->config;
    void *fields = option->scope == OPTION_DAEMON ? (void *)config : (void *)&config->targets[0];
    if (!option_store(loader->arena, option, setting, fields, &loader->error))
        return false;
    bool is_database = strncmp(option->name, "database_url", strlen("database_url")) == 0;
    return !is_database || settle_database(loader, option, setting);
}
