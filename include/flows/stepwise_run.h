/*
 * Carries out core/stepwise.h for one revision on the session that holds the lock. The session is apply_run.c's: it hands
 * on the replies that come while a stepwise run is under way, and ends it when the connection is lost.
 */
#ifndef MIGRATED_FLOWS_STEPWISE_RUN_H
#define MIGRATED_FLOWS_STEPWISE_RUN_H

#include "core/apply.h"
#include "core/journal.h"
#include "flows/session.h"
#include "flows/timeouts.h"

struct stepwise_run;
struct blocked;
struct failure;

/* What a person says about one statement, before the revision goes on. */
struct stepwise_resolution {
    const char *revision; /* whose: the one that the run is to go on with; borrowed; NULL: it is an ordinary run */
    size_t ordinal;       /* 0: nothing is said */
    enum journal_state state; /* JOURNAL_DONE: it has done its work; JOURNAL_NONE: run it again */
    const char *seen;         /* the attempt of the newest row when that was said: it holds for no other; borrowed */
};

struct stepwise_run_events {
    void (*changed)(void *context); /* another statement */
    /* The end, once, from the loop. NULL: the revision is applied; else why not. `moved`: somebody else has changed the
     * version rows or has the lock: look again. */
    void (*finished)(void *context, const struct error *error, bool moved);
    void *context;
};

/* All borrowed until the end. */
struct stepwise_run_options {
    struct session *session;
    const struct target_config *target;
    const struct apply *apply;
    size_t step;                            /* of the plan */
    const char *uuid;                       /* of the run */
    unsigned *messages;                     /* sent so far by the run: part of the attempts' names */
    const char *reason;                     /* NULL: none */
    struct stepwise_resolution *resolution; /* cleared once it is noted */
    struct lock_wait lock_wait;
    struct blocked *blocked; /* is told what waits for others by design, and tells for whom */
    bool blind;              /* the server refuses to be asked who holds a table */
    const char *awaited;     /* who was found in the way before, as in message_step */
    int64_t stop_timeout_ms; /* how long a build may go on once asked to stop */
};

struct stepwise_run *stepwise_run_create(uv_loop_t *loop, const struct stepwise_run_options *options,
                                         const struct stepwise_run_events *events);
void stepwise_run_destroy(struct stepwise_run *run); /* at any time; NULL is fine */

/* DB_DONE or DB_REFUSED. */
void stepwise_run_reply(struct stepwise_run *run, const struct db_reply *reply);
/* Nothing new is begun. What runs is cancelled, a build after its grace; `finished` follows. */
void stepwise_run_stop(struct stepwise_run *run);

/* At its end, if it was stopped: as the functions of core/stepwise.h. */
const char *stepwise_run_stopped_words(const struct stepwise_run *run, struct arena *arena);
bool stepwise_run_is_half_done(const struct stepwise_run *run);
/* At its end: it was asked to stop when a statement had failed already. */
bool stepwise_run_failed_first(const struct stepwise_run *run);

/* What the server refused last; NULL: nothing of a file's. Borrowed, until the next reply. */
const struct failure *stepwise_run_failure(const struct stepwise_run *run);

/* The statement at hand, and how many there are. */
void stepwise_run_progress(const struct stepwise_run *run, size_t *statement, size_t *statements);

#endif
