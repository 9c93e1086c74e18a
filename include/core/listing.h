/*
 * What `history`, `current`, `heads`, `branches` and `show` list, in Alembic's order and with Alembic's marks
 * (alembic/command.py, alembic/script/base.py: walk_revisions, Script.cmd_format).
 */
#ifndef MIGRATED_CORE_LISTING_H
#define MIGRATED_CORE_LISTING_H

#include "core/resolve.h"

/*
 * `history -r range`: newest first, both ends inclusive. `range` is NULL (everything) or "a:b" with either side
 * missing, relative ("-N:" counts from the heads, ":+N" from the left side), or "current"; `rows` are the version rows for
 * "current", NULL if the database was not read (then such a range is refused with ERROR_USAGE).
 */
bool listing_history(struct arena *arena, const struct graph *graph, const char *range, const struct names *rows,
                     struct nodes *nodes, struct error *error);

/* True if listing_history needs the version rows for this range. */
bool listing_history_needs_rows(const char *range);

/* `current`: rows plus their ancestors reduced to the tips per branch (so consumed heads show too). Unknown rows are
 * left out here; the caller shows them as such. */
struct nodes listing_current(struct arena *arena, const struct graph *graph, const struct names *rows);

/* `branches`: branch points, in Alembic's order. */
struct nodes listing_branches(struct arena *arena, const struct graph *graph);

/* Marks behind a revision, as Alembic prints them: "(head)", "(effective head)", "(branchpoint)", "(mergepoint)", with
 * labels in front "(a, b)". Owned by the arena, "" if none. */
const char *listing_marks(struct arena *arena, const struct graph *graph, uint32_t node);

/* One line of `history`: "parents (dependencies) -> id (labels) (marks), message". Owned by the arena. */
const char *listing_history_line(struct arena *arena, const struct graph *graph, uint32_t node);

#endif
