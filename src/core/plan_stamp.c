/*
 * stamp (alembic/script/base.py, _stamp_revs): each target replaces the rows of its lineage, dependencies included, or
 * becomes a row of its own where it has no lineage among the rows.
 */
#include "base/arena.h"
#include "core/plan.h"
#include "resolve_parts.h"

/* Those that some target's lineage holds. */
static bool affected_by(struct resolver *resolver, struct nodes nodes, const struct names *targets,
                        struct node_set *affected)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct nodes kept;
        if (!resolve_filter(resolver, nodes, targets->items[i], EDGES_ALL, &kept))
            return false;
        for (uint32_t k = 0; k < kept.count; k++)
            node_set_add(affected, kept.items[k]);
    }
    return true;
}

static bool resolve_targets(struct resolver *resolver, const struct names *targets, struct nodes *nodes)
{
    uint32_t *items = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < targets->count; i++) {
        struct nodes found;
        if (!resolve_many(resolver, targets->items[i], &found))
            return false;
        for (uint32_t f = 0; f < found.count; f++) {
            items = arena_grow(resolver->arena, items, count, &capacity, sizeof *items);
            items[count++] = found.items[f];
        }
    }
    *nodes = (struct nodes){items, (uint32_t)count};
    return true;
}

static void remove_all(struct node_set *rows, struct nodes nodes)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        node_set_remove(rows, nodes.items[i]);
}

static bool related_to(struct resolver *resolver, uint32_t node, struct nodes rows)
{
    struct node_set below = node_set_create(resolver->arena, resolver->graph);
    struct node_set above = node_set_create(resolver->arena, resolver->graph);
    graph_add_ancestors(resolver->graph, &below, (struct nodes){&node, 1}, EDGES_ALL);
    graph_add_descendants(resolver->graph, &above, (struct nodes){&node, 1}, EDGES_ALL);
    for (uint32_t i = 0; i < rows.count; i++)
        if (below.has[rows.items[i]] || above.has[rows.items[i]])
            return true;
    return false;
}

/* `affected` are the rows as they were at first: every target is compared with these. */
static void stamp_one(struct resolver *resolver, uint32_t node, const struct node_set *affected,
                      struct node_set *rows)
{
    struct nodes members = resolve_members(resolver, affected);
    if (node >= NODE_BASE) {
        remove_all(rows, members);
    } else if (!affected->has[node]) {
        if (related_to(resolver, node, members))
            remove_all(rows, members);
        node_set_add(rows, node);
    }
}

static struct names ids_of(struct resolver *resolver, const struct node_set *rows)
{
    struct nodes members = resolve_members(resolver, rows);
    struct names names = {.items = arena_array(resolver->arena, members.count, sizeof *names.items)};
    for (uint32_t i = 0; i < members.count; i++)
        names.items[names.count++] = graph_revision(resolver->graph, members.items[i])->id;
    names_sort(&names);
    return names;
}

bool plan_stamp(struct arena *arena, const struct graph *graph, const struct names *rows, const struct names *targets,
                bool purge, struct names *after, struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct nodes current = {0}, nodes;
    struct node_set affected = node_set_create(arena, graph), stamped = node_set_create(arena, graph);
    if ((!purge && !resolve_rows(arena, graph, rows, &current, error)) ||
        !affected_by(&resolver, current, targets, &affected) || !resolve_targets(&resolver, targets, &nodes))
        return false;

    for (uint32_t i = 0; i < current.count; i++)
        node_set_add(&stamped, current.items[i]);
    if (nodes.count == 0) /* base alone */
        stamp_one(&resolver, NODE_BASE, &affected, &stamped);
    for (uint32_t i = 0; i < nodes.count; i++)
        stamp_one(&resolver, nodes.items[i], &affected, &stamped);
    *after = ids_of(&resolver, &stamped);
    return true;
}

bool plan_stamp_concerns(struct arena *arena, const struct graph *graph, const struct names *ids,
                         const struct names *targets, bool purge, struct names *concerned, struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct node_set affected = node_set_create(arena, graph);
    uint32_t *nodes = arena_array(arena, ids->count, sizeof *nodes), count = 0;
    for (size_t i = 0; i < ids->count; i++) {
        uint32_t node = graph_find(graph, ids->items[i]);
        if (node != GRAPH_NONE)
            nodes[count++] = node;
    }
    if (!affected_by(&resolver, (struct nodes){nodes, count}, targets, &affected))
        return false;

    *concerned = (struct names){.items = arena_array(arena, ids->count, sizeof *concerned->items)};
    for (size_t i = 0; i < ids->count; i++) {
        uint32_t node = graph_find(graph, ids->items[i]);
        if (purge || (node != GRAPH_NONE && affected.has[node]))
            concerned->items[concerned->count++] = ids->items[i];
    }
    return true;
}
