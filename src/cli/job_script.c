#include "cli/job_script.h"

#include "base/arena.h"
#include "cli/report.h"
#include "core/apply.h"
#include "core/script.h"
#include "files/revision_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Split "A:B"; the left side becomes the version rows that the script starts from. */
static bool start_rows(struct arena *arena, const struct graph *graph, const char *range, struct names *rows,
                       const char **target, struct error *error)
{
    const char *colon = strchr(range, ':');
    struct nodes nodes;
    *rows = (struct names){0};
    *target = colon == NULL ? range : colon + 1;
    if (colon == NULL || colon == range)
        return true;
    if (**target == '\0')
        *target = "heads";
    if (!resolve_symbol(arena, graph, arena_copy(arena, range, (size_t)(colon - range)), &nodes, error))
        return false;
    rows->items = arena_array(arena, nodes.count, sizeof *rows->items);
    for (uint32_t i = 0; i < nodes.count; i++)
        rows->items[rows->count++] = graph_revision(graph, nodes.items[i])->id;
    names_sort(rows);
    return true;
}

static bool print_step(struct text *out, const struct script_table *table, const struct plan *plan, size_t i,
                       struct names before, struct names after, struct error *error)
{
    const struct revision *revision = graph_revision(plan->graph, plan->steps[i].node);
    enum direction direction = plan->steps[i].direction;
    char *text;
    size_t length;
    if (direction == DIRECTION_DOWNGRADE && !revision_has_way_back(revision)) {
        error_set(error, ERROR_USAGE, "revision %s has no way back: nothing stands in a down section", revision->id);
        error_place(error, revision_path(revision, DIRECTION_DOWNGRADE), 0, 0);
        return error_next(error, "write it, or choose a range that ends above it");
    }
    if (!revision_text_read(revision, direction, &text, &length, error))
        return false;
    script_add(out, table, revision, direction, text, &before, &after);
    free(text);
    return true;
}

static int print_script(struct invocation *invocation, const struct plan *plan, struct nodes rows)
{
    struct arena *arena = invocation->arena;
    struct script_table table = {invocation->target->version_schema, invocation->target->version_table};
    struct version_rows *now = version_rows_create(arena, plan->graph, rows);
    struct names before = version_rows_ids(now, arena);
    struct text out = {0};
    struct error error = {0};

    script_begin(&out, &table, before.count == 0);
    for (size_t i = 0; i < plan->count; i++) {
        version_rows_step(now, plan->steps[i]);
        struct names after = version_rows_ids(now, arena);
        if (!print_step(&out, &table, plan, i, before, after, &error)) {
            text_finish(&out);
            return report_error(&error);
        }
        before = after;
    }
    fwrite(text_string(&out), 1, out.length, stdout);
    text_finish(&out);
    return 0;
}

int job_script(struct invocation *invocation, const struct graph *graph, enum direction direction, const char *range)
{
    struct error error = {0};
    struct names rows;
    struct nodes nodes;
    struct plan plan;
    const char *target;

    if (strcmp(invocation->target->mirror, "no") != 0)
        return report_usage("a script does not write the table of another tool: say --mirror no with --sql");
    if (direction == DIRECTION_DOWNGRADE && strchr(range, ':') == NULL)
        return report_usage("downgrade --sql needs a range FROM:TO");
    bool planned = start_rows(invocation->arena, graph, range, &rows, &target, &error) &&
                   resolve_rows(invocation->arena, graph, &rows, &nodes, &error);
    if (planned)
        planned = direction == DIRECTION_UPGRADE
                      ? plan_upgrade(invocation->arena, graph, &rows, target, &plan, &error)
                      : plan_downgrade(invocation->arena, graph, &rows, target, &plan, &error);
    if (!planned)
        return report_error(&error);
    return print_script(invocation, &plan, nodes);
}
