#include "config/config.h"

#include "base/arena.h"
#include "base/suggest.h"
#include "loader.h"

#include <assert.h>
#include <string.h>

static void set_default(struct loader *loader, const struct config_option *option, size_t target)
{
    const struct setting setting = {SETTING_INITIAL, option->name, option->initial, NULL, 0, 0};
    bool stored = option->initial == NULL || loader_store(loader, option, &setting, target);
    assert(stored); /* the table's own text */
    (void)stored;
}

static void set_defaults(struct loader *loader, enum option_scope scope, size_t target)
{
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].scope == scope)
            set_default(loader, &option_table[i], target);
}

void loader_add_target(struct loader *loader, const char *name)
{
    struct config *config = loader->config;
    size_t at = config->n_targets, notes_capacity = loader->target_capacity;
    loader->notes = arena_grow(loader->arena, loader->notes, at, &notes_capacity, sizeof *loader->notes);
    config->targets =
        arena_grow(loader->arena, config->targets, at, &loader->target_capacity, sizeof *config->targets);
    loader->notes[at] = (struct target_notes){0};
    config->targets[at] = (struct target_config){.name = name, .vars.environment = loader->source->environment};
    config->n_targets++;
    set_defaults(loader, OPTION_TARGET, at);
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

static void refuse_target(struct loader *loader, const char *name)
{
    const struct config *config = loader->config;
    const char **known = arena_array(loader->arena, config->n_targets, sizeof *known);
    for (size_t i = 0; i < config->n_targets; i++)
        known[i] = config->targets[i].name;
    const struct names names = {known, config->n_targets};

    const char *near = suggest(name, known, config->n_targets);
    error_set(&loader->error, ERROR_USAGE, "--target %s: there is no such target", name);
    if (near != NULL)
        error_next(&loader->error, "did you mean --target %s?", near);
    else
        error_next(&loader->error, "the configuration has %s", names_join(loader->arena, &names, 9));
    loader_note(loader, false);
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

static bool read_flag(struct loader *loader, size_t at, size_t target)
{
    const struct config_option *option = option_find_flag(loader->source->flags[at].name);
    if (option == NULL)
        return refuse_flag(loader, loader->source->flags[at].name);
    const struct setting setting = {
        SETTING_FLAG, option_flag(loader->arena, option), flag_value(loader, at), NULL, 0, 0};
    return loader_store(loader, option, &setting, target);
}

static void read_flags(struct loader *loader)
{
    const char *name = loader->source->target;
    size_t target = name == NULL ? MAIN_TARGET : loader_find_target(loader, name);
    if (target == loader->config->n_targets) {
        refuse_target(loader, name);
        target = MAIN_TARGET;
    }
    for (size_t i = 0; i < loader->source->n_flags; i++)
        loader_note(loader, read_flag(loader, i, target));
}

bool config_load_all(struct arena *arena, const struct config_source *source, struct config **config,
                     struct config_faults *faults)
{
    struct loader loader = {
        .arena = arena, .source = source, .config = arena_alloc(arena, sizeof(struct config)), .faults = faults};
    set_defaults(&loader, OPTION_DAEMON, MAIN_TARGET);
    loader_add_target(&loader, "main");
    loader_read_file(&loader);
    loader_read_environment(&loader);
    read_flags(&loader);
    loader_read_fallback(&loader);
    loader_settle_targets(&loader);
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

/* `from` and `to` are the structs of the option's scope; `of` names the target in the warning. */
static void keep_option(struct arena *arena, const struct config_option *option, const void *from, void *to,
                        const char *of, struct config *loaded)
{
    const void *old = (const char *)from + option->offset;
    void *new = (char *)to + option->offset;
    bool word = option->type == OPTION_WORD; /* else a text */
    if (word ? memcmp(old, new, sizeof(unsigned)) == 0 : text_equal(*(const char *const *)old, *(const char **)new))
        return;

    struct loader loader = {.arena = arena, .config = loaded, .warning_capacity = loaded->warnings.count};
    loader_warn(&loader,
                arena_printf(arena, "%s%s has changed: the new value waits for a restart", option->name, of));
    if (word)
        memcpy(new, old, sizeof(unsigned));
    else
        *(const char **)new =
            *(const char *const *)old == NULL ? NULL : arena_string(arena, *(const char *const *)old);
}

/* Targets that came or went have nothing to keep. */
static void keep_of_targets(struct arena *arena, const struct config_option *option, const struct config *running,
                            struct config *loaded)
{
    for (size_t i = 0; i < loaded->n_targets; i++) {
        struct target_config *to = &loaded->targets[i];
        const struct target_config *from = config_target(running, to->name);
        const char *of = i == MAIN_TARGET ? "" : arena_printf(arena, " of target %s", to->name);
        if (from != NULL)
            keep_option(arena, option, from, to, of, loaded);
    }
}

void config_keep(struct arena *arena, const struct config *running, struct config *loaded)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        if (!option->restart)
            continue;
        assert(option->type == OPTION_TEXT || option->type == OPTION_NAME ||
               option->type == OPTION_WORD); /* all that need a restart so far */
        if (option->scope == OPTION_DAEMON)
            keep_option(arena, option, running, loaded, "", loaded);
        else
            keep_of_targets(arena, option, running, loaded);
    }
}

bool engine_is_foreign(enum engine engine)
{
    return engine == ENGINE_ALEMBIC || engine == ENGINE_DJANGO;
}

const char *engine_name(enum engine engine)
{
    return option_find("engine")->words[engine].text;
}

const char *target_own_command(const struct target_config *target)
{
    if (target->engine == ENGINE_DJANGO)
        return target->tenant_schemas == NULL ? "python manage.py migrate" : "python manage.py migrate_schemas";
    return target->engine == ENGINE_ALEMBIC ? "alembic upgrade heads" : NULL;
}

bool config_check_serve(const struct config *config, struct config_faults *faults)
{
    struct error fault;
    size_t count = faults->count;
    for (size_t i = 0; i < config->n_targets; i++) {
        const struct target_config *target = &config->targets[i];
        if (!engine_is_foreign(target->engine) || target->apply == APPLY_NEVER || target->upgrade_command != NULL)
            continue;
        error_set(&fault, ERROR_CONFIG, "applying with engine = %s needs upgrade_command: the project's own command",
                  engine_name(target->engine));
        error_next(&fault, "set upgrade_command = %s%s; or apply = never, and type that yourself",
                   target_own_command(target), target->engine == ENGINE_DJANGO ? " --noinput" : "");
        config_fault_add(faults, &fault);
    }
    return faults->count == count;
}
