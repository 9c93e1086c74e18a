/*
 * A pooler stands in between: which, and is a second session given the backend of the first?
 *
 * Happy path: a second session opens, its backend's pid is taken; then PgBouncer's own database is asked for its name.
 * Failure modes: either is refused or times out: then its part is not known. Tells of the end from the loop.
 */
#ifndef MIGRATED_FLOWS_DOCTOR_POOLER_H
#define MIGRATED_FLOWS_DOCTOR_POOLER_H

#include "config/config.h"

#include <uv.h>

struct arena;
struct pooler_probe;

struct pooler_answer {
    int second_pid;   /* of the second session's backend, 0: it was not had */
    const char *name; /* "PgBouncer 1.18.0", NULL: not known; owned by the arena */
};

/* `target` is borrowed until the end. */
struct pooler_probe *pooler_probe_start(struct arena *arena, uv_loop_t *loop, const struct target_config *target,
                                        void (*done)(void *context, const struct pooler_answer *answer),
                                        void *context);
void pooler_probe_destroy(struct pooler_probe *probe); /* NULL is fine */

#endif
