#include "base/arena.h"
#include "base/suggest.h"
#include "core/check.h"
#include "loader.h"

#include <assert.h>
#include <string.h>

#define PREFIX "check "

static bool fail_at(struct loader *loader, unsigned line, unsigned column, const char *message, const char *next)
{
    error_set(&loader->error, ERROR_CONFIG, "%s", message);
    error_next(&loader->error, "%s", next);
    error_place(&loader->error, loader->config->file, line, column);
    loader_note(loader, false);
    return false;
}

static const struct config_option *find_option(const char *name)
{
    for (size_t i = 0; i < check_option_count; i++)
        if (strcmp(check_option_table[i].name, name) == 0)
            return &check_option_table[i];
    return NULL;
}

static void set_defaults(struct loader *loader, struct check_config *check)
{
    for (size_t i = 0; i < check_option_count; i++) {
        const struct config_option *option = &check_option_table[i];
        const struct setting setting = {SETTING_INITIAL, option->name, option->initial, NULL, 0, 0};
        bool stored = option->initial == NULL || option_store(loader->arena, option, &setting, check, &loader->error);
        assert(stored); /* the table's own text */
        (void)stored;
    }
}

static bool refuse_key(struct loader *loader, const struct ini_entry *entry)
{
    const char **known = arena_array(loader->arena, check_option_count, sizeof *known);
    for (size_t i = 0; i < check_option_count; i++)
        known[i] = check_option_table[i].name;
    const char *near = suggest(entry->key, known, check_option_count);
    struct names names = {known, check_option_count};
    return fail_at(loader, entry->line, entry->key_column,
                   arena_printf(loader->arena, "unknown option %s of a check", entry->key),
                   near == NULL
                       ? arena_printf(loader->arena, "a check has %s", names_join(loader->arena, &names, names.count))
                       : arena_printf(loader->arena, "did you mean %s?", near));
}

static bool store_entry(struct loader *loader, struct check_config *check, const struct ini_entry *entry)
{
    const struct config_option *option = find_option(entry->key);
    if (option == NULL)
        return refuse_key(loader, entry);
    const struct setting setting = {
        .level = SETTING_FILE_TARGET,
        .as = option->name,
        .value = entry->value,
        .file = loader->config->file,
        .line = entry->line,
        .column = entry->value_column,
    };
    bool stored = option_store(loader->arena, option, &setting, check, &loader->error);
    loader_note(loader, stored);
    return stored;
}

static const struct ini_entry *find_entry(const struct ini *ini, size_t section, const char *key)
{
    for (size_t i = 0; i < ini->n_entries; i++)
        if (ini->entries[i].section == section && strcmp(ini->entries[i].key, key) == 0)
            return &ini->entries[i];
    return NULL;
}

/* Faults of values are told already: what is looked at here is what is missing, or does not fit the rest. */
static bool look_whole(struct loader *loader, const struct ini *ini, size_t section, const struct check_config *check)
{
    const struct ini_section *head = &ini->sections[section];
    const struct ini_entry *threshold = find_entry(ini, section, "threshold");
    const struct check_type *type = check->type == NULL ? NULL : check_type_find(check->type);
    if (find_entry(ini, section, "type") == NULL)
        return fail_at(loader, head->line, head->column, arena_printf(loader->arena, "[%s] has no type", head->name),
                       "write type = heartbeat, or type = sql");
    if (find_entry(ini, section, "query") == NULL)
        return fail_at(loader, head->line, head->column, arena_printf(loader->arena, "[%s] has no query", head->name),
                       "write query = SELECT ...");
    if (type != NULL && !type->has_threshold && threshold != NULL)
        return fail_at(loader, threshold->line, threshold->key_column,
                       arena_printf(loader->arena, "a check of type %s has no threshold", type->name),
                       "remove the line, or compare in the query");
    return true;
}

static bool look_for_target(struct loader *loader, const struct ini *ini, size_t section,
                            const struct check_config *check)
{
    const struct config *config = loader->config;
    const struct ini_entry *entry = find_entry(ini, section, "target");
    const char **known = arena_array(loader->arena, config->n_targets, sizeof *known);
    for (size_t i = 0; i < config->n_targets; i++) {
        known[i] = config->targets[i].name;
        if (strcmp(known[i], check->target) == 0)
            return true;
    }
    const char *near = suggest(check->target, known, config->n_targets);
    return fail_at(loader, entry->line, entry->value_column,
                   arena_printf(loader->arena, "there is no target %s", check->target),
                   near == NULL ? "name one that has a section [target NAME], or leave the line out for main"
                                : arena_printf(loader->arena, "did you mean %s?", near));
}

/* In the pages it would be taken for one of these. */
static bool has_own_name(const char *name)
{
    static const char *const own[] = {"db", "migrations"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t length = strlen(own[i]);
        if (strncmp(name, own[i], length) == 0 && (name[length] == '\0' || name[length] == ':'))
            return true;
    }
    return false;
}

static void read_check(struct loader *loader, const struct ini *ini, size_t section, struct check_config *check)
{
    const struct ini_section *head = &ini->sections[section];
    check->name = head->name + strlen(PREFIX);
    set_defaults(loader, check);
    if (has_own_name(check->name))
        fail_at(loader, head->line, head->column,
                arena_printf(loader->arena, "%s is the name of a check that is always there", check->name),
                "choose another name");
    for (size_t i = 0; i < ini->n_entries; i++)
        if (ini->entries[i].section == section)
            store_entry(loader, check, &ini->entries[i]);
    if (look_whole(loader, ini, section, check))
        look_for_target(loader, ini, section, check);
}

void loader_read_checks(struct loader *loader, const struct ini *ini)
{
    struct config *config = loader->config;
    struct check_config *checks = arena_array(loader->arena, ini->n_sections + 1, sizeof *checks);
    for (size_t i = 0; i < ini->n_sections; i++) {
        const struct ini_section *head = &ini->sections[i];
        if (strcmp(head->name, "check") == 0)
            fail_at(loader, head->line, head->column, "a check without a name", "write [check jobs]");
        else if (strncmp(head->name, PREFIX, strlen(PREFIX)) == 0)
            read_check(loader, ini, i, &checks[config->n_checks++]);
    }
    config->checks = checks;
}
