#include "flows/command_environment.h"

#include "base/arena.h"
#include "config/conninfo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static size_t name_length(const char *variable)
{
    return strcspn(variable, "=") + 1;
}

static bool is_among(const char *variable, char *const *variables, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(variables[i], variable, name_length(variable)) == 0)
            return true;
    return false;
}

/* Ours are in front; of what we inherit, those that they do not replace come behind. */
static void inherit(struct arena *arena, struct command_environment *environment, size_t own)
{
    size_t count = own;
    for (char **variable = environ; *variable != NULL; variable++)
        if (!is_among(*variable, environment->variables, own))
            environment->variables[count++] = arena_string(arena, *variable);
    environment->variables[count] = NULL;
}

static void add_secrets(struct arena *arena, struct names *secrets, const struct names *more)
{
    struct names all = {.items = arena_array(arena, secrets->count + more->count, sizeof *all.items)};
    for (size_t i = 0; i < secrets->count; i++)
        all.items[all.count++] = secrets->items[i];
    for (size_t i = 0; i < more->count; i++)
        all.items[all.count++] = more->items[i];
    *secrets = all;
}

static void find_secrets(struct arena *arena, const struct target_config *target, struct names *secrets)
{
    struct conninfo info;
    const char *password = getenv("PGPASSWORD");
    struct target_config given = {.database_url = getenv("DATABASE_URL")};
    if (conninfo_resolve(arena, target, &info, NULL)) {
        struct names found = conninfo_secrets(arena, &info);
        add_secrets(arena, secrets, &found);
    }
    if (is_set("DATABASE_URL") && conninfo_resolve(arena, &given, &info, NULL)) {
        struct names found = conninfo_secrets(arena, &info);
        add_secrets(arena, secrets, &found);
    }
    if (is_set("PGPASSWORD"))
        add_secrets(arena, secrets, &(struct names){.items = &password, .count = 1});
}

/* What is inherited is the application's own spelling of this target's address, or that of another database. */
static bool is_of_target(const struct target_config *target)
{
    return is_set("DATABASE_URL") && target->database_url_from != NULL &&
           strcmp(target->database_url_from, "DATABASE_URL") == 0;
}

bool command_environment_make(struct arena *arena, const struct target_config *target, const struct names *more,
                              struct command_environment *environment, struct error *error)
{
    struct conninfo info;
    size_t inherited = 0, own = 0;
    if (!conninfo_resolve_to_migrate(arena, target, &info, error))
        return false;
    while (environ[inherited] != NULL)
        inherited++;
    environment->variables = arena_array(arena, inherited + more->count + 3, sizeof *environment->variables);
    for (size_t i = 0; i < more->count; i++)
        environment->variables[own++] = arena_string(arena, more->items[i]);
    environment->variables[own++] = arena_printf(arena, "MIGRATED_TARGET=%s", target->name);
    if (!is_of_target(target))
        environment->variables[own++] = arena_printf(arena, "DATABASE_URL=%s", conninfo_url(arena, &info));
    inherit(arena, environment, own);
    environment->secrets = conninfo_secrets(arena, &info);
    find_secrets(arena, target, &environment->secrets);
    return true;
}
