/*
 * Sets the version rows without running anything: under the same lock and with the same bookkeeping as an upgrade.
 *
 * Happy path: connect -> lock -> rows -> books (made if missing) -> graph -> write -> announce -> finished.
 * Failure modes: the lock is not had until the deadline (ERROR_BUSY); the targets are refused (ERROR_USAGE), or do not fit
 * into the version column (ERROR_FILES), before anything is written; the rows change under us (ERROR_BUSY: run it again);
 * the books are gone from where they were: looked for again, once; anything the server refuses. Nothing is half done: the
 * rows are written in one transaction.
 *
 * Taking over from another tool (`adopt`): what is stamped stands in its table, which is read with the version rows and
 * may not change until ours are written. Dry: without the lock, as far as the rows, and nothing is written.
 */
#ifndef MIGRATED_FLOWS_STAMP_RUN_H
#define MIGRATED_FLOWS_STAMP_RUN_H

#include "config/config.h"
#include "core/adoption.h"
#include "core/half_done.h"

#include <uv.h>

/* Whose table tells what is applied. */
struct stamp_source {
    const struct adopted_tool *tool;
    const char *schema, *table; /* NULL: the tool's own, or the schema of the version table; the tool's own name */
    const char *directory;      /* the name of the first one of revisions */
    struct adoption_accepted accepted;
};

struct stamp_options {
    const struct target_config *target; /* everything is borrowed until the end */
    const struct graph *graph;
    struct names targets;
    const struct stamp_source *source; /* NULL: `targets` tell */
    bool dry;
    bool purge;
    const char *reason; /* NULL: none */
    int64_t timeout_ms; /* for the lock */
};

struct stamp_result {
    struct error error;           /* code ERROR_NONE: well */
    struct names before, after;   /* owned by the arena that was given, as all here */
    struct adoption adoption;     /* with a source; its tool is NULL where that was not read */
    struct half_done_list closed; /* what is not done of them is not run any more */
    struct half_done_list left;   /* of branches that the stamp does not speak of: they go on where they broke off */
};

/* Runs the loop until it is done. Results are owned by the arena. */
void stamp_run(struct arena *arena, const struct stamp_options *options, struct stamp_result *result);

#endif
