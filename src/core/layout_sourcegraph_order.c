/*
 * Sourcegraph's order of a graph: depth first from its one base, the children with the largest number first, and all of
 * that backwards (findDefinitionOrder in internal/database/migration/definition/read.go). So a branch stays together,
 * and those that have nothing to do with each other come by number.
 */
#include "core/natural.h"
#include "layout_parts.h"

#include <stdlib.h>
#include <string.h>

#define NONE ((size_t)-1)

struct nodes {
    const struct revision *revisions; /* by number */
    size_t count;
    size_t *first;            /* of each: where its children begin among them; one more for the end */
    size_t *children;         /* ascending */
    size_t *next;             /* how many of its children are still to be visited */
    size_t *stack, *order;    /* order: from the end on */
    size_t depth, left, root; /* left: how many are not ordered yet */
    bool *seen;
};

static size_t find(const struct nodes *nodes, const char *id)
{
    size_t low = 0, high = nodes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = natural_compare(nodes->revisions[middle].id, id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

/* False: somebody's parent is not there, which the graph tells. */
static bool count_children(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        for (size_t j = 0; j < nodes->revisions[i].down_revisions.count; j++) {
            size_t parent = find(nodes, nodes->revisions[i].down_revisions.items[j]);
            if (parent == NONE)
                return false;
            nodes->first[parent + 1]++;
        }
    for (size_t i = 0; i < nodes->count; i++)
        nodes->first[i + 1] += nodes->first[i];
    return true;
}

static bool link_children(struct arena *arena, struct nodes *nodes)
{
    nodes->first = arena_array(arena, nodes->count + 1, sizeof *nodes->first);
    if (!count_children(nodes))
        return false;
    nodes->children = arena_array(arena, nodes->first[nodes->count], sizeof *nodes->children);
    nodes->next = arena_array(arena, nodes->count, sizeof *nodes->next);
    for (size_t i = 0; i < nodes->count; i++)
        for (size_t j = 0; j < nodes->revisions[i].down_revisions.count; j++) {
            size_t parent = find(nodes, nodes->revisions[i].down_revisions.items[j]);
            nodes->children[nodes->first[parent] + nodes->next[parent]++] = i;
        }
    return true;
}

static void push(struct nodes *nodes, size_t node)
{
    nodes->seen[node] = true;
    nodes->stack[nodes->depth++] = node;
}

static void walk(struct arena *arena, struct nodes *nodes)
{
    nodes->seen = arena_array(arena, nodes->count, sizeof *nodes->seen);
    nodes->stack = arena_array(arena, nodes->count, sizeof *nodes->stack);
    nodes->order = arena_array(arena, nodes->count, sizeof *nodes->order);
    nodes->left = nodes->count;
    push(nodes, nodes->root);
    while (nodes->depth > 0) {
        size_t node = nodes->stack[nodes->depth - 1];
        if (nodes->next[node] == 0) {
            nodes->order[--nodes->left] = node;
            nodes->depth--;
            continue;
        }
        size_t child = nodes->children[nodes->first[node] + --nodes->next[node]];
        if (!nodes->seen[child])
            push(nodes, child);
    }
}

static void find_root(struct nodes *nodes, struct faults *faults)
{
    nodes->root = NONE;
    for (size_t i = 0; i < nodes->count; i++) {
        const struct revision *revision = &nodes->revisions[i];
        if (revision->down_revisions.count > 0)
            continue;
        if (nodes->root == NONE)
            nodes->root = i;
        else
            fault_add(faults, revision_link_path(revision), revision->down_revision_place.line,
                      revision->down_revision_place.column,
                      "revision %s names no parents, nor does %s: Sourcegraph has one base only", revision->id,
                      nodes->revisions[nodes->root].id);
    }
}

void layout_sourcegraph_arrange(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults)
{
    struct revision *as_read = arena_array(arena, count, sizeof *as_read);
    memcpy(as_read, revisions, count * sizeof *as_read);
    struct nodes nodes = {.revisions = as_read, .count = count};
    find_root(&nodes, faults);
    if (nodes.root == NONE || !link_children(arena, &nodes))
        return;
    walk(arena, &nodes);
    for (size_t i = 0; nodes.left == 0 && i < count; i++) /* else there is a cycle, which the graph tells */
        revisions[i] = as_read[nodes.order[i]];
}
