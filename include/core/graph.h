/*
 * The revision graph, with Alembic's meaning of every word (alembic/script/revision.py, RevisionMap). Built once from a
 * list of revisions; afterwards read-only. Nodes are named by their index in that list.
 *
 * Everything here is linear in revisions and edges.
 */
#ifndef MIGRATED_CORE_GRAPH_H
#define MIGRATED_CORE_GRAPH_H

#include "base/fault.h"
#include "base/names.h"
#include "core/revision.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct graph;
struct django_project;

#define GRAPH_NONE UINT32_MAX

/* A run of node indexes, borrowed from the graph or owned by an arena. */
struct nodes {
    const uint32_t *items;
    uint32_t count;
};

bool nodes_contain(struct nodes nodes, uint32_t node);

/*
 * Build the graph of `revisions` (borrowed, must outlive the graph). Faults found (duplicate ids, illegal characters,
 * missing parents and dependencies, unknown labels in depends_on, labels used twice or equal to an id, self references,
 * cycles with the revisions involved) are all added to `faults`; then NULL is returned. The graph is owned by the arena.
 */
struct graph *graph_build(struct arena *arena, const struct revision *revisions, size_t count, struct faults *faults);

/* Of Django's migrations: what they are made of (core/django_graph.h), borrowed; else NULL. Their real heads are the
 * versioned ones: each app has one. */
void graph_set_django(struct graph *graph, const struct django_project *project);
const struct django_project *graph_django(const struct graph *graph);

size_t graph_size(const struct graph *graph);
const struct revision *graph_revision(const struct graph *graph, uint32_t node);

/* The node with exactly this id, or GRAPH_NONE. */
uint32_t graph_find(const struct graph *graph, const char *id);
/* The node that declares this label, or GRAPH_NONE. */
uint32_t graph_find_label(const struct graph *graph, const char *label);

/* What an identifier may name: the ids in load order, then the labels, each with its node. */
uint32_t graph_key_count(const struct graph *graph);
const char *graph_key_name(const struct graph *graph, uint32_t key);
uint32_t graph_key_node(const struct graph *graph, uint32_t key);

/* Edges. Parents as written; dependencies resolved to nodes; normalised parents are Alembic's
 * _normalized_down_revisions: parents plus those dependencies that no ancestor already declares (version-row rules). */
struct nodes graph_parents(const struct graph *graph, uint32_t node);
struct nodes graph_dependencies(const struct graph *graph, uint32_t node);
struct nodes graph_normalised_parents(const struct graph *graph, uint32_t node);
struct nodes graph_children(const struct graph *graph, uint32_t node);   /* by down_revision */
struct nodes graph_dependents(const struct graph *graph, uint32_t node); /* by depends_on */

/* Real heads: named by none in down_revision or depends_on; after a complete upgrade the version table holds exactly
 * these. Versioned heads: named by none in down_revision. Bases: without down_revision. In load order. */
struct nodes graph_real_heads(const struct graph *graph);
struct nodes graph_versioned_heads(const struct graph *graph);
struct nodes graph_bases(const struct graph *graph);

/* A topological order over all edges, ties in load order: parents before children. */
struct nodes graph_order(const struct graph *graph);

/* False if `lower` is certainly no ancestor of `upper`, over any edges; true may be either. Constant time. */
bool graph_may_be_below(const struct graph *graph, uint32_t lower, uint32_t upper);

/* Labels that reach a node (Alembic's branch_labels after _map_branch_labels), in bytewise order. */
struct names graph_labels(const struct graph *graph, uint32_t node);

/* More than one child, or more than one parent. */
bool graph_is_branch_point(const struct graph *graph, uint32_t node);
bool graph_is_merge_point(const struct graph *graph, uint32_t node);

/* A set of nodes: one flag a node, sized for this graph. */
struct node_set {
    uint8_t *has; /* owned by the arena */
    uint32_t count;
};

struct node_set node_set_create(struct arena *arena, const struct graph *graph);
void node_set_add(struct node_set *set, uint32_t node);
void node_set_remove(struct node_set *set, uint32_t node);

/* Which edges a closure follows. */
enum graph_edges {
    EDGES_DOWN_REVISION, /* down_revision only */
    EDGES_NORMALISED,    /* normalised parents */
    EDGES_ALL,           /* down_revision and depends_on */
};

/* Add all ancestors (or descendants) of the nodes in `from`, these included, to `set`. Linear. What is in the set
 * already counts as walked: the set must be empty or closed over the same edges. One walk at a time a graph. */
void graph_add_ancestors(const struct graph *graph, struct node_set *set, struct nodes from, enum graph_edges edges);
void graph_add_descendants(const struct graph *graph, struct node_set *set, struct nodes from,
                           enum graph_edges edges);
/* Add those of `ids` that the graph has, and all they stand on (EDGES_ALL). */
void graph_add_named(struct arena *arena, const struct graph *graph, struct node_set *set, const struct names *ids);

#endif
