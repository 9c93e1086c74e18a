/*
 * The graph of `engine = script`: one revision, the file as it is now, whose id holds its checksum. It comes after whatever
 * the version rows say was there before, and says so in the graph that is kept: with it an older file is told from a
 * newer one. Pure.
 */
#ifndef MIGRATED_CORE_SCRIPT_GRAPH_H
#define MIGRATED_CORE_SCRIPT_GRAPH_H

#include "core/graph.h"

/* The one revision of a script; GRAPH_NONE: it is no such graph. */
uint32_t script_graph_node(const struct graph *graph);

/*
 * `graph`, in which the script stands on these rows: the first *foreign nodes are these, known by name alone. What has
 * nothing to stand on, is a row itself or no script, stays as it is, with *foreign 0. Owned by the arena; ids borrowed.
 */
const struct graph *script_graph_after(struct arena *arena, const struct graph *graph, const struct names *rows,
                                       size_t *foreign);

/* NAME-CHECKSUM, cut to what tells two apart; owned by the arena. */
const char *script_graph_id(struct arena *arena, const char *name, const char *checksum);

#endif
