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

#include "base/names.h"

#include <stdint.h>

struct lineage {
    const char *system, *timeline; /* of the WAL; borrowed */
    size_t rows;                   /* of the history, that were asked for */
    int64_t since_us;              /* when the first of them began: the server's clock; 0: no rows */
    struct names applied;          /* by runs, whoever's, and not taken back; sorted */
};

enum lineage_verdict {
    LINEAGE_TAKEN_BACK, /* by somebody, on purpose */
    LINEAGE_LOST,
    LINEAGE_FOREIGN, /* another system, or a primary of before that came back: not for us to write to unasked */
};

enum lineage_verdict lineage_judge(const struct lineage *mark, const struct lineage *now);

enum lineage_loss {
    LINEAGE_NOTHING_OURS, /* nothing is pending that we have applied */
    LINEAGE_ALL_WAS_APPLIED,
    LINEAGE_MORE_IS_PENDING, /* besides, what no run had applied (stamped, or new): `more`, one of them */
};

/* What is pending, beside our own and what runs had applied when the mark was made, both sorted. `more` is borrowed from
 * `pending`. */
enum lineage_loss lineage_compare(const struct names *own, const struct names *applied, const struct names *pending,
                                  const char **more);

#endif
