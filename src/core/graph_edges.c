/* The edges of the graph, from what the revisions' headers say. */
#include "base/arena.h"
#include "base/suggest.h"
#include "graph_parts.h"

#include <string.h>

struct nodes edges_of(const struct edges *edges, uint32_t node)
{
    uint32_t start = edges->starts[node];
    return (struct nodes){edges->items + start, edges->starts[node + 1] - start};
}

bool nodes_contain(struct nodes nodes, uint32_t node)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        if (nodes.items[i] == node)
            return true;
    return false;
}

static struct edges edges_create(struct arena *arena, uint32_t nodes, size_t edges)
{
    return (struct edges){
        .starts = arena_array(arena, (size_t)nodes + 1, sizeof(uint32_t)),
        .items = arena_array(arena, edges, sizeof(uint32_t)),
    };
}

/* Edges are added node by node, in order: `node` is the one that is being filled. */
static void edges_add(struct edges *edges, uint32_t node, uint32_t to)
{
    edges->items[edges->starts[node + 1]++] = to;
}

static void edges_begin(struct edges *edges, uint32_t node)
{
    edges->starts[node + 1] = edges->starts[node];
}

/* Where everything points the other way; lists in load order. */
static struct edges edges_reverse(struct arena *arena, const struct edges *edges, uint32_t count)
{
    struct edges reverse = edges_create(arena, count, edges->starts[count]);
    uint32_t *next = arena_array(arena, count, sizeof *next);

    for (uint32_t i = 0; i < edges->starts[count]; i++)
        reverse.starts[edges->items[i] + 1]++;
    for (uint32_t node = 0; node < count; node++) {
        reverse.starts[node + 1] += reverse.starts[node];
        next[node] = reverse.starts[node];
    }
    for (uint32_t node = 0; node < count; node++)
        for (uint32_t i = edges->starts[node]; i < edges->starts[node + 1]; i++)
            reverse.items[next[edges->items[i]]++] = node;
    return reverse;
}

static void add_missing_fault(const struct graph *graph, const struct revision *revision, struct place place,
                              const char *header, const char *name, struct arena *arena, struct faults *faults)
{
    const char **known = arena_array(arena, graph->key_count, sizeof *known);
    for (uint32_t key = 0; key < graph->key_count; key++)
        known[key] = graph_key_name(graph, key);

    const char *similar = suggest(name, known, graph->key_count);
    if (similar == NULL)
        fault_add(faults, revision_link_path(revision), place.line, place.column,
                  "%s '%s' of revision %s is not present", header, name, revision->id);
    else
        fault_add(faults, revision_link_path(revision), place.line, place.column,
                  "%s '%s' of revision %s is not present; did you mean '%s'?", header, name, revision->id, similar);
}

struct linker {
    struct graph *graph;
    struct arena *arena;
    struct faults *faults;
    uint32_t *named_by; /* for each node: the last one that named it, plus one */
};

/* Whether `node` names `below` for the first time. */
static bool first_named(struct linker *linker, uint32_t node, uint32_t below)
{
    bool first = linker->named_by[below] != node + 1;
    linker->named_by[below] = node + 1;
    return first;
}

static void link_parents(struct linker *linker, uint32_t node)
{
    struct graph *graph = linker->graph;
    const struct revision *revision = &graph->revisions[node];
    struct place place = revision->down_revision_place;
    edges_begin(&graph->parents, node);
    for (size_t i = 0; i < revision->down_revisions.count; i++) {
        const char *name = revision->down_revisions.items[i];
        uint32_t parent = graph_find(graph, name);
        if (strcmp(name, revision->id) == 0)
            fault_add(linker->faults, revision_link_path(revision), place.line, place.column,
                      "self-loop is detected: revision %s is its own down_revision", name);
        else if (parent == GRAPH_NONE && graph_find_label(graph, name) != GRAPH_NONE)
            fault_add(linker->faults, revision_link_path(revision), place.line, place.column,
                      "down_revision '%s' of revision %s is a label, not a revision", name, revision->id);
        else if (parent == GRAPH_NONE)
            add_missing_fault(graph, revision, place, "down_revision", name, linker->arena, linker->faults);
        else if (!first_named(linker, node, parent))
            fault_add(linker->faults, revision_link_path(revision), place.line, place.column,
                      "down_revision names %s twice", name);
        else
            edges_add(&graph->parents, node, parent);
    }
}

static void link_dependencies(struct linker *linker, uint32_t node)
{
    struct graph *graph = linker->graph;
    const struct revision *revision = &graph->revisions[node];
    struct place place = revision->depends_on_place;
    edges_begin(&graph->dependencies, node);
    for (size_t i = 0; i < revision->depends_on.count; i++) {
        const char *name = revision->depends_on.items[i];
        uint32_t key = graph_key_find(graph, name);
        uint32_t dependency = key == GRAPH_NONE ? GRAPH_NONE : graph_key_node(graph, key);
        if (dependency == node || strcmp(name, revision->id) == 0)
            fault_add(linker->faults, revision->path, place.line, place.column,
                      "dependency self-loop is detected: revision %s depends on itself", revision->id);
        else if (dependency == GRAPH_NONE)
            add_missing_fault(graph, revision, place, "depends_on", name, linker->arena, linker->faults);
        else if (first_named(linker, node, dependency)) /* an id and its label are one */
            edges_add(&graph->dependencies, node, dependency);
    }
}

