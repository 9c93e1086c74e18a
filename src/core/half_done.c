#include "core/half_done.h"

#include "base/arena.h"
#include "core/script_graph.h"

#include <string.h>

/* Of a row without a file nobody knows what it stands on. */
static bool all_have_files(const struct graph *graph, const struct names *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (graph_find(graph, rows->items[i]) == GRAPH_NONE)
            return false;
    return true;
}

const char *half_done_state(struct arena *arena, const struct half_done *item)
{
    return arena_printf(arena, "%s is half %s", item->revision,
                        item->direction == DIRECTION_UPGRADE ? "applied" : "taken back");
}

bool half_done_is_replaced(const struct graph *graph, const struct half_done *item)
{
    uint32_t script = script_graph_node(graph);
    return script != GRAPH_NONE && strcmp(graph_revision(graph, script)->id, item->revision) != 0;
}

struct names half_done_settled(struct arena *arena, const struct graph *graph, const struct names *rows,
                               const struct half_done_list *list)
{
    struct names settled = {.items = arena_array(arena, list->count, sizeof *settled.items)};
    struct node_set applied = node_set_create(arena, graph);
    graph_add_named(arena, graph, &applied, rows);
    for (size_t i = 0; i < list->count; i++) {
        const struct half_done *item = &list->items[i];
        uint32_t node = graph_find(graph, item->revision);
        bool is_row = names_contain(rows, item->revision);
        if (half_done_is_replaced(graph, item)) {
            settled.items[settled.count++] = item->revision;
            continue;
        }
        if (node == GRAPH_NONE && !is_row)
            continue;
        bool is_applied = is_row || applied.has[node], is_gone = !is_applied && all_have_files(graph, rows);
        if (item->direction == DIRECTION_UPGRADE ? is_applied : is_gone)
            settled.items[settled.count++] = item->revision;
    }
    return settled;
}

struct names half_done_ids(struct arena *arena, const struct half_done_list *list)
{
    struct names ids = {.items = arena_array(arena, list->count, sizeof *ids.items)};
    for (size_t i = 0; i < list->count; i++)
        ids.items[ids.count++] = list->items[i].revision;
    return ids;
}

struct half_done_list half_done_without(struct arena *arena, const struct half_done_list *list,
                                        const struct names *settled)
{
    struct half_done *left = arena_array(arena, list->count, sizeof *left);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!names_contain(settled, list->items[i].revision))
            left[count++] = list->items[i];
    return (struct half_done_list){left, count};
}

struct half_done_list half_done_left(struct arena *arena, const struct graph *graph, const struct names *rows,
                                     const struct half_done_list *list)
{
    struct names settled = half_done_settled(arena, graph, rows, list);
    return half_done_without(arena, list, &settled);
}

static bool plan_holds(const struct plan *plan, uint32_t node)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].node == node)
            return true;
    return false;
}

static bool refuse(const struct half_done *item, const struct revision *step, struct error *error)
{
    if (item->direction == DIRECTION_UPGRADE)
        error_set(error, ERROR_REVISION_FAILED,
                  "revision %s is half applied, and stands on %s, which would be taken back", item->revision,
                  step->id);
    else
        error_set(error, ERROR_REVISION_FAILED,
                  "revision %s is half taken back, and %s, which would be applied, stands on it", item->revision,
                  step->id);
    return error_next(error, "`migrated resume` to go on with %s first", item->revision);
}

/* Without its file nobody knows what it stands on. */
static bool check_unknown(const struct plan *plan, const struct half_done *item, struct error *error)
{
    if (item->direction == DIRECTION_DOWNGRADE || plan->count == 0 || plan->steps[0].direction == DIRECTION_UPGRADE)
        return true;
    error_set(error, ERROR_REVISION_FAILED,
              "revision %s is half applied, and its file is not here: it may stand on what would be taken back",
              item->revision);
    return error_next(error, "put the file back and `migrated resume`, or forget it with `migrated stamp --purge`");
}

/* Does a step of the plan take away what this one stands on, or need it whole? */
static bool check_one(struct arena *arena, const struct plan *plan, const struct half_done *item, struct error *error)
{
    const struct graph *graph = plan->graph;
    uint32_t node = graph_find(graph, item->revision);
    if (node == GRAPH_NONE)
        return check_unknown(plan, item, error);
    if (plan_holds(plan, node))
        return true;
    struct node_set near = node_set_create(arena, graph);
    struct nodes self = {&node, 1};
    bool up = item->direction == DIRECTION_UPGRADE;
    if (up)
        graph_add_ancestors(graph, &near, self, EDGES_ALL);
    else
        graph_add_descendants(graph, &near, self, EDGES_ALL);
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        if (near.has[step->node] && (step->direction == DIRECTION_DOWNGRADE) == up)
            return refuse(item, graph_revision(graph, step->node), error);
    }
    return true;
}

bool half_done_check(struct arena *arena, const struct plan *plan, const struct half_done_list *list,
                     struct error *error)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].begun && !check_one(arena, plan, &list->items[i], error))
            return false;
    return true;
}
