/*
 * Readiness: from what is known about a target to one state, a word for the migrations check and a sentence. Pure, one
 * table of rules from top to bottom; the HTTP pages and the CLI only dress the result.
 */
#ifndef MIGRATED_CORE_READINESS_H
#define MIGRATED_CORE_READINESS_H

#include "base/error.h"
#include "core/audit.h"
#include "core/verdict.h"

#include <stdint.h>

struct arena;

enum readiness_state {
    READINESS_STARTING,
    READINESS_CONNECTING,
    READINESS_WAITING_FOR_LOCK,
    READINESS_MIGRATING,
    READINESS_READY,
    READINESS_PENDING,
    READINESS_HELD,
    READINESS_FAILED,
    READINESS_DIVERGED,
    READINESS_UNREACHABLE,
    READINESS_UNKNOWN,
    READINESS_STOPPING,
};

const char *readiness_state_name(enum readiness_state state);

enum readiness_run { RUN_NONE, RUN_WAITING_FOR_LOCK, RUN_MIGRATING, RUN_WAITING_FOR_REPLICAS };

struct readiness_facts {
    bool stopping;
    bool standby;                    /* the server that was read is one */
    bool asked;                      /* a first reading has at least begun */
    const struct verdict *verdict;   /* of the last good reading, NULL: none yet */
    int64_t age_ms, stale_after_ms;  /* of that reading */
    const struct error *unreachable; /* the database cannot be had now, NULL: it can */
    const struct error *unreadable;  /* it answers, but refuses the reading, NULL: it does not */
    enum readiness_run run;
    const struct error *failure;  /* why the last run failed, NULL: it did not */
    const char *holder;           /* who holds the lock, for the message; NULL: unknown */
    const char *blocker;          /* who holds a lock that a revision waits for; NULL: nobody that is known */
    const struct error *no_files; /* not one revision file is there, though one must be; NULL: some are */
    const char *faulty_files;     /* there are none to compare with, for this fault; NULL: there are */
    const char *waits_for;        /* the target that comes before this one and is not in sync; NULL: none */
    bool skips_no_files;          /* then nothing is checked, and that is well */
    const struct audit *audit;    /* NULL: not made, or not possible */
    bool changed_fails;           /* edited revisions are not only a warning */
    const char *replica;          /* which one is behind, for the message; NULL: unknown */
    bool ahead_fails, unknown_is_last_good;
    bool was_ready; /* ever, for unknown_is_last_good */
};

struct readiness {
    enum readiness_state state;
    bool ok; /* 200 or 503 */
    bool db_ok, migrations_ok;
    const char *migrations_check; /* ok, pending, running, held, ahead, diverged, failed, skipped, unknown; static */
    const char *db_message, *message;             /* owned by the arena or static */
    const char *brief_db_message, *brief_message; /* the same without addresses, users and server texts */
};

/* Of two targets, does the first one's state speak for both? The order is that of docs/targets.md. */
bool readiness_is_worse(const struct readiness *a, const struct readiness *b);

void readiness_judge(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness);

#endif
