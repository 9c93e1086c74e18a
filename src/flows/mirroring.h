/* What a stamp writes to the other tool's table (core/mirror.h). Private to flows. */
#ifndef MIGRATED_FLOWS_MIRRORING_H
#define MIGRATED_FLOWS_MIRRORING_H

#include "core/mirror.h"

/* Adds the statements that follow the version rows from `before` to `after`; none if nothing is mirrored. Reads the files
 * whose checksums the tool keeps. */
bool mirroring_add_stamp(struct text *sql, struct arena *arena, const struct ledger *ledger,
                         const struct graph *graph, const struct names *before, const struct names *after,
                         const char *attempt, struct error *error);

#endif
