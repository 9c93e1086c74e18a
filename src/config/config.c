#include "config/config.h"

#include "base/arena.h"
#include "base/suggest.h"
#include "loader.h"

#include <assert.h>
#include <string.h>

static void set_defaults(struct loader *loader)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        const struct setting setting = {SETTING_INITIAL, option->name, option->initial, NULL, 0, 0};
        bool stored = option->initial == NULL || loader_store(loader, option, &setting);
        assert(stored); /* the table's own text */
        (void)stored;
    }
}

static bool refuse_flag(struct loader *loader, const char *name)
{
    const char **known = arena_array(loader->arena, option_count, sizeof *known);
    for (size_t i = 0; i < option_count; i++)
        known[i] = option_flag(loader->arena, &option_table[i]) + strlen("--");

    error_set(&loader->error, ERROR_USAGE, "unknown option --%s", name);
    const char *near = suggest(name, known, option_count);
    return near == NULL ? error_next(&loader->error, "`migrated help options` lists the options")
                        : error_next(&loader->error, "did you mean --%s?", near);
}

/* A list in several flags is one list: --migrations a --migrations b. */
static const char *flag_value(struct loader *loader, size_t at)
{
    const struct config_flag *flags = loader->source->flags;
    const struct config_option *option = option_find_flag(flags[at].name);
    const char *value = flags[at].value;
    for (size_t i = at; option->type == OPTION_LIST && i-- > 0;)
        if (strcmp(flags[i].name, flags[at].name) == 0)
            value = arena_printf(loader->arena, "%s,%s", flags[i].value, value);
    return value;
}

static bool read_flag(struct loader *loader, size_t at)
{
    const struct config_option *option = option_find_flag(loader->source->flags[at].name);
    if (option == NULL)
        return refuse_flag(loader, loader->source->flags[at].name);
    const struct setting setting = {
        SETTING_FLAG, option_flag(loader->arena, option), flag_value(loader, at), NULL, 0, 0};
    return loader_store(loader, option, &setting);
}

static void read_flags(struct loader *loader)
{
    for (size_t i = 0; i < loader->source->n_flags; i++)
        loader_note(loader, read_flag(loader, i));
}

static struct config *new_config(struct arena *arena)
{
    struct config *config = arena_alloc(arena, sizeof *config);
    config->targets = arena_array(arena, 1, sizeof *config->targets);
    config->targets[0].name = "main";
    config->n_targets = 1;
    return config;
}

bool config_load_all(struct arena *arena, const struct config_source *source, struct config **config,
                     struct config_faults *faults)
{
    struct loader loader = {.arena = arena, .source = source, .config = new_config(arena), .faults = faults};
    set_defaults(&loader);
    loader_read_file(&loader);
    loader_read_environment(&loader);
    read_flags(&loader);
    loader_read_fallback(&loader);
    *config = loader.config;
    return faults->count == 0;
}

bool config_load(struct arena *arena, const struct config_source *source, struct config **config, struct error *error)
{
    struct config_faults faults = {.arena = arena};
    struct config *loaded;
    if (config_load_all(arena, source, &loaded, &faults)) {
        *config = loaded;
        return true;
    }
    if (error != NULL)
        *error = faults.items[0];
    return false;
}

static bool text_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void keep_option(struct arena *arena, const struct config_option *option, const struct config *running,
                        struct config *loaded)
{
    bool general = option->scope == OPTION_DAEMON;
    const void *from = general ? (const void *)running : (const void *)&running->targets[0];
    void *to = general ? (void *)loaded : (void *)&loaded->targets[0];
    const void *old = (const char *)from + option->offset;
    void *new = (char *)to + option->offset;
    bool word = option->type == OPTION_WORD; /* else a text */
    if (word ? memcmp(old, new, sizeof(unsigned)) == 0 : text_equal(*(const char *const *)old, *(const char **)new))
        return;

    struct loader loader = {.arena = arena, .config = loaded, .warning_capacity = loaded->warnings.count};
    loader_warn(&loader, arena_printf(arena, "%s has changed: the new value waits for a restart", option->name));
    if (word)
        memcpy(new, old, sizeof(unsigned));
    else
        *(const char **)new =
            *(const char *const *)old == NULL ? NULL : arena_string(arena, *(const char *const *)old);
}

void config_keep(struct arena *arena, const struct config *running, struct config *loaded)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        if (!option->restart)
            continue;
        assert(option->type == OPTION_TEXT || option->type == OPTION_NAME ||
               option->type == OPTION_WORD); /* all that need a restart so far */
        keep_option(arena, option, running, loaded);
    }
}

bool config_check_serve(const struct config *config, struct config_faults *faults)
{
    const struct target_config *target = &config->targets[0];
    struct error fault;
    if (target->engine != ENGINE_ALEMBIC || target->apply == APPLY_NEVER)
        return true;
    error_set(&fault, ERROR_CONFIG, "applying with engine = alembic is not built yet: only apply = never is");
    error_next(&fault, "set apply = never, and apply with `alembic upgrade heads`");
    config_fault_add(faults, &fault);
    return false;
}
