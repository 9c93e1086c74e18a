/*
 * What the files of the graph share: its arrays, and the stages in which graph.c builds it. Everything is owned by the
 * graph's arena. Edges are stored as compressed rows, four bytes an edge.
 */
#ifndef MIGRATED_CORE_GRAPH_PARTS_H
#define MIGRATED_CORE_GRAPH_PARTS_H

#include "core/graph.h"

struct graph_key;

/* The edges of node n are items[starts[n]] .. items[starts[n + 1] - 1]. */
struct edges {
    uint32_t *starts, *items;
};

struct graph {
    const struct revision *revisions; /* borrowed */
    uint32_t count;
    const struct django_project *django; /* NULL: they are not Django's */

    struct graph_key *keys; /* ids in load order, then labels */
    uint32_t key_count;
    struct graph_key *by_name; /* hash over keys */

    struct edges parents, dependencies, normalised; /* towards the bases */
    struct edges children, dependents;              /* towards the heads */
    struct nodes real_heads, versioned_heads, bases;
    uint32_t *order, *position;  /* position: of each node in the order */
    uint32_t *other_position;    /* in another topological order */
    const struct names **labels; /* a node's labels; nodes with the same labels share them */

    uint32_t *stack; /* of one walk at a time, room for every node */
};

struct nodes edges_of(const struct edges *edges, uint32_t node);

/* Ids and labels, and the faults in them. */
void graph_keys_build(struct graph *graph, struct arena *arena, struct faults *faults);
/* Index of an id or label in keys, or GRAPH_NONE. */
uint32_t graph_key_find(const struct graph *graph, const char *name);

/* Parents, dependencies, and the way back; missing ones are faults. */
void graph_edges_build(struct graph *graph, struct arena *arena, struct faults *faults);
/* Parents plus those dependencies that no ancestor declares; needs the order. */
void graph_edges_normalise(struct graph *graph, struct arena *arena);

/* The topological order; cycles are faults. */
void graph_order_build(struct graph *graph, struct arena *arena, struct faults *faults);
/* Positions in it, and in another one. */
void graph_positions_build(struct graph *graph, struct arena *arena);

/* Which labels reach which node; needs the order. */
void graph_labels_build(struct graph *graph, struct arena *arena);

#endif