static void link_all(struct graph *graph, struct arena *arena, struct faults *faults,
                     void (*link)(struct linker *, uint32_t))
{
    struct linker linker = {graph, arena, faults, arena_array(arena, graph->count, sizeof(uint32_t))};
    for (uint32_t node = 0; node < graph->count; node++)
        link(&linker, node);
}

void graph_edges_build(struct graph *graph, struct arena *arena, struct faults *faults)
{
    size_t parents = 0, dependencies = 0;
    for (uint32_t node = 0; node < graph->count; node++) {
        parents += graph->revisions[node].down_revisions.count;
        dependencies += graph->revisions[node].depends_on.count;
    }
    graph->parents = edges_create(arena, graph->count, parents);
    graph->dependencies = edges_create(arena, graph->count, dependencies);

    link_all(graph, arena, faults, link_parents);
    link_all(graph, arena, faults, link_dependencies);
    graph->children = edges_reverse(arena, &graph->parents, graph->count);
    graph->dependents = edges_reverse(arena, &graph->dependencies, graph->count);
}

/* ---- normalised parents ---- */

struct normaliser {
    const struct graph *graph;
    uint32_t *seen;       /* the last dependency, plus one, whose walk came by */
    uint8_t *superfluous; /* for each item of graph->dependencies */
};

static uint32_t push_children(struct normaliser *normaliser, uint32_t stamp, uint32_t last, uint32_t depth,
                              uint32_t node)
{
    struct nodes children = graph_children(normaliser->graph, node);
    for (uint32_t i = 0; i < children.count; i++) {
        uint32_t child = children.items[i];
        if (normaliser->seen[child] == stamp || normaliser->graph->position[child] > last)
            continue;
        normaliser->seen[child] = stamp;
        normaliser->graph->stack[depth++] = child;
    }
    return depth;
}

static void drop_dependency(struct normaliser *normaliser, uint32_t node, uint32_t dependency)
{
    const struct edges *edges = &normaliser->graph->dependencies;
    for (uint32_t i = edges->starts[node]; i < edges->starts[node + 1]; i++)
        if (edges->items[i] == dependency)
            normaliser->superfluous[i] = 1;
}

/*
 * Of the revisions that depend on `dependency`, those above another one lose the edge. One walk upwards from all of
 * them, never beyond the highest: the cost is the stretch of graph between the first and the last revision that share
 * a dependency, and nothing for a dependency that is declared once.
 */
static void normalise_shared(struct normaliser *normaliser, uint32_t dependency)
{
    struct nodes declaring = graph_dependents(normaliser->graph, dependency);
    uint32_t stamp = dependency + 1, last = 0, depth = 0;
    for (uint32_t i = 0; i < declaring.count; i++)
        if (normaliser->graph->position[declaring.items[i]] > last)
            last = normaliser->graph->position[declaring.items[i]];

    for (uint32_t i = 0; i < declaring.count; i++) {
        depth = push_children(normaliser, stamp, last, depth, declaring.items[i]);
        while (depth > 0) {
            depth--;
            depth = push_children(normaliser, stamp, last, depth, normaliser->graph->stack[depth]);
        }
    }
    for (uint32_t i = 0; i < declaring.count; i++)
        if (normaliser->seen[declaring.items[i]] == stamp)
            drop_dependency(normaliser, declaring.items[i], dependency);
}

static void join_normalised(struct graph *graph, const uint8_t *superfluous)
{
    const struct edges *dependencies = &graph->dependencies;
    for (uint32_t node = 0; node < graph->count; node++) {
        struct nodes parents = graph_parents(graph, node);
        edges_begin(&graph->normalised, node);
        for (uint32_t i = 0; i < parents.count; i++)
            edges_add(&graph->normalised, node, parents.items[i]);
        for (uint32_t i = dependencies->starts[node]; i < dependencies->starts[node + 1]; i++)
            if (!superfluous[i] && !nodes_contain(parents, dependencies->items[i]))
                edges_add(&graph->normalised, node, dependencies->items[i]);
    }
}

void graph_edges_normalise(struct graph *graph, struct arena *arena)
{
    size_t parents = graph->parents.starts[graph->count], dependencies = graph->dependencies.starts[graph->count];
    if (dependencies == 0) {
        graph->normalised = graph->parents;
        return;
    }

    struct normaliser normaliser = {
        .graph = graph,
        .seen = arena_array(arena, graph->count, sizeof(uint32_t)),
        .superfluous = arena_alloc(arena, dependencies),
    };
    for (uint32_t node = 0; node < graph->count; node++)
        if (graph_dependents(graph, node).count > 1)
            normalise_shared(&normaliser, node);

    graph->normalised = edges_create(arena, graph->count, parents + dependencies);
    join_normalised(graph, normaliser.superfluous);
}
