/*
 * Version-row arithmetic: the net effect of alembic/runtime/migration.py, HeadMaintainer.update_to_step.
 *
 * A downgrade of r must know which of its normalised parents the other rows still stand on. Instead of collecting the
 * ancestors of all rows at every step, the revisions that are in are kept as a set: a parent with nothing above it that
 * is in is free, any other one is needed, unless it is an ancestor of another parent of r. Only where that may be (by
 * the positions of the two in two topological orders) a way up to a row is searched, depth first. Bound: a search visits
 * each revision above the parent at most once, and nearly always ends at the end of the first way up.
 */
#include "base/arena.h"
#include "core/plan.h"

struct version_rows {
    const struct graph *graph;
    uint32_t *items, count; /* the rows, in no order */
    uint32_t *slots;        /* a row's place in items, plus one; 0 if it is no row */
    struct node_set active; /* rows and their ancestors */
    uint32_t *first_above;  /* for each node: what it is named by starts here, before are only some that are not in */
    uint32_t *seen;         /* the last search that came by */
    uint32_t searches;
    uint32_t *stack, *next; /* of a search: nodes, and for each where to go next */
};

static bool is_row(const struct version_rows *rows, uint32_t node)
{
    return rows->slots[node] != 0;
}

static void add_row(struct version_rows *rows, uint32_t node)
{
    if (is_row(rows, node))
        return;
    rows->items[rows->count++] = node;
    rows->slots[node] = rows->count;
}

static void remove_row(struct version_rows *rows, uint32_t node)
{
    if (!is_row(rows, node))
        return;
    uint32_t last = rows->items[--rows->count];
    rows->items[rows->slots[node] - 1] = last;
    rows->slots[last] = rows->slots[node];
    rows->slots[node] = 0;
}

struct version_rows *version_rows_create(struct arena *arena, const struct graph *graph, struct nodes nodes)
{
    size_t count = graph_size(graph);
    struct version_rows *rows = arena_alloc(arena, sizeof *rows);
    *rows = (struct version_rows){
        .graph = graph,
        .items = arena_array(arena, count, sizeof(uint32_t)),
        .slots = arena_array(arena, count, sizeof(uint32_t)),
        .active = node_set_create(arena, graph),
        .first_above = arena_array(arena, count, sizeof(uint32_t)),
        .seen = arena_array(arena, count, sizeof(uint32_t)),
        .stack = arena_array(arena, count, sizeof(uint32_t)),
        .next = arena_array(arena, count, sizeof(uint32_t)),
    };
    for (uint32_t i = 0; i < nodes.count; i++)
        add_row(rows, nodes.items[i]);
    graph_add_ancestors(graph, &rows->active, nodes, EDGES_ALL);
    return rows;
}

/* ---- upgrade ---- */

static void reset_first_above(struct version_rows *rows, struct nodes nodes)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        rows->first_above[nodes.items[i]] = 0;
}

static void upgrade(struct version_rows *rows, uint32_t node)
{
    struct nodes parents = graph_normalised_parents(rows->graph, node);
    for (uint32_t i = 0; i < parents.count; i++)
        remove_row(rows, parents.items[i]);
    add_row(rows, node);
    node_set_add(&rows->active, node);
    reset_first_above(rows, graph_parents(rows->graph, node));
    reset_first_above(rows, graph_dependencies(rows->graph, node));
}

/* ---- downgrade ---- */

/* The children, then the dependents; GRAPH_NONE behind the last. */
static uint32_t named_by(const struct version_rows *rows, uint32_t node, uint32_t i)
{
    struct nodes children = graph_children(rows->graph, node);
    if (i < children.count)
        return children.items[i];
    struct nodes dependents = graph_dependents(rows->graph, node);
    return i - children.count < dependents.count ? dependents.items[i - children.count] : GRAPH_NONE;
}

static bool has_active_above(struct version_rows *rows, uint32_t node)
{
    uint32_t above;
    while ((above = named_by(rows, node, rows->first_above[node])) != GRAPH_NONE) {
        if (rows->active.has[above])
            return true;
        rows->first_above[node]++;
    }
    return false;
}

static uint32_t push(struct version_rows *rows, uint32_t depth, uint32_t node)
{
    has_active_above(rows, node); /* skips those that are not in for good */
    rows->seen[node] = rows->searches;
    rows->stack[depth] = node;
    rows->next[depth] = rows->first_above[node];
    return depth + 1;
}

/* Whether some row stands above the node. */
static bool leads_to_row(struct version_rows *rows, uint32_t node)
{
    rows->searches++;
    uint32_t depth = push(rows, 0, node);
    while (depth > 0) {
        uint32_t above = named_by(rows, rows->stack[depth - 1], rows->next[depth - 1]++);
        if (above == GRAPH_NONE) {
            depth--;
            continue;
        }
        if (!rows->active.has[above] || rows->seen[above] == rows->searches)
            continue;
        if (is_row(rows, above))
            return true;
        depth = push(rows, depth, above);
    }
    return false;
}

/* Whether a parent may be an ancestor of another parent of the same revision. */
static bool may_be_below_another(const struct version_rows *rows, uint32_t parent, struct nodes parents)
{
    for (uint32_t i = 0; i < parents.count; i++)
        if (graph_may_be_below(rows->graph, parent, parents.items[i]))
            return true;
    return false;
}

/* What is in above a parent is below some other row, or it is below (or is) another of the parents, which is no row
 * yet. With no other row left it can only be the latter, and Alembic takes that for needed too. */
static bool is_needed(struct version_rows *rows, uint32_t parent, struct nodes parents)
{
    if (is_row(rows, parent))
        return true;
    if (!has_active_above(rows, parent))
        return false;
    return rows->count == 0 || !may_be_below_another(rows, parent, parents) || leads_to_row(rows, parent);
}

static void downgrade(struct version_rows *rows, uint32_t node)
{
    remove_row(rows, node);
    if (has_active_above(rows, node)) /* overlapping rows: another row includes it, it stays in */
        return;
    node_set_remove(&rows->active, node);

    /* judge all parents by the rows as they are now, before any of them becomes a row */
    struct nodes parents = graph_normalised_parents(rows->graph, node);
    uint32_t kept = rows->count;
    for (uint32_t i = 0; i < parents.count; i++)
        if (!is_needed(rows, parents.items[i], parents))
            rows->items[kept++] = parents.items[i];
    for (uint32_t i = rows->count; i < kept; i++)
        add_row(rows, rows->items[i]);
}

void version_rows_step(struct version_rows *rows, struct step step)
{
    if (step.direction == DIRECTION_UPGRADE)
        upgrade(rows, step.node);
    else
        downgrade(rows, step.node);
}

struct names version_rows_ids(const struct version_rows *rows, struct arena *arena)
{
    struct names names = {.items = arena_array(arena, rows->count, sizeof *names.items)};
    for (uint32_t i = 0; i < rows->count; i++)
        names.items[names.count++] = graph_revision(rows->graph, rows->items[i])->id;
    names_sort(&names);
    return names;
}
