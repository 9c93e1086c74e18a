#include "base/arena.h"
#include "base/duration.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "flows/stamp_run.h"
#include "flows/tree.h"

#include <stdint.h>
#include <stdio.h>

/* What some rows explain, and others do not, in the order in which it would run. */
static struct names explained(struct arena *arena, const struct graph *graph, const struct names *by,
                              const struct names *not_by)
{
    struct node_set with = node_set_create(arena, graph), without = node_set_create(arena, graph);
    struct nodes order = graph_order(graph);
    struct names ids = {.items = arena_array(arena, order.count, sizeof *ids.items)};
    graph_add_named(arena, graph, &with, by);
    graph_add_named(arena, graph, &without, not_by);
    for (uint32_t i = 0; i < order.count; i++)
        if (with.has[order.items[i]] && !without.has[order.items[i]])
            ids.items[ids.count++] = graph_revision(graph, order.items[i])->id;
    return ids;
}

/* What the stamp means. */
struct meaning {
    struct names jumped;    /* taken as applied */
    struct names pending;   /* were applied, and count no more */
    struct names half_done; /* left so */
};

static void tell(struct arena *arena, const struct names *ids, const char *what)
{
    if (ids->count > 0)
        fprintf(stderr, "%zu revision%s %s: %s\n", ids->count, ids->count == 1 ? " is" : "s are", what,
                names_join(arena, ids, 5));
}

/* What was begun of another branch is no matter of this stamp. */
static struct names left_open(struct arena *arena, const struct half_done_list *left)
{
    struct names ids = {.items = arena_array(arena, left->count, sizeof *ids.items)};
    for (size_t i = 0; i < left->count; i++) {
        if (!left->items[i].begun)
            continue;
        ids.items[ids.count++] = left->items[i].revision;
        log_warning("revision %s, and stays so: this stamp is not about it; next: `migrated resume --show`",
                    half_done_state(arena, &left->items[i]));
    }
    return ids;
}

/* A person has looked, and shall know what at. */
static void tell_closed(struct arena *arena, const struct half_done_list *closed)
{
    for (size_t i = 0; i < closed->count; i++)
        if (closed->items[i].begun)
            log_warning(
                "revision %s: what is not done of it is forgotten with its journal, and no `resume` goes on with it",
                half_done_state(arena, &closed->items[i]));
}

static void print_text(struct arena *arena, const struct stamp_result *result, const struct meaning *meaning)
{
    struct names before = names_copy(arena, &result->before);
    names_sort(&before);
    for (size_t i = 0; i < result->after.count; i++)
        if (!names_contain(&before, result->after.items[i]))
            printf("%s stamped\n", result->after.items[i]);
    fflush(stdout);
    if (names_equal(&before, &result->after))
        fprintf(stderr, "nothing to stamp: the version table holds %s already\n",
                before.count == 0 ? "no row" : names_join(arena, &before, 5));
    else if (result->after.count == 0)
        fputs("the version table is empty now\n", stderr);
    tell(arena, &meaning->jumped, "taken as applied without running");
    tell(arena, &meaning->pending, "pending now, and nothing was taken back");
}

/* {"ok","rows_before","rows","taken_as_applied","pending_now","half_done","error"}, arrays sorted bytewise but the two in
 * order, and what is left half done, the oldest first. */
static void print_json(struct arena *arena, const struct stamp_result *result, const struct meaning *meaning)
{
    struct names before = names_copy(arena, &result->before);
    json_t *body = json_object();
    names_sort(&before);
    json_object_set_new(body, "ok", json_true());
    json_object_set_new(body, "rows_before", json_names(&before));
    json_object_set_new(body, "rows", json_names(&result->after));
    json_object_set_new(body, "taken_as_applied", json_names(&meaning->jumped));
    json_object_set_new(body, "pending_now", json_names(&meaning->pending));
    json_object_set_new(body, "half_done", json_names(&meaning->half_done));
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
    struct meaning meaning = {
        .jumped = explained(invocation->arena, graph, &result.after, &result.before),
        .pending = explained(invocation->arena, graph, &result.before, &result.after),
        .half_done = left_open(invocation->arena, &result.left),
    };
    tell_closed(invocation->arena, &result.closed);
    if (invocation->json)
        print_json(invocation->arena, &result, &meaning);
    else
        print_text(invocation->arena, &result, &meaning);
    return 0;
}

const struct command cmd_stamp = {
    .name = "stamp",
    .arguments = "REV...",
    .summary = "set the version rows without running anything",
    .help =
        "For a database whose schema came from elsewhere. REV is an id, heads, base or label@head; several are "
        "fine. What is half done of a revision that stands beneath or above REV is forgotten; of another branch it "
        "stays.\n",
    .least = 1,
    .most = SIZE_MAX,
    .json = true,
    .with_alembic = "alembic stamp REV",
    .with_django = "python manage.py migrate --fake APP NAME",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"purge", 0, NULL, "forget all version rows first, unknown ones too"},
              {"timeout", 0, "DURATION", "how long to wait for the lock (default 60s)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run_with_files = stamp,
};
