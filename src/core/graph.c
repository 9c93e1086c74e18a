#include "core/graph.h"

#include "base/arena.h"
#include "graph_parts.h"

#include <assert.h>

/* ---- building ---- */

static bool is_real_head(const struct graph *graph, uint32_t node)
{
    return graph_children(graph, node).count == 0 && graph_dependents(graph, node).count == 0;
}

static bool is_versioned_head(const struct graph *graph, uint32_t node)
{
    return graph_children(graph, node).count == 0;
}

static bool is_base(const struct graph *graph, uint32_t node)
{
    return graph_parents(graph, node).count == 0;
}

static struct nodes select_nodes(struct arena *arena, const struct graph *graph,
                                 bool (*wanted)(const struct graph *, uint32_t))
{
    uint32_t count = 0;
    for (uint32_t node = 0; node < graph->count; node++)
        count += wanted(graph, node);

    uint32_t *items = arena_array(arena, count, sizeof *items);
    count = 0;
    for (uint32_t node = 0; node < graph->count; node++)
        if (wanted(graph, node))
            items[count++] = node;
    return (struct nodes){items, count};
}

struct graph *graph_build(struct arena *arena, const struct revision *revisions, size_t count, struct faults *faults)
{
    assert(count < UINT32_MAX / 2); /* node indexes, with room for labels and markers */
    size_t faults_before = faults->count;

    struct graph *graph = arena_alloc(arena, sizeof *graph);
    graph->revisions = revisions;
    graph->count = (uint32_t)count;
    graph->stack = arena_array(arena, count, sizeof *graph->stack);

    graph_keys_build(graph, arena, faults);
    graph_edges_build(graph, arena, faults);
    graph_order_build(graph, arena, faults);
    if (faults->count > faults_before)
        return NULL;

    graph_positions_build(graph, arena);
    graph_edges_normalise(graph, arena);
    graph->real_heads = select_nodes(arena, graph, is_real_head);
    graph->versioned_heads = select_nodes(arena, graph, is_versioned_head);
    graph->bases = select_nodes(arena, graph, is_base);
    graph_labels_build(graph, arena);
    return graph;
}

/* ---- reading ---- */

void graph_set_django(struct graph *graph, const struct django_project *project)
{
    graph->django = project;
    graph->real_heads = graph->versioned_heads; /* each app has its own */
}

const struct django_project *graph_django(const struct graph *graph)
{
    return graph->django;
}

size_t graph_size(const struct graph *graph)
{
    return graph->count;
}

const struct revision *graph_revision(const struct graph *graph, uint32_t node)
{
    return &graph->revisions[node];
}

struct nodes graph_parents(const struct graph *graph, uint32_t node)
{
    return edges_of(&graph->parents, node);
}

struct nodes graph_dependencies(const struct graph *graph, uint32_t node)
{
    return edges_of(&graph->dependencies, node);
}

struct nodes graph_normalised_parents(const struct graph *graph, uint32_t node)
{
    return edges_of(&graph->normalised, node);
}

struct nodes graph_children(const struct graph *graph, uint32_t node)
{
    return edges_of(&graph->children, node);
}

struct nodes graph_dependents(const struct graph *graph, uint32_t node)
{
    return edges_of(&graph->dependents, node);
}

struct nodes graph_real_heads(const struct graph *graph)
{
    return graph->real_heads;
}

struct nodes graph_versioned_heads(const struct graph *graph)
{
    return graph->versioned_heads;
}

struct nodes graph_bases(const struct graph *graph)
{
    return graph->bases;
}

struct nodes graph_order(const struct graph *graph)
{
    return (struct nodes){graph->order, graph->count};
}

bool graph_may_be_below(const struct graph *graph, uint32_t lower, uint32_t upper)
{
    return graph->position[lower] < graph->position[upper] &&
           graph->other_position[lower] < graph->other_position[upper];
}

struct names graph_labels(const struct graph *graph, uint32_t node)
{
    return *graph->labels[node];
}

bool graph_is_branch_point(const struct graph *graph, uint32_t node)
{
    return graph_children(graph, node).count > 1;
}

bool graph_is_merge_point(const struct graph *graph, uint32_t node)
{
    return graph_parents(graph, node).count > 1;
}

/* ---- sets and closures ---- */

struct node_set node_set_create(struct arena *arena, const struct graph *graph)
{
    return (struct node_set){.has = arena_alloc(arena, graph->count)};
}

void node_set_add(struct node_set *set, uint32_t node)
{
    set->count += !set->has[node];
    set->has[node] = 1;
}

void node_set_remove(struct node_set *set, uint32_t node)
{
    set->count -= set->has[node];
    set->has[node] = 0;
}

/* Add nodes that are not in the set yet, and put them on the stack: each gets there once. */
static uint32_t push_new(const struct graph *graph, struct node_set *set, uint32_t depth, struct nodes nodes)
{
    for (uint32_t i = 0; i < nodes.count; i++) {
        if (set->has[nodes.items[i]])
            continue;
        node_set_add(set, nodes.items[i]);
        graph->stack[depth++] = nodes.items[i];
    }
    return depth;
}

static void add_closure(const struct graph *graph, struct node_set *set, struct nodes from, const struct edges *edges,
                        const struct edges *more_edges)
{
    uint32_t depth = push_new(graph, set, 0, from);
    while (depth > 0) {
        uint32_t node = graph->stack[--depth];
        depth = push_new(graph, set, depth, edges_of(edges, node));
        if (more_edges != NULL)
            depth = push_new(graph, set, depth, edges_of(more_edges, node));
    }
}

void graph_add_ancestors(const struct graph *graph, struct node_set *set, struct nodes from, enum graph_edges edges)
{
    switch (edges) {
    case EDGES_DOWN_REVISION:
        add_closure(graph, set, from, &graph->parents, NULL);
        break;
    case EDGES_NORMALISED:
        add_closure(graph, set, from, &graph->normalised, NULL);
        break;
    case EDGES_ALL:
        add_closure(graph, set, from, &graph->parents, &graph->dependencies);
        break;
    }
}

/* A dependency is left out of the normalised parents only where an ancestor leads to it anyway, so that closures over
 * normalised edges and over all edges are the same sets. */
void graph_add_descendants(const struct graph *graph, struct node_set *set, struct nodes from, enum graph_edges edges)
{
    add_closure(graph, set, from, &graph->children, edges == EDGES_DOWN_REVISION ? NULL : &graph->dependents);
}

void graph_add_named(struct arena *arena, const struct graph *graph, struct node_set *set, const struct names *ids)
{
    uint32_t *items = arena_array(arena, ids->count, sizeof *items), count = 0;
    for (size_t i = 0; i < ids->count; i++) {
        uint32_t node = graph_find(graph, ids->items[i]);
        if (node != GRAPH_NONE)
            items[count++] = node;
    }
    graph_add_ancestors(graph, set, (struct nodes){items, count}, EDGES_ALL);
}
