/*
 * Identifiers as people type them, resolved as Alembic does (alembic/script/revision.py: get_revisions, _parse_*_target,
 * _walk and their refusals): ids, unique prefixes, labels, label@X, head, heads, base, +N, -N, X+N. As ids may hold
 * dashes here, an exact id or label wins over the relative reading of it, and so does a prefix of one where the part
 * before the sign names nothing.
 */
#ifndef MIGRATED_CORE_RESOLVE_H
#define MIGRATED_CORE_RESOLVE_H

#include "base/error.h"
#include "core/graph.h"

/*
 * Resolve `symbol` to nodes without looking at the database: "base" gives none, "heads" all real heads, "head" the one
 * versioned head, "-N" walks down from the real heads. Refusals fill `error` with ERROR_USAGE (unknown, ambiguous,
 * several heads, other branch). Nodes are owned by the arena.
 */
bool resolve_symbol(struct arena *arena, const struct graph *graph, const char *symbol, struct nodes *nodes,
                    struct error *error);

/*
 * Resolve version rows. Every row must be known: the first unknown one refuses, with "can't locate revision" and
 * ERROR_FILES (rows that nothing explains).
 */
bool resolve_rows(struct arena *arena, const struct graph *graph, const struct names *rows, struct nodes *nodes,
                  struct error *error);

#endif
