#include "base/arena.h"
#include "base/suggest.h"
#include "file_read.h"
#include "loader.h"

#include <errno.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 20)

#define LONGEST_TARGET  40
#define GENERAL_SECTION "migrated"
#define TARGET_PREFIX   "target "
#define VARS_PREFIX     "vars."

static bool fail_section(struct loader *loader, const struct ini_section *section, const char *message,
                         const char *next)
{
    error_set(&loader->error, ERROR_CONFIG, "%s", message);
    error_next(&loader->error, "%s", next);
    return error_place(&loader->error, loader->config->file, section->line, section->column);
}

/* It stands in the names of checks, of tables, and on command lines. */
static bool add_target(struct loader *loader, const struct ini_section *section, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (strlen(name) > LONGEST_TARGET || name[strspn(name, allowed)] != '\0')
        return fail_section(loader, section,
                            arena_printf(loader->arena, "[%s] is no name of a target", section->name),
                            "write at most 40 letters, digits, - and _");
    if (loader_find_target(loader, name) == loader->config->n_targets)
        loader_add_target(loader, arena_string(loader->arena, name));
    struct target_notes *notes = &loader->notes[loader_find_target(loader, name)];
    notes->line = section->line;
    notes->column = section->column;
    return true;
}

/* The kinds of section to come have their names already, so that none is passed over in silence. */
static bool check_section(struct loader *loader, const struct ini_section *section)
{
    static const char *const known[] = {GENERAL_SECTION, "target main", "target", "check", "notify"};

    const char *name = section->name;
    if (strcmp(name, GENERAL_SECTION) == 0)
        return true;

    const char *kind = arena_copy(loader->arena, name, strcspn(name, " "));
    if (strcmp(kind, "target") == 0 && strcmp(name, kind) == 0)
        return fail_section(loader, section, "a target without a name", "write [target main]");
    if (strcmp(kind, "target") == 0)
        return add_target(loader, section, name + strlen(TARGET_PREFIX));
    if (strcmp(kind, "check") == 0)
        return true; /* loader_read_checks looks at it */
    if (strcmp(kind, "notify") == 0)
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
    const char **known = arena_array(loader->arena, option_count, sizeof *known);
    for (size_t i = 0; i < option_count; i++)
        known[i] = option_table[i].name;
    const char *near = suggest(entry->key, known, option_count);
    return fail_key(loader, entry, arena_printf(loader->arena, "unknown option %s", entry->key),
                    near == NULL ? "`migrated help options` lists the options"
                                 : arena_printf(loader->arena, "did you mean %s?", near));
}

/* A text parameter. The names are those of the tool's: any. */
static bool store_parameter(struct loader *loader, enum setting_level level, const struct ini_entry *entry,
                            size_t target)
{
    const char *name = entry->key + strlen(VARS_PREFIX);
    if (level != SETTING_FILE_TARGET)
        return fail_key(loader, entry, arena_printf(loader->arena, "%s is a target's", entry->key),
                        "put it into [" TARGET_PREFIX "main], or into that of another target");
    if (name[0] == '\0')
        return fail_key(loader, entry, "a parameter without a name", "write " VARS_PREFIX "NAME = VALUE");
    parameters_add(loader->arena, &loader->config->targets[target].vars, name, entry->value);
    return true;
}

static bool store_entry(struct loader *loader, enum setting_level level, const struct ini_entry *entry, size_t target)
{
    const struct config_option *option = option_find(entry->key);
    if (strncmp(entry->key, VARS_PREFIX, strlen(VARS_PREFIX)) == 0)
        return store_parameter(loader, level, entry, target);
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
    return loader_store(loader, option, &setting, target);
}

static void store_section(struct loader *loader, const struct ini *ini, const char *name, enum setting_level level,
                          size_t target)
{
    for (size_t i = 0; i < ini->n_entries; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        if (strcmp(ini->sections[entry->section].name, name) == 0)
            loader_note(loader, store_entry(loader, level, entry, target));
    }
}

/* For the targets besides main, which has told what is wrong there. The addresses are main's. */
static void store_for_all(struct loader *loader, const struct ini *ini)
{
    for (size_t i = 0; i < ini->n_entries; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        const struct config_option *option = option_find(entry->key);
        bool general = strcmp(ini->sections[entry->section].name, GENERAL_SECTION) == 0;
        if (!general || option == NULL || option->scope != OPTION_TARGET || option_is_address(option))
            continue;
        for (size_t target = MAIN_TARGET + 1; target < loader->config->n_targets; target++)
            (void)store_entry(loader, SETTING_FILE_GENERAL, entry, target);
    }
}

static void store_all(struct loader *loader, const struct ini *ini)
{
    for (size_t i = 0; i < ini->n_sections; i++)
        loader_note(loader, check_section(loader, &ini->sections[i]));
    store_section(loader, ini, GENERAL_SECTION, SETTING_FILE_GENERAL, MAIN_TARGET);
    store_for_all(loader, ini);
    for (size_t i = 0; i < loader->config->n_targets; i++)
        store_section(loader, ini, arena_printf(loader->arena, TARGET_PREFIX "%s", loader->config->targets[i].name),
                      SETTING_FILE_TARGET, i);
    loader_read_checks(loader, ini);
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
