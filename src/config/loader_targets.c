/* Several targets: what one takes from another, in which order they come, and what no two may share. */
#include "base/arena.h"
#include "base/suggest.h"
#include "loader.h"

#include <string.h>

const struct target_config *config_target(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_targets; i++)
        if (strcmp(config->targets[i].name, name) == 0)
            return &config->targets[i];
    return NULL;
}

size_t loader_find_target(const struct loader *loader, const char *name)
{
    const struct target_config *target = config_target(loader->config, name);
    return target == NULL ? loader->config->n_targets : (size_t)(target - loader->config->targets);
}

/* ---- the database ---- */

/* Which needs another address to migrate through is main's database, not this target. */
static void take_address(struct loader *loader, struct target_config *target)
{
    const struct target_config *from = &loader->config->targets[MAIN_TARGET];
    if (target->database_url_from != NULL)
        return;
    target->database_url = from->database_url;
    target->database_url_file = from->database_url_file;
    target->database_url_from = from->database_url_from;
    if (target->migrate_url_from != NULL)
        return;
    target->migrate_url = from->migrate_url;
    target->migrate_url_file = from->migrate_url_file;
    target->migrate_url_from = from->migrate_url_from;
}

static bool text_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool share_rows(const struct target_config *a, const struct target_config *b)
{
    return text_equal(a->database_url, b->database_url) && text_equal(a->database_url_file, b->database_url_file) &&
           text_equal(a->version_schema, b->version_schema) && strcmp(a->version_table, b->version_table) == 0;
}

static void check_rows(struct loader *loader, size_t at)
{
    const struct target_config *targets = loader->config->targets, *target = &targets[at];
    for (size_t i = 0; i < at; i++) {
        if (!share_rows(&targets[i], target))
            continue;
        error_set(&loader->error, ERROR_CONFIG, "the targets %s and %s have one version table, %s, in one database",
                  targets[i].name, target->name, target->version_table);
        error_next(&loader->error, "give [target %s] a version_table of its own, such as %s_version", target->name,
                   target->name);
        error_place(&loader->error, loader->config->file, loader->notes[at].line, loader->notes[at].column);
        loader_note(loader, false);
        return;
    }
}

/* ---- the order ---- */

static void refuse_after(struct loader *loader, size_t at)
{
    setting_fail(&loader->notes[at].after, &loader->error);
    loader_note(loader, false);
}

static void refuse_unknown(struct loader *loader, size_t at)
{
    const struct config *config = loader->config;
    const char **known = arena_array(loader->arena, config->n_targets, sizeof *known);
    size_t count = 0;
    for (size_t i = 0; i < config->n_targets; i++)
        if (i != at)
            known[count++] = config->targets[i].name;
    const struct names others = {known, count};
    const struct target_config *target = &config->targets[at];
    const char *near = suggest(target->after, known, count);

    error_set(&loader->error, ERROR_CONFIG, "target %s comes after %s, and there is no such target", target->name,
              target->after);
    if (near != NULL)
        error_next(&loader->error, "did you mean %s?", near);
    else if (count > 0)
        error_next(&loader->error, "it may come after %s", names_join(loader->arena, &others, 9));
    else
        error_next(&loader->error, "remove the line, or write [target %s]", target->after);
    refuse_after(loader, at);
}

/* The names on the way from this target to itself, NULL: it does not lead there. */
static const char *find_circle(struct loader *loader, size_t at)
{
    const struct target_config *targets = loader->config->targets;
    const char *way = targets[at].name;
    size_t next = at;
    for (size_t steps = 0; steps < loader->config->n_targets; steps++) {
        if (targets[next].after == NULL)
            return NULL;
        next = loader_find_target(loader, targets[next].after);
        if (next == loader->config->n_targets)
            return NULL;
        way = arena_printf(loader->arena, "%s after %s", way, targets[next].name);
        if (next == at)
            return way;
    }
    return NULL;
}

static void check_after(struct loader *loader, size_t at)
{
    const struct target_config *target = &loader->config->targets[at];
    if (target->after == NULL)
        return;
    if (loader_find_target(loader, target->after) == loader->config->n_targets) {
        refuse_unknown(loader, at);
        return;
    }
    const char *circle = find_circle(loader, at);
    if (circle == NULL)
        return;
    error_set(&loader->error, ERROR_CONFIG, "target %s would come after itself: %s", target->name, circle);
    error_next(&loader->error, "one of them has to come first: take its `after` away");
    refuse_after(loader, at);
}

static bool is_placed(const struct target_config *const *order, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(order[i]->name, name) == 0)
            return true;
    return false;
}

const struct target_config **config_run_order(struct arena *arena, const struct config *config)
{
    const struct target_config **order = arena_array(arena, config->n_targets, sizeof *order);
    for (size_t count = 0; count < config->n_targets;)
        for (size_t i = 0; i < config->n_targets; i++) {
            const struct target_config *target = &config->targets[i];
            bool due = target->after == NULL || is_placed(order, count, target->after);
            if (due && !is_placed(order, count, target->name))
                order[count++] = target;
        }
    return order;
}

/* ---- all of it ---- */

/* Its rows are nobody else's: in a schema where no autogenerate proposes to drop their table. */
static void set_script_table(struct loader *loader, size_t at)
{
    struct target_config *target = &loader->config->targets[at];
    if (target->engine != ENGINE_SCRIPT)
        return;
    if (target->version_schema == NULL)
        target->version_schema = target->bookkeeping_schema;
    if (!loader->notes[at].has_version_table)
        target->version_table = arena_printf(loader->arena, "script_%s", target->name);
}

/* Its name is fixed (django/db/migrations/recorder.py). */
static void set_django_table(struct loader *loader, size_t at)
{
    static const char table[] = "django_migrations";
    struct target_config *target = &loader->config->targets[at];
    if (target->engine != ENGINE_DJANGO && target->tenant_schemas != NULL) {
        error_set(&loader->error, ERROR_CONFIG, "tenant_schemas goes with engine = django alone");
        error_next(&loader->error, "leave it out; a schema of other engines is a [target NAME] of its own");
        loader_note(loader, false);
    }
    if (target->engine != ENGINE_DJANGO)
        return;
    if (loader->notes[at].has_version_table && strcmp(target->version_table, table) != 0) {
        error_set(&loader->error, ERROR_CONFIG, "version_table is %s, but Django's records are always in %s",
                  target->version_table, table);
        error_next(&loader->error, "leave version_table out");
        loader_note(loader, false);
    }
    target->version_table = table;
}

void loader_settle_targets(struct loader *loader)
{
    for (size_t i = MAIN_TARGET + 1; i < loader->config->n_targets; i++)
        take_address(loader, &loader->config->targets[i]);
    for (size_t i = 0; i < loader->config->n_targets; i++)
        set_script_table(loader, i);
    for (size_t i = 0; i < loader->config->n_targets; i++)
        set_django_table(loader, i);
    for (size_t i = 0; i < loader->config->n_targets; i++) {
        check_rows(loader, i);
        check_after(loader, i);
    }
}
