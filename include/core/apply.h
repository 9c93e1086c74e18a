/*
 * The life of one run that applies revisions (an upgrade or a downgrade): a declared state machine. Pure: no clock, no
 * socket; the caller feeds one event at a time and carries out the one action that it gets back.
 *
 *     struct apply_action next = apply_start(apply, now_ms);
 *     while (next.kind != APPLY_FINISH)
 *         next = apply_step(apply, perform(&next));
 *
 * The happy path is: connect, read the version rows, take the lock, prepare (bookkeeping, graph, rows again), run
 * message after message, announce, finish. With nothing pending it ends after reading: up-to-date runners never queue.
 *
 * What can go wrong, and where it leads:
 *   - somebody else holds the lock: wait and poll;
 *   - the version rows are not what was expected: plan again;
 *   - a revision is refused: roll back and record it; locks, deadlocks and serialization are tried again until
 *     retry_for has passed;
 *   - the connection is lost: nothing is concluded until the lock is ours again, for then the old backend is gone; the
 *     version rows, read again, say what was committed;
 *   - asked to stop: what is running is cancelled and rolled back, and recorded;
 *   - replicas are to have replayed what was applied before it is announced (wait_for_replicas), and some are behind: asked
 *     again until none is, or the time is over; the revisions are in either way.
 */
#ifndef MIGRATED_CORE_APPLY_H
#define MIGRATED_CORE_APPLY_H

#include "core/half_done.h"
#include "core/plan.h"

struct arena;

enum apply_state {
    APPLY_IDLE,
    APPLY_CONNECTING,
    APPLY_READING,
    APPLY_LOCKING,
    APPLY_WAITING_FOR_LOCK,
    APPLY_PREPARING,
    APPLY_RUNNING,
    APPLY_ROLLING_BACK,
    APPLY_WAITING_TO_RETRY,
    APPLY_RECORDING,
    APPLY_ASKING_REPLICAS,
    APPLY_WAITING_FOR_REPLICAS,
    APPLY_ANNOUNCING,
    APPLY_WAITING_TO_CONNECT,
    APPLY_DONE,
    APPLY_N_STATES,
};

const char *apply_state_name(enum apply_state state);
/* The diagram of the states in mermaid's words, from the same table that is asserted; for the docs. */
const char *apply_diagram(struct arena *arena);

/* What the caller must do next. */
enum apply_action_kind {
    APPLY_CONNECT, /* open the session that migrates */
    APPLY_READ,    /* read the version rows */
    APPLY_LOCK,    /* try the advisory lock, once */
    APPLY_SLEEP,   /* come back after delay_ms, or at once when stop or a wake-up comes */
    APPLY_PREPARE, /* bookkeeping, version table, graph, then the version rows */
    APPLY_SEND,    /* steps first .. first + count - 1 of the plan; one that is too large goes in parts */
    APPLY_CANCEL,  /* cancel what is running; the answer to the running action still comes */
    APPLY_ROLLBACK,
    APPLY_ASK_REPLICAS, /* which of them have not replayed all that was committed */
    APPLY_RECORD,       /* roll back and write the failure to the history, durably */
    APPLY_ANNOUNCE,     /* tell the other replicas, give back the lock */
    APPLY_FINISH,       /* close; the result is in apply->result */
    APPLY_NOTHING,      /* the event changed nothing: go on waiting */
};

struct apply_action {
    enum apply_action_kind kind;
    size_t first, count;
    bool stepwise; /* APPLY_SEND: the one revision goes statement by statement, outside a transaction */
    int64_t delay_ms;
};

enum apply_event_kind {
    APPLY_DID,     /* the action succeeded */
    APPLY_REFUSED, /* the server refused it: `error` */
    APPLY_LOST,    /* the connection could not be had or is gone: `error` */
    APPLY_WOKEN,   /* the delay of APPLY_SLEEP is over */
    APPLY_STOP,    /* asked to stop; may come at any time: `error` says why */
};

