#include "base/arena.h"
#include "base/suggest.h"
#include "loader.h"

#include <string.h>

#define PREFIX "MIGRATED_"

/* "NAME=value" cut in two, owned by the arena; false if there is no name. */
static bool cut_variable(struct arena *arena, const char *entry, const char **name, const char **value)
{
    const char *equals = strchr(entry, '=');
    if (equals == NULL || equals == entry)
        return false;
    *name = arena_copy(arena, entry, (size_t)(equals - entry));
    *value = equals + 1;
    return true;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What Kubernetes puts into every pod beside a service that is called `migrated`. */
static bool is_service_link(const char *name)
{
    return strcmp(name, PREFIX "PORT") == 0 || has_prefix(name, PREFIX "PORT_") ||
           has_prefix(name, PREFIX "SERVICE_");
}

static void warn_unknown(struct loader *loader, const char *name)
{
    const char **known = arena_array(loader->arena, option_count, sizeof *known);
    for (size_t i = 0; i < option_count; i++)
        known[i] = option_variable(loader->arena, &option_table[i]) + strlen(PREFIX);

    const char *near = suggest(name + strlen(PREFIX), known, option_count);
    loader_warn(loader, near == NULL
                            ? arena_printf(loader->arena, "unknown variable %s is ignored", name)
                            : arena_printf(loader->arena,
                                           "unknown variable %s is ignored: did you mean " PREFIX "%s?", name, near));
}

/* Compose files and charts pass on variables that nobody set as empty ones. */
static void warn_empty(struct loader *loader, const char *name)
{
    loader_warn(loader, arena_printf(loader->arena, "variable %s is empty: taken as not set", name));
}

static bool read_variable(struct loader *loader, const char *name, const char *value)
{
    const struct config_option *option = option_find_variable(name);
    if (option == NULL) {
        warn_unknown(loader, name);
        return true;
    }
    if (value[0] == '\0') {
        warn_empty(loader, name);
        return true;
    }
    const struct setting setting = {SETTING_ENVIRONMENT, name, value, NULL, 0, 0};
    return loader_store(loader, option, &setting, MAIN_TARGET);
}

void loader_read_environment(struct loader *loader)
{
    const char *const *entries = loader->source->environment;
    for (size_t i = 0; entries != NULL && entries[i] != NULL; i++) {
        const char *name, *value;
        if (!has_prefix(entries[i], PREFIX) || !cut_variable(loader->arena, entries[i], &name, &value))
            continue;
        if (!is_service_link(name))
            loader_note(loader, read_variable(loader, name, value));
    }
}

/*
 * DATABASE_URL is the application's rather than ours: it is looked at when it is used, not here, so that commands that
 * need no database do not mind what it holds.
 */
static bool read_fallback_variable(struct loader *loader, const char *name, const char *value)
{
    bool is_file = strcmp(name, "DATABASE_URL_FILE") == 0;
    if (!is_file && strcmp(name, "DATABASE_URL") != 0)
        return true;
    if (value[0] == '\0') {
        warn_empty(loader, name);
        return true;
    }

    struct target_config *target = &loader->config->targets[MAIN_TARGET];
    if (target->database_url_from != NULL) {
        error_set(&loader->error, ERROR_CONFIG, "both DATABASE_URL and DATABASE_URL_FILE are given");
        return error_next(&loader->error, "keep one of them, or say which with MIGRATED_DATABASE_URL");
    }
    *(is_file ? &target->database_url_file : &target->database_url) = arena_string(loader->arena, value);
    target->database_url_from = name;
    return true;
}

void loader_read_fallback(struct loader *loader)
{
    if (loader->config->targets[MAIN_TARGET].database_url_from != NULL)
        return;

    const char *const *entries = loader->source->environment;
    for (size_t i = 0; entries != NULL && entries[i] != NULL; i++) {
        const char *name, *value;
        if (has_prefix(entries[i], "DATABASE_URL") && cut_variable(loader->arena, entries[i], &name, &value))
            loader_note(loader, read_fallback_variable(loader, name, value));
    }
}
