#include "base/arena.h"
#include "base/duration.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "flows/stamp_run.h"
#include "flows/tree.h"

#include <stdint.h>
#include <stdio.h>

static void reach(struct arena *arena, const struct graph *graph, struct node_set *set, const struct names *rows)
{
    uint32_t *items = arena_array(arena, rows->count, sizeof *items), count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t node = graph_find(graph, rows->items[i]);
        if (node != GRAPH_NONE)
            items[count++] = node;
    }
    graph_add_ancestors(graph, set, (struct nodes){items, count}, EDGES_ALL);
}

/* What the rows after it explain, and those before it did not, in the order in which it would have run. */
static struct names jumped_over(struct arena *arena, const struct graph *graph, const struct stamp_result *result)
{
    struct node_set before = node_set_create(arena, graph), after = node_set_create(arena, graph);
    struct nodes order = graph_order(graph);
    struct names ids = {.items = arena_array(arena, order.count, sizeof *ids.items)};
    reach(arena, graph, &before, &result->before);
    reach(arena, graph, &after, &result->after);
    for (uint32_t i = 0; i < order.count; i++)
        if (after.has[order.items[i]] && !before.has[order.items[i]])
            ids.items[ids.count++] = graph_revision(graph, order.items[i])->id;
    return ids;
}

static void print_text(struct arena *arena, const struct stamp_result *result, const struct names *jumped)
{
    for (size_t i = 0; i < result->after.count; i++)
        printf("%s stamped\n", result->after.items[i]);
    fflush(stdout);
    if (result->after.count == 0)
        fputs("the version table is empty now\n", stderr);
    if (jumped->count > 0)
        fprintf(stderr, "%zu revision%s taken as applied without running: %s\n", jumped->count,
                jumped->count == 1 ? " is" : "s are", names_join(arena, jumped, 5));
}

/* {"ok","rows_before","rows","taken_as_applied","error"}, arrays sorted bytewise but the one in order. */
static void print_json(struct arena *arena, const struct stamp_result *result, const struct names *jumped)
{
    struct names before = names_copy(arena, &result->before);
    json_t *body = json_object();
    names_sort(&before);
    json_object_set_new(body, "ok", json_true());
    json_object_set_new(body, "rows_before", json_names(&before));
    json_object_set_new(body, "rows", json_names(&result->after));
    json_object_set_new(body, "taken_as_applied", json_names(jumped));
    json_object_set_new(body, "error", json_null());
    json_print(body);
}

static int stamp(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    struct stamp_result result;
    struct stamp_options options = {
        .target = invocation->target,
        .graph = graph,
        .targets = invocation->arguments,
        .purge = invocation_flag(invocation, "purge") != NULL,
        .reason = invocation_flag(invocation, "reason"),
        .timeout_ms = 60000,
    };
    const char *timeout = invocation_flag(invocation, "timeout");
    if (timeout != NULL && !duration_parse(timeout, true, &options.timeout_ms))
        return report_usage("--timeout %s: not a duration such as 30s or 10min", timeout);

    stamp_run(invocation->arena, &options, &result);
    if (result.error.code != ERROR_NONE)
        return report_error(&result.error);
    struct names jumped = jumped_over(invocation->arena, graph, &result);
    if (invocation->json)
        print_json(invocation->arena, &result, &jumped);
    else
        print_text(invocation->arena, &result, &jumped);
    return 0;
}

const struct command cmd_stamp = {
    .name = "stamp",
    .arguments = "REV...",
    .summary = "set the version rows without running anything",
    .help = "For a database whose schema came from elsewhere. REV is an id, heads, base or label@head; several are "
            "fine.\n",
    .least = 1,
    .most = SIZE_MAX,
    .json = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"purge", 0, NULL, "forget all version rows first, unknown ones too"},
              {"timeout", 0, "DURATION", "how long to wait for the lock (default 60s)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run_with_files = stamp,
};
