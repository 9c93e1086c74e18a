/*
 * What the server tells about one of its backends while it works: who holds it up, and how far it has come. Asked on
 * another connection; what the role may not see is left out (pg_read_all_stats shows it).
 */
#ifndef MIGRATED_DB_ACTIVITY_H
#define MIGRATED_DB_ACTIVITY_H

#include "base/text.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;

/* A session that holds up ours, or holds up one that does. */
struct activity_blocker {
    int pid; /* 0: a prepared transaction, in no session any more: `query` is its name, if known */
    const char *user, *application; /* NULL: unknown, as below */
    const char *state, *query;      /* the query's head */
    double seconds;                 /* since its transaction began; -1: unknown */
    bool hidden;                    /* state, query and time may not be seen by our role */
};

struct activity {
    const struct activity_blocker *blockers; /* the nearest first */
    size_t n_blockers;
    int64_t deadlock_ms;         /* the server's deadlock_timeout; 0 if nobody blocks */
    const char *command, *phase; /* what reports progress ("CREATE INDEX"), NULL: nothing does */
    double percent;              /* -1: the server tells none */
    size_t waiting;              /* sessions that wait behind it */
};

/*
 * Three statements: who blocks the backend `pid` or will, its progress, and who waits behind it. `holders`: virtual
 * transactions as in pg_locks, joined by commas, that hold what it will ask for; NULL: none is known.
 */
void activity_add_question(struct text *sql, int pid, const char *holders);
/* From their results; a copy that lasts. Everything is owned by the arena. */
void activity_read(struct arena *arena, PGresult *const *results, size_t n_results, struct activity *activity);
void activity_copy(struct arena *arena, const struct activity *from, struct activity *to);

#endif
