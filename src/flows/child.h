/*
 * A command that runs beside us: by /bin/sh -c, in a process group of its own, without stdin.
 *
 * It is on a leash: a pipe whose writing end only this process holds. However this process ends, by kill -9 too, the other
 * end tells a watcher inside the group, and the group is killed at once: two commands at the same work would be worse
 * than one that is broken off. (PR_SET_PDEATHSIG would reach the shell alone.) What leaves the group, or runs elsewhere
 * (`docker compose exec`), is not held.
 *
 * Happy path: child_start -> output, again and again -> ended. Failure modes: it cannot be started (child_start fails); it
 * does not end when it is told to: killed.
 */
#ifndef MIGRATED_FLOWS_CHILD_H
#define MIGRATED_FLOWS_CHILD_H

#include "base/error.h"

#include <stdint.h>
#include <uv.h>

struct child;

struct child_events {
    /* Bytes from stdout (0) or stderr (1), as they come. */
    void (*output)(void *context, unsigned stream, const char *bytes, size_t length);
    /* The end, once, from the loop: its exit status, 128 + N when signal N ended it. child_destroy may be called here. */
    void (*ended)(void *context, int status);
    void *context;
};

/* All copied. `environment`: "NAME=value", NULL at the end. NULL with `error`: it could not be started. */
struct child *child_start(uv_loop_t *loop, const char *command, char **environment, const struct child_events *events,
                          struct error *error);
/* SIGTERM to its group, after `grace_ms` SIGKILL. `ended` still comes, when nothing of the group is left. */
void child_stop(struct child *child, int64_t grace_ms);
void child_destroy(struct child *child); /* NULL is fine; what still runs is killed */

#endif
