/*
 * Keeps the graph of a target that only watches, or whose revisions others apply, in migrated.revision, once for each graph:
 * so that an older program can tell that the database is ahead of it. On a connection of its own, closed when it is done.
 *
 * Happy path: graph_store_look, in sync -> connect -> make the books if they are missing -> chunk after chunk -> kept.
 * Failure modes: the role may not write there, or the server refuses it otherwise: told once, and left alone until there is
 * another graph; the connection is lost: tried again with the next reading.
 */
#ifndef MIGRATED_FLOWS_GRAPH_STORE_H
#define MIGRATED_FLOWS_GRAPH_STORE_H

#include "flows/session.h"
#include "flows/tree.h"

struct graph_store;

struct graph_store *graph_store_create(uv_loop_t *loop);
void graph_store_destroy(struct graph_store *store); /* NULL is fine */

/* These files are in sync with the database of `target` (borrowed until the end, or graph_store_forget). Held while needed. */
void graph_store_look(struct graph_store *store, const struct target_config *target, struct tree *tree);
/* Another configuration: what is under way is given up. */
void graph_store_forget(struct graph_store *store);

#endif
