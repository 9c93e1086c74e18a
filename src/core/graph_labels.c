/*
 * Which labels reach which revision (alembic/script/revision.py, _add_branches): a label reaches its revision and all
 * descendants by down_revision. Where everything from the revision to the tip is one plain line, it also reaches down
 * the line, until a branch point (dependents count) or a merge point.
 */
#include "base/arena.h"
#include "graph_parts.h"

#include <string.h>

static bool includes(const struct names *larger, const struct names *smaller)
{
    size_t found = 0;
    for (size_t i = 0; i < larger->count && found < smaller->count; i++)
        found += strcmp(larger->items[i], smaller->items[found]) == 0;
    return found == smaller->count;
}

/* Both sorted; one of the two itself where that is the union, so that a long line shares one list. */
static const struct names *unite(struct arena *arena, const struct names *a, const struct names *b)
{
    if (includes(a, b))
        return a;
    if (includes(b, a))
        return b;

    struct names *both = arena_alloc(arena, sizeof *both);
    both->items = arena_array(arena, a->count + b->count, sizeof *both->items);
    for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
        int order = i == a->count ? 1 : j == b->count ? -1 : strcmp(a->items[i], b->items[j]);
        both->items[both->count++] = order <= 0 ? a->items[i] : b->items[j];
        i += order <= 0;
        j += order >= 0;
    }
    return both;
}

static const struct names *sorted(struct arena *arena, const struct names *names)
{
    struct names *copy = arena_alloc(arena, sizeof *copy);
    copy->items = arena_array(arena, names->count, sizeof *copy->items);
    copy->count = names->count;
    memcpy(copy->items, names->items, names->count * sizeof *copy->items);
    names_sort(copy);
    return copy;
}

static void reach_descendants(struct graph *graph, struct arena *arena)
{
    static const struct names none;
    for (uint32_t i = 0; i < graph->count; i++) {
        uint32_t node = graph->order[i];
        const struct names *own = &graph->revisions[node].labels;
        const struct names *labels = own->count == 0 ? &none : sorted(arena, own);
        struct nodes parents = graph_parents(graph, node);
        for (uint32_t p = 0; p < parents.count; p++)
            labels = unite(arena, labels, graph->labels[parents.items[p]]);
        graph->labels[node] = labels;
    }
}

/* Exactly one way up, or none, counting dependents; and one way down, or none. */
static bool is_plain(const struct graph *graph, uint32_t node)
{
    struct nodes children = graph_children(graph, node), dependents = graph_dependents(graph, node);
    uint32_t ways = children.count;
    for (uint32_t i = 0; i < dependents.count && ways <= 1; i++)
        ways += !nodes_contain(children, dependents.items[i]);
    return ways <= 1 && !graph_is_merge_point(graph, node);
}

void graph_labels_build(struct graph *graph, struct arena *arena)
{
    graph->labels = arena_array(arena, graph->count, sizeof *graph->labels);
    reach_descendants(graph, arena);

    /* the tip of a plain line has what any of the line declares */
    for (uint32_t i = 0; i < graph->versioned_heads.count; i++) {
        uint32_t tip = graph->versioned_heads.items[i];
        for (uint32_t node = tip; is_plain(graph, node);) {
            graph->labels[node] = graph->labels[tip];
            struct nodes parents = graph_parents(graph, node);
            if (parents.count == 0)
                break;
            node = parents.items[0];
        }
    }
}
