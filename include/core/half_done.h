/*
 * Revisions that were begun statement by statement and not closed, beside the version rows and a plan: has somebody else
 * finished them, and would the plan pull away what they stand on? Pure.
 */
#ifndef MIGRATED_CORE_HALF_DONE_H
#define MIGRATED_CORE_HALF_DONE_H

#include "base/error.h"
#include "core/plan.h"

struct arena;

struct half_done {
    const char *revision; /* borrowed */
    enum direction direction;
    bool begun; /* statements of it are begun or done, not only refused */
};

struct half_done_list {
    const struct half_done *items; /* borrowed */
    size_t count;
};

/* "ID is half applied", "ID is half taken back". Owned by the arena. */
const char *half_done_state(struct arena *arena, const struct half_done *item);

/* Another version of a script, which the one that is here takes the place of, from its own beginning. */
bool half_done_is_replaced(const struct graph *graph, const struct half_done *item);

/* Those that are replaced, and those that the version rows say are through: applied though it broke off on the way up, or gone though on the way
 * down. Nothing is said of one that has no file here and is no row, and none is gone while a row has no file. Ids are
 * borrowed, the list is owned by the arena. */
struct names half_done_settled(struct arena *arena, const struct graph *graph, const struct names *rows,
                               const struct half_done_list *list);

/* Ids are borrowed, the list is owned by the arena. */
struct names half_done_ids(struct arena *arena, const struct half_done_list *list);
/* Those that `settled` does not name. Owned by the arena. */
struct half_done_list half_done_without(struct arena *arena, const struct half_done_list *list,
                                        const struct names *settled);

/* Those that the version rows do not settle. Owned by the arena. */
struct half_done_list half_done_left(struct arena *arena, const struct graph *graph, const struct names *rows,
                                     const struct half_done_list *list);

/*
 * A downgrade may not take away what a half applied revision stands on, an upgrade may put nothing on top of one that is
 * half taken back: what is done of it would be lost, and believed to be there. A plan that goes on with the revision
 * itself is fine. False: ERROR_REVISION_FAILED.
 */
bool half_done_check(struct arena *arena, const struct plan *plan, const struct half_done_list *list,
                     struct error *error);

#endif
