/*
 * What brings a target's pending revisions in, whatever its engine: the daemon and the one-shot job know a run only so.
 * How a kind of run does its work is its own matter (src/flows/runner_kind.h); which one it is, the target's engine says.
 */
#ifndef MIGRATED_FLOWS_RUNNER_H
#define MIGRATED_FLOWS_RUNNER_H

#include "core/apply.h"
#include "db/activity.h"
#include "db/replicas.h"
#include "flows/session.h"
#include "flows/stepwise_run.h"

#include <uv.h>

struct runner;

struct runner_events {
    /* Something changed that a person may want to see: state, position, holder of the lock, a retry. */
    void (*changed)(void *context, const struct runner *runner);
    /* The end, once. runner_destroy may be called from here. */
    void (*finished)(void *context, struct runner *runner);
    void *context;
    /* A line that a command printed, clean and without secrets; borrowed. May be NULL. */
    void (*output)(void *context, const char *line);
};

struct runner_options {
    const struct target_config *target; /* borrowed until the end, as everything here */
    const struct graph *graph;          /* NULL: on its way, see runner_set_graph */
    enum direction direction;
    const char *revision; /* "heads", "+1" ... */
    const char *reason;
    unsigned max_retries;    /* UINT_MAX: as often as retry_for allows */
    int64_t timeout_ms;      /* 0: none. Waiting: ERROR_BUSY; running: cancelled, ERROR_REVISION_FAILED */
    int64_t stop_timeout_ms; /* how long a cancelled statement may take to answer; 0: for ever */
    int64_t build_grace_ms;  /* how long a concurrent index build may go on once asked to stop */
    int64_t max_message;
    struct stepwise_resolution resolution; /* for the first revision that goes statement by statement */
    const char *again;                     /* how what is left is gone on with, for a stop; NULL: as a command is */
    bool patient;                          /* the database may not be there yet: keep trying */
};

struct runner *runner_create(uv_loop_t *loop, const struct runner_options *options,
                             const struct runner_events *events);
void runner_start(struct runner *runner);
/* The graph, once, when it was not there at the beginning: the run has opened its connection and read the rows meanwhile. */
void runner_set_graph(struct runner *runner, const struct graph *graph);
/* Ask it to stop: what runs is cancelled and rolled back; what goes statement by statement keeps those that are done.
 * `why` becomes the run's error, unless it has failed already. */
void runner_stop(struct runner *runner, const struct error *why);
void runner_destroy(struct runner *runner); /* NULL is fine; only before the start or after the end */

/* What can be seen of it at any time. Everything is borrowed and good until the next change. */
struct runner_view {
    enum apply_state state;
    const char *display;                   /* of the database */
    const struct plan *plan;               /* steps[0 .. total) */
    size_t position, sent, total;          /* committed, on their way, in all: of the current plan */
    size_t applied;                        /* by this run, in all */
    const struct revision *running;        /* the first revision of the message on its way, NULL: none */
    size_t statement, statements;          /* of a revision that travels in parts; 0: it travels whole */
    const struct names *rows;              /* version rows after what is committed; NULL: not read yet */
    int64_t running_since_ms;              /* monotonic */
    const struct books_holder *holder;     /* who holds the lock we wait for, NULL: we don't */
    const struct activity *blocked;        /* who held a lock that was not had, as seen last; NULL: nobody */
    const char *awaited;                   /* virtual transactions whose locks we wait for, not asking; NULL: none */
    const struct replicas *replicas;       /* that we wait for, NULL: we don't */
    int64_t waiting_since_ms, retry_at_ms; /* monotonic, 0: none */
    unsigned retries;
    const struct error *last_retry; /* NULL: none */
    bool command;                   /* the project's own runs now, not a revision of ours */
    const struct names *output;     /* its last lines; NULL: it is no command's run */
    int backend_pid;
    int64_t lock_key;
};

void runner_look(const struct runner *runner, struct runner_view *view);

struct runner_result {
    struct error error;   /* code ERROR_NONE: well */
    bool ahead;           /* nothing done: the database is ahead of the files */
    struct names applied; /* ids in order; owned by the run */
    const char *run;      /* its id, with which its attempts' ids in the history begin; owned by the run */
    bool changed;         /* nothing was applied: files of applied revisions are not what they were (core/audit.h) */
    bool in_doubt;        /* the connection was lost for good: what of `applied` is in, only the database knows */
    struct names rows;    /* version rows at the end, as far as known */
    const char *failed;   /* id of the revision that failed, NULL: none */
    int64_t elapsed_ms;
};

const struct runner_result *runner_result(const struct runner *runner);

#endif
