#include "mirroring.h"

#include "base/arena.h"
#include "files/revision_dir.h"

#include <stdlib.h>

/* One stamp under way. */
struct mirroring {
    struct text *sql;
    struct arena *arena;
    const struct ledger *ledger;
    const struct graph *graph;
    struct mirror_change change; /* what all of them share */
    const struct adopted_tool *locked;
};

static void lock(struct mirroring *mirroring, const struct adopted_tool *tool)
{
    if (mirroring->locked == tool)
        return;
    mirror_add_presence(mirroring->sql, mirroring->ledger, tool, mirroring->change.attempt);
    text_add(mirroring->sql, ";\n");
    mirror_add_lock(mirroring->sql, mirroring->ledger, tool);
    text_add(mirroring->sql, ";\n");
    mirroring->locked = tool;
}

static bool add(struct mirroring *mirroring, uint32_t node, enum direction direction, struct error *error)
{
    struct mirror_change change = mirroring->change;
    char *text = NULL;
    change.revision = graph_revision(mirroring->graph, node);
    change.direction = direction;
    const struct adopted_tool *tool = mirror_tool(mirroring->ledger, change.revision);
    if (tool->checksum != NULL && direction == DIRECTION_UPGRADE &&
        !revision_text_read(change.revision, direction, &text, &change.text_length, error))
        return false;
    change.text = text;
    lock(mirroring, tool);
    mirror_add_change(mirroring->sql, mirroring->arena, mirroring->ledger, tool, &change);
    text_add(mirroring->sql, ";\n");
    free(text);
    return true;
}

/* A row that is forgotten, and of which there is no file, was never mirrored. */
static struct names known(struct arena *arena, const struct graph *graph, const struct names *rows)
{
    struct names ids = {.items = arena_array(arena, rows->count, sizeof *ids.items)};
    for (size_t i = 0; i < rows->count; i++)
        if (graph_find(graph, rows->items[i]) != GRAPH_NONE)
            ids.items[ids.count++] = rows->items[i];
    return ids;
}

/* A table of one row goes there at once. */
static bool add_newest(struct mirroring *mirroring, struct error *error)
{
    const struct names *before = mirroring->change.before, *after = mirroring->change.after;
    if (names_equal(before, after))
        return true;
    const char *id = after->count > 0 ? after->items[0] : before->items[0];
    return add(mirroring, graph_find(mirroring->graph, id), DIRECTION_UPGRADE, error);
}

static bool add_each(struct mirroring *mirroring, struct error *error)
{
    struct nodes order = graph_order(mirroring->graph);
    struct node_set was = node_set_create(mirroring->arena, mirroring->graph);
    struct node_set is = node_set_create(mirroring->arena, mirroring->graph);
    graph_add_named(mirroring->arena, mirroring->graph, &was, mirroring->change.before);
    graph_add_named(mirroring->arena, mirroring->graph, &is, mirroring->change.after);
    for (uint32_t i = order.count; i-- > 0;)
        if (was.has[order.items[i]] && !is.has[order.items[i]] &&
            !add(mirroring, order.items[i], DIRECTION_DOWNGRADE, error))
            return false;
    for (uint32_t i = 0; i < order.count; i++)
        if (is.has[order.items[i]] && !was.has[order.items[i]] &&
            !add(mirroring, order.items[i], DIRECTION_UPGRADE, error))
            return false;
    return true;
}

bool mirroring_add_stamp(struct text *sql, struct arena *arena, const struct ledger *ledger,
                         const struct graph *graph, const struct names *before, const struct names *after,
                         const char *attempt, struct error *error)
{
    struct names from = known(arena, graph, before);
    struct mirroring mirroring = {
        .sql = sql,
        .arena = arena,
        .ledger = ledger,
        .graph = graph,
        .change = {.stamped = true, .before = &from, .after = after, .attempt = attempt},
    };
    if (ledger->mirror == NULL || graph_size(graph) == 0)
        return true;
    const struct adopted_tool *tool = mirror_tool(ledger, graph_revision(graph, 0));
    return tool->move != NULL ? add_newest(&mirroring, error) : add_each(&mirroring, error);
}
