/* Who is in the way of a run, in words, and what the policy `on_blocked` does about it. Private to flows. */
#ifndef MIGRATED_FLOWS_BLOCKED_H
#define MIGRATED_FLOWS_BLOCKED_H

#include "config/config.h"
#include "flows/lookout.h"

#include <stdbool.h>
#include <stdint.h>

struct blocked;

/* `target` is borrowed. */
struct blocked *blocked_create(uv_loop_t *loop, const struct target_config *target);
void blocked_destroy(struct blocked *blocked); /* NULL is fine */

/* A lock was not had: the next try is looked at. */
void blocked_refused(struct blocked *blocked);
/* No lock was asked for, as these virtual transactions hold it ("3/117,4/12"): they are looked at until the next try. */
void blocked_foreseen(struct blocked *blocked, const char *holders);
/* A try begins: `pid` is our backend, `wait_ms` how long it may wait for a lock (0: for ever). */
void blocked_watch(struct blocked *blocked, int pid, int64_t wait_ms);
/* A statement begins that waits for others by design: whom it waits for is told, and left alone. */
void blocked_watch_build(struct blocked *blocked, int pid);
/* It has ended, if one had begun: what was seen is over. */
void blocked_end_build(struct blocked *blocked);
void blocked_rest(struct blocked *blocked);
/* The lock was had: what was seen is over. */
void blocked_forget(struct blocked *blocked);

/* Whom the build waits for, as seen last; NULL: nobody. `pid` is the first of a chain, 0: a prepared transaction. Borrowed. */
const char *blocked_build_words(const struct blocked *blocked, int *pid);
/* "pid 4711 (psql, alice), idle in transaction for 12s: UPDATE ..."; NULL: nobody was seen. Borrowed. */
const char *blocked_words(const struct blocked *blocked);
/* The same as it was seen; NULL: nobody was. Borrowed until somebody is seen again. */
const struct activity *blocked_seen(const struct blocked *blocked);
/*
 * How long to wait for the lock until whoever was seen to hold it is made to let go: the server ends an autovacuum for
 * those who wait longer than deadlock_timeout. 0: nobody else would.
 */
int64_t blocked_yields_ms(const struct blocked *blocked);
/* on_blocked = fail, and somebody was seen: no further try. */
bool blocked_gives_up(const struct blocked *blocked);

#endif
