/*
 * `migrated repair --checksum`: under the lock, a history row for each named revision that was edited after it was
 * applied. From then on the file's checksum is the one that counts.
 *
 * Happy path: connect -> lock (polled, as every runner does) -> version rows and records -> rows written durably ->
 * announced.
 * Failure modes: a revision is not applied, or not changed: ERROR_USAGE; the lock is not had in time: ERROR_BUSY.
 */
#ifndef MIGRATED_FLOWS_REPAIR_RUN_H
#define MIGRATED_FLOWS_REPAIR_RUN_H

#include "config/config.h"
#include "core/audit.h"

struct repair_options {
    const struct target_config *target; /* everything is borrowed until the end */
    const struct graph *graph;
    struct nodes revisions;
    const char *reason; /* NULL: none */
    int64_t timeout_ms; /* for the lock */
};

struct repair_result {
    struct error error;                   /* code ERROR_NONE: well */
    const struct audit_finding *repaired; /* owned by the arena that was given */
    size_t count;
};

/* Runs the loop until it is done. Results are owned by the arena. */
void repair_run(struct arena *arena, const struct repair_options *options, struct repair_result *result);

#endif
