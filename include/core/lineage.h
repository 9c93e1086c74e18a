/*
 * Has a server that took over lost what was committed on the one before it? Two looks are compared: the mark, made when
 * the revisions were there, and one made when they are pending again. Pure.
 *
 * A promotion begins a new timeline of the same system's WAL; a history row commits with its revision. So on a new
 * timeline without a row since the mark, nobody took the revisions back: they never reached this server. On the same
 * timeline, or where a row is left, somebody did.
 */
#ifndef MIGRATED_CORE_LINEAGE_H
#define MIGRATED_CORE_LINEAGE_H

#include "core/graph.h"

#include <stdint.h>

struct lineage {
    const char *system, *timeline; /* of the WAL; borrowed */
    size_t rows;                   /* of the history, that were asked for */
    int64_t since_us;              /* when the first of them began: the server's clock; 0: no rows */
};

enum lineage_verdict {
    LINEAGE_TAKEN_BACK, /* by somebody, on purpose */
    LINEAGE_LOST,
    LINEAGE_FOREIGN, /* another system, or a primary of before that came back: not for us to write to unasked */
};

enum lineage_verdict lineage_judge(const struct lineage *mark, const struct lineage *now);

enum lineage_loss {
    LINEAGE_NOTHING_OURS, /* nothing is pending that we have applied */
    LINEAGE_ALL_WAS_THERE,
    LINEAGE_MORE_IS_PENDING, /* besides, what was never seen applied: `more`, one of them */
};

/* What is pending, beside our own (sorted), and what was seen applied when all was: `heads` and all beneath them. `more` is
 * borrowed from `pending`. */
enum lineage_loss lineage_compare(struct arena *arena, const struct graph *graph, const struct names *own,
                                  const struct names *heads, const struct names *pending, const char **more);

#endif
