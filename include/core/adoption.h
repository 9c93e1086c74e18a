/*
 * What taking over from another tool means: its rows, the own graph and the own version rows go in; what would count as
 * applied, what is left over, and what speaks against it come out. Pure.
 */
#ifndef MIGRATED_CORE_ADOPTION_H
#define MIGRATED_CORE_ADOPTION_H

#include "base/error.h"
#include "core/adopt.h"
#include "core/graph.h"

/* What a person has looked at, and accepts. */
struct adoption_accepted {
    bool gaps;    /* not recorded, but beneath what is */
    bool missing; /* recorded, without a file */
    bool changed; /* the file is not what was applied */
};

struct adoption {
    const struct adopted_tool
        *tool;         /* borrowed, as all ids, from the rows and the graph; lists are owned by the arena */
    const char *table; /* "SCHEMA.NAME" */
    size_t recorded;   /* rows that say: applied */
    struct names failed, missing, gaps, apart;
    const struct adopted_row **changed;
    size_t n_changed;
    struct names taken;   /* would count as applied, and do not yet; in the order in which they would have run */
    struct names ahead;   /* count as applied already, and the other tool does not know of it; in that order */
    struct names heads;   /* what to stamp: the newest of both */
    struct names pending; /* afterwards, in the order in which they will run */
};

/* `adoption` begins with its tool. False: a version row has no file (ERROR_FILES). */
bool adoption_judge(struct arena *arena, const struct graph *graph, const struct names *version_rows,
                    const struct adopted_rows *rows, struct adoption *adoption, struct error *error);

/* True: nothing speaks against it, or what does was accepted. False: ERROR_FILES, the first reason, with all others as
 * details. Where there is nothing to take over only a failed row counts. */
bool adoption_allows(struct arena *arena, const struct adoption *adoption, const struct adoption_accepted *accepted,
                     struct error *error);

#endif