struct apply_event {
    enum apply_event_kind kind;
    int64_t now_ms;
    double random;                     /* in [0, 1), for jitter */
    const struct names *rows;          /* after APPLY_READ and APPLY_PREPARE; sorted; borrowed */
    const struct half_done_list *open; /* after APPLY_PREPARE: begun statement by statement, not closed; borrowed */
    size_t version_width;              /* with `rows`: characters that the version column holds, 0: any */
    bool locked;                       /* after APPLY_LOCK */
    size_t committed;                  /* after APPLY_SEND, refused ones too: revisions of the message that are in */
    bool recounted;      /* after APPLY_PREPARE: the connection had been lost, `applied` is what the history says */
    size_t applied;      /* revisions that this run has really committed, in all */
    size_t behind;       /* after APPLY_ASK_REPLICAS: replicas that have not replayed it all */
    bool nothing_ran;    /* APPLY_SEND was refused before its first statement ran (a syntax error) */
    bool alone_might_do; /* APPLY_SEND was refused as its statement cannot run in a transaction */
    bool foreseen;       /* APPLY_SEND was refused by our own look: the lock was not even asked for */
    bool unseen;         /* APPLY_SEND was refused as that look could not be made: the next one goes without */
    bool rows_differ;    /* APPLY_SEND was refused by our own check of the version rows */
    bool before_stop;    /* APPLY_SEND was refused, and only then asked to stop */
    bool ahead;          /* after APPLY_READ and APPLY_PREPARE: somebody newer was here, nothing to do for us */
    bool fatal;          /* no retry can help: wrong password, missing database ... */
    struct error error;
};

struct apply_options {
    const struct graph *graph; /* borrowed, must outlive the run; NULL: apply_set_graph brings it */
    enum direction direction;
    const char *target;           /* "heads", "+1" ...; borrowed */
    int64_t retry_for_ms;         /* how long a revision is tried again */
    int64_t wait_for_replicas_ms; /* 0: not at all */
    const char *resumes;          /* the half done revision that the run is for; NULL: none */
    unsigned max_retries;         /* per revision; UINT_MAX: as often as retry_for allows */
    size_t message_revisions;     /* at most so many in one message */
    size_t message_bytes;         /* at most about so many */
    bool patient;                 /* wait for the database to appear instead of giving up at once */
};

struct apply {
    struct apply_options options;
    struct arena *arena; /* borrowed: plans live here */
    enum apply_state state;
    struct plan plan;
    struct names *rows_before; /* before each step of the plan, sorted */
    struct names rows;         /* version rows as last known */
    size_t position;           /* steps of the plan that are committed */
    size_t sent;               /* steps in the message on its way */
    size_t alone_until;        /* steps before this one travel alone: a shared message was refused */
    size_t applied;            /* committed by this run, over all plans */
    struct names outside;      /* revisions that the server refused in a transaction: statement by statement then */
    size_t outside_capacity;
    unsigned connects, retries, replans;
    unsigned foreseen;         /* of the retries: those without a lock asked for */
    int64_t retrying_since_ms; /* 0: not retrying */
    int64_t replicas_since_ms; /* when the replicas were first asked, 0: not yet */
    bool stopping;
    bool stopped;            /* that is why it ends: `error` is the stop's, and not of a failure before it */
    bool unsure;             /* a message's answer was lost: what it did is not known */
    bool ahead;              /* the run ended because the database is ahead of the files */
    struct error error;      /* why the run ends, code ERROR_NONE if well */
    struct error last_retry; /* what made us try again last */
};

void apply_init(struct apply *apply, struct arena *arena, const struct apply_options *options);
/* Before the first rows are told (APPLY_DID after APPLY_READ). */
void apply_set_graph(struct apply *apply, const struct graph *graph);
struct apply_action apply_start(struct apply *apply, int64_t now_ms);
struct apply_action apply_step(struct apply *apply, const struct apply_event *event);

/* Version rows before and after a step of the current plan. */
struct names apply_rows_before(const struct apply *apply, size_t step);
struct names apply_rows_after(const struct apply *apply, size_t step);

/* How often a lock was asked for and not had, of the revision at hand: the rung of the ladder of lock_timeouts. */
unsigned apply_lock_tries(const struct apply *apply);

/* Does this step of the plan go statement by statement? */
bool apply_is_stepwise(const struct apply *apply, size_t step);

/* Checks of a plan that need no server: a downgrade through a revision without a way back, an id that the version
 * column (`version_width` characters, 0: any) cannot hold. ERROR_USAGE or ERROR_FILES. */
bool apply_check_plan(const struct plan *plan, size_t version_width, struct error *error);

#endif
