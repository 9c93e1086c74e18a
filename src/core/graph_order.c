/*
 * The topological order: depth first from each revision in load order, parents before the revision itself, on a stack
 * of our own, since chains are 100,000 deep. A revision met again while it is still on the stack closes a cycle.
 */
#include "base/arena.h"
#include "graph_parts.h"

enum colour { WHITE, ON_STACK, ORDERED };

struct sorter {
    struct graph *graph;
    struct arena *arena;
    struct faults *faults;
    uint32_t *order;
    uint8_t *colours;
    uint32_t *stack;
    uint32_t *next; /* for each node on the stack: the edge to follow next */
    uint32_t depth, ordered;
};

static void push(struct sorter *sorter, uint32_t node)
{
    sorter->colours[node] = ON_STACK;
    sorter->stack[sorter->depth] = node;
    sorter->next[sorter->depth++] = 0;
}

/* The revisions from `first` up to the top of the stack form a cycle. */
static void add_cycle_fault(struct sorter *sorter, uint32_t first)
{
    struct graph *graph = sorter->graph;
    uint32_t bottom = sorter->depth - 1;
    while (sorter->stack[bottom] != first)
        bottom--;

    struct names names = {.items = arena_array(sorter->arena, sorter->depth - bottom, sizeof *names.items)};
    bool by_dependency = false;
    for (uint32_t i = bottom; i < sorter->depth; i++) {
        names.items[names.count++] = graph->revisions[sorter->stack[i]].id;
        by_dependency |= sorter->next[i] > graph_parents(graph, sorter->stack[i]).count;
    }
    names_sort(&names);

    uint32_t top = sorter->stack[sorter->depth - 1];
    const struct revision *revision = &graph->revisions[top];
    bool last_by_dependency = sorter->next[sorter->depth - 1] > graph_parents(graph, top).count;
    struct place place = last_by_dependency ? revision->depends_on_place : revision->down_revision_place;
    fault_add(sorter->faults, revision_link_path(revision), place.line, place.column,
              "%s is detected in revisions (%s)", by_dependency ? "dependency cycle" : "cycle",
              names_join(sorter->arena, &names, 20));
}

/* Follow one edge of the revision on top of the stack, or order it when all are followed. */
static void advance(struct sorter *sorter)
{
    uint32_t node = sorter->stack[sorter->depth - 1];
    uint32_t edge = sorter->next[sorter->depth - 1]++;
    struct nodes parents = graph_parents(sorter->graph, node);
    struct nodes dependencies = graph_dependencies(sorter->graph, node);

    if (edge >= parents.count + dependencies.count) {
        sorter->colours[node] = ORDERED;
        sorter->order[sorter->ordered++] = node;
        sorter->depth--;
        return;
    }
    uint32_t below = edge < parents.count ? parents.items[edge] : dependencies.items[edge - parents.count];
    if (sorter->colours[below] == WHITE)
        push(sorter, below);
    else if (sorter->colours[below] == ON_STACK)
        add_cycle_fault(sorter, below);
}

static struct sorter sorter_create(struct graph *graph, struct arena *arena, struct faults *faults)
{
    return (struct sorter){
        .graph = graph,
        .arena = arena,
        .faults = faults,
        .order = arena_array(arena, graph->count, sizeof(uint32_t)),
        .colours = arena_alloc(arena, graph->count),
        .stack = graph->stack,
        .next = arena_array(arena, graph->count, sizeof(uint32_t)),
    };
}

static void order_up_to(struct sorter *sorter, uint32_t node)
{
    if (sorter->colours[node] == WHITE)
        push(sorter, node);
    while (sorter->depth > 0)
        advance(sorter);
}

void graph_order_build(struct graph *graph, struct arena *arena, struct faults *faults)
{
    struct sorter sorter = sorter_create(graph, arena, faults);
    for (uint32_t node = 0; node < graph->count; node++)
        order_up_to(&sorter, node);
    graph->order = sorter.order;
}

static uint32_t *positions(struct arena *arena, const uint32_t *order, uint32_t count)
{
    uint32_t *position = arena_array(arena, count, sizeof *position);
    for (uint32_t i = 0; i < count; i++)
        position[order[i]] = i;
    return position;
}

/* The other order puts a dependency as late as it can, right before the first revision that needs it: of two revisions
 * on different lines most often one is first in one order, the other one in the other. */
void graph_positions_build(struct graph *graph, struct arena *arena)
{
    struct sorter other = sorter_create(graph, arena, NULL);
    for (uint32_t node = 0; node < graph->count; node++)
        if (graph_dependencies(graph, node).count > 0)
            order_up_to(&other, node);
    for (uint32_t node = graph->count; node > 0; node--)
        order_up_to(&other, node - 1);

    graph->position = positions(arena, graph->order, graph->count);
    graph->other_position = positions(arena, other.order, graph->count);
}
