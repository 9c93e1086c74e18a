#include "base/arena.h"
#include "base/suggest.h"
#include "config/ini.h"
#include "file_read.h"
#include "loader.h"

#include <errno.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 20)

#define GENERAL_SECTION "migrated"
#define TARGET_SECTION  "target main"

static bool fail_section(struct loader *loader, const struct ini_section *section, const char *message,
                         const char *next)
{
    error_set(&loader->error, ERROR_CONFIG, "%s", message);
    error_next(&loader->error, "%s", next);
    return error_place(&loader->error, loader->config->file, section->line, section->column);
}

/* The kinds of section to come have their names already, so that none is passed over in silence. */
static bool check_section(struct loader *loader, const struct ini_section *section)
{
    static const char *const known[] = {GENERAL_SECTION, TARGET_SECTION, "target", "check", "notify"};

    const char *name = section->name;
    if (strcmp(name, GENERAL_SECTION) == 0 || strcmp(name, TARGET_SECTION) == 0)
        return true;

    const char *kind = arena_copy(loader->arena, name, strcspn(name, " "));
    if (strcmp(kind, "target") == 0 && strcmp(name, kind) == 0)
        return fail_section(loader, section, "a target without a name", "write [target main]");
    if (strcmp(kind, "target") == 0)
        return fail_section(
            loader, section,
            arena_printf(loader->arena, "[%s]: a target besides main is not available in this version", name),
            "run one daemon for each database, each with its own [target main]");
    if (strcmp(kind, "check") == 0 || strcmp(kind, "notify") == 0)
        return fail_section(loader, section,
                            arena_printf(loader->arena, "[%s] is not available in this version", name),
                            "remove the section");

    const char *near = suggest(name, known, sizeof known / sizeof *known);
    return fail_section(loader, section, arena_printf(loader->arena, "unknown section [%s]", name),
                        near == NULL ? "write [migrated] or [target main]"
                                     : arena_printf(loader->arena, "did you mean [%s]?", near));
}

static bool fail_key(struct loader *loader, const struct ini_entry *entry, const char *message, const char *next)
{
    error_set(&loader->error, ERROR_CONFIG, "%s", message);
    error_next(&loader->error, "%s", next);
    return error_place(&loader->error, loader->config->file, entry->line, entry->key_column);
}

static bool refuse_key(struct loader *loader, const struct ini_entry *entry)
{
    if (strncmp(entry->key, "vars.", strlen("vars.")) == 0)
        return fail_key(
            loader, entry,
            arena_printf(loader->arena, "%s: text parameters are not available in this version", entry->key),
            "remove the line");

    const char **known = arena_array(loader->arena, option_count, sizeof *known);
    for (size_t i = 0; i < option_count; i++)
        known[i] = option_table[i].name;
    const char *near = suggest(entry->key, known, option_count);
    return fail_key(loader, entry, arena_printf(loader->arena, "unknown option %s", entry->key),
                    near == NULL ? "`migrated help options` lists the options"
                                 : arena_printf(loader->arena, "did you mean %s?", near));
}

static bool store_entry(struct loader *loader, enum setting_level level, const struct ini_entry *entry)
{
    const struct config_option *option = option_find(entry->key);
    if (option == NULL)
        return refuse_key(loader, entry);
    if (option->scope == OPTION_DAEMON && level == SETTING_FILE_TARGET)
        return fail_key(
            loader, entry,
            arena_printf(loader->arena, "%s is an option of the whole daemon, not of a target", option->name),
            "put it into [" GENERAL_SECTION "]");

    const struct setting setting = {
        .level = level,
        .as = option->name,
        .value = entry->value,
        .file = loader->config->file,
        .line = entry->line,
        .column = entry->value_column,
    };
    return loader_store(loader, option, &setting);
}

static void store_section(struct loader *loader, const struct ini *ini, const char *name, enum setting_level level)
{
    for (size_t i = 0; i < ini->n_entries; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        if (strcmp(ini->sections[entry->section].name, name) == 0)
            loader_note(loader, store_entry(loader, level, entry));
    }
}

static void store_all(struct loader *loader, const struct ini *ini)
{
    for (size_t i = 0; i < ini->n_sections; i++)
        loader_note(loader, check_section(loader, &ini->sections[i]));
    store_section(loader, ini, GENERAL_SECTION, SETTING_FILE_GENERAL);
    store_section(loader, ini, TARGET_SECTION, SETTING_FILE_TARGET);
}

static const char *default_file(const struct config_source *source)
{
    return source->default_file == NULL ? CONFIG_DEFAULT_FILE : source->default_file;
}

void loader_read_file(struct loader *loader)
{
    const char *given = loader->source->file;
    const char *path = given != NULL ? given : default_file(loader->source);
    const char *bytes;
    size_t length;

    int failure = file_read(loader->arena, path, LARGEST_FILE, &bytes, &length);
    if (given == NULL && (failure == ENOENT || failure == ENOTDIR))
        return;
    if (failure != 0) {
        error_set(&loader->error, ERROR_CONFIG, "cannot read the configuration: %s", strerror(failure));
        error_next(&loader->error, "check the path and its mode");
        error_place(&loader->error, path, 0, 0);
        config_fault_add(loader->faults, &loader->error);
        return;
    }

    struct ini ini;
    loader->config->file = arena_string(loader->arena, path);
    ini_parse(loader->arena, path, bytes, length, &ini, loader->faults);
    store_all(loader, &ini);
    config_faults_sort(loader->faults);
}
