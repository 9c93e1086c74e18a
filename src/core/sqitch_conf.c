#include "sqitch_conf.h"

#include "base/arena.h"
#include "base/text.h"
#include "git_config.h"

#include <string.h>
#include <strings.h>

struct reading {
    const struct layout_listing *listing;
    struct git_config config;
};

static void refuse(const struct reading *reading, const struct git_setting *setting, const char *message)
{
    fault_add(reading->listing->faults, reading->listing->configuration.path, setting->line, setting->column, "%s",
              message);
}

/* PostgreSQL's own before the general one; NULL: neither is there. */
static const struct git_setting *fetch(const struct reading *reading, const char *key)
{
    const struct git_setting *own = git_config_find(&reading->config, "engine", "pg", key);
    return own != NULL ? own : git_config_find(&reading->config, "core", "", key);
}

/* Without "./" and slashes that are too many; "" is the folder itself. */
static const char *normalised(struct arena *arena, const char *path)
{
    struct text result = {0};
    if (*path == '/')
        text_add_char(&result, '/');
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        if (length > 0 && !(length == 1 && *path == '.')) {
            if (result.length > 0 && result.bytes[result.length - 1] != '/')
                text_add_char(&result, '/');
            text_add_bytes(&result, path, length);
        }
        path += length;
        path += *path == '/';
    }
    const char *copy = arena_string(arena, text_string(&result));
    text_finish(&result);
    return copy;
}

static bool is_ours(const struct reading *reading)
{
    const struct layout_listing *listing = reading->listing;
    const struct git_setting *top = fetch(reading, "top_dir");
    return strcmp(normalised(listing->arena, top == NULL ? "" : top->value), listing->beneath) == 0;
}

/* Where a file or folder is looked for is no matter of taste here. */
static void check_place(const struct reading *reading, const char *key, const char *name)
{
    const struct layout_listing *listing = reading->listing;
    const struct git_setting *setting = fetch(reading, key);
    const char *usual = arena_printf(listing->arena, "%s%s%s", listing->beneath,
                                     *listing->beneath == '\0' || *name == '\0' ? "" : "/", name);
    if (setting != NULL && strcmp(normalised(listing->arena, setting->value), usual) != 0)
        refuse(reading, setting,
               arena_printf(listing->arena, "%s: only %s is read, in the folder of the plan", key,
                            *name == '\0' ? "what lies beneath deploy, revert and verify" : name));
}

static void check_places(const struct reading *reading)
{
    static const char *const scripts[] = {"deploy", "revert", "verify"};
    struct arena *arena = reading->listing->arena;
    check_place(reading, "plan_file", "sqitch.plan");
    check_place(reading, "reworked_dir", "");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        check_place(reading, arena_printf(arena, "%s_dir", scripts[i]), scripts[i]);
        check_place(reading, arena_printf(arena, "reworked_%s_dir", scripts[i]), scripts[i]);
    }
}

static bool is_postgresql(const char *engine)
{
    static const char *const names[] = {"pg", "postgres", "postgresql"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(engine, names[i]) == 0)
            return true;
    return false;
}

static void check_engine(const struct reading *reading)
{
    const struct git_setting *engine = git_config_find(&reading->config, "core", "", "engine");
    if (engine != NULL && !is_postgresql(engine->value) && !git_config_has_section(&reading->config, "engine", "pg"))
        refuse(reading, engine, "the engine is not PostgreSQL (pg)");
}

/* Which of them is meant is said on sqitch's command line. */
static void check_targets(const struct reading *reading)
{
    static const char *const passed[] = {"uri", "registry", "client"};
    for (size_t i = 0; i < reading->config.count; i++) {
        const struct git_setting *setting = &reading->config.items[i];
        bool said = strcmp(setting->section, "target") == 0;
        for (size_t j = 0; j < sizeof passed / sizeof *passed; j++)
            said = said && strcmp(setting->key, passed[j]) != 0;
        if (said)
            refuse(
                reading, setting,
                "what is of one [target] of sqitch's alone is not known here: say it in [core], or as vars.NAME of "
                "the target");
    }
}

static void add_variables(const struct reading *reading, const char *section, const char *subsection,
                          struct parameters *variables)
{
    for (size_t i = 0; i < reading->config.count; i++) {
        const struct git_setting *setting = &reading->config.items[i];
        if (strcmp(setting->section, section) == 0 && strcmp(setting->subsection, subsection) == 0)
            parameters_add(reading->listing->arena, variables, setting->written, setting->value);
    }
}

/* As Git reads them. */
static bool is_false(const char *value)
{
    static const char *const words[] = {"false", "no", "off", "0", ""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

struct sqitch_conf sqitch_conf_read(const struct layout_listing *listing)
{
    struct reading reading = {.listing = listing};
    struct sqitch_conf conf = {"sql", true, parameters_copy(listing->arena, NULL)};
    const struct layout_text *text = &listing->configuration;
    parameters_add(listing->arena, conf.variables, "registry", "sqitch");
    if (text->path == NULL)
        return conf;
    git_config_read(listing->arena, text->path, text->bytes, text->length, &reading.config, listing->faults);
    if (!is_ours(&reading)) {
        const struct git_setting *top = fetch(&reading, "top_dir");
        if (*listing->beneath == '\0')
            refuse(&reading, top, "the plan of this project is not here: name its top_dir as the directory");
        return conf;
    }
    check_engine(&reading);
    check_places(&reading);
    check_targets(&reading);
    const struct git_setting *extension = fetch(&reading, "extension"), *registry = fetch(&reading, "registry");
    const struct git_setting *verify = git_config_find(&reading.config, "deploy", "", "verify");
    conf.extension = extension == NULL ? conf.extension : extension->value;
    conf.verify = verify == NULL || !is_false(verify->value);
    if (registry != NULL)
        parameters_add(listing->arena, conf.variables, "registry", registry->value);
    add_variables(&reading, "core", "variables", conf.variables);
    add_variables(&reading, "deploy", "variables", conf.variables);
    add_variables(&reading, "engine", "pg.variables", conf.variables);
    return conf;
}
