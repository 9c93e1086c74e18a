/*
 * A run that applies revisions itself (ENGINE_SQL): carries out the actions of core/apply.h on a session of its own. The
 * order of things, and what follows each failure, is in core/apply.c; here is only how each action is done. What its parts
 * share: the run itself, and how the machine is fed.
 */
#ifndef MIGRATED_FLOWS_APPLY_RUN_PARTS_H
#define MIGRATED_FLOWS_APPLY_RUN_PARTS_H

#include "base/clock.h"
#include "blocked.h"
#include "db/replicas.h"
#include "flows/failure.h"
#include "flows/parcel.h"
#include "runner_kind.h"

#define APPLY_ANSWER_MS    60000 /* short questions of ours: the server's own limits end first, and say why */
#define APPLY_STATEMENT_MS 40000
#define APPLY_LOCK_MS      20000

/* Inside APPLY_PREPARE: what the answer under way is to. */
enum preparing {
    PREPARE_LOOKING,
    PREPARE_CREATING,
    PREPARE_AFRESH,
    PREPARE_GRAPH,
    PREPARE_ROWS,
    PREPARE_SETTLING,
    PREPARE_STORED,
    PREPARE_THEIR_TABLE,
    PREPARE_THEIR_ROWS
};

struct apply_run {
    struct runner runner;
    uv_loop_t *loop;
    struct runner_options options;
    struct runner_events events;
    struct session *session; /* owned */
    struct arena *arena;     /* of the run */
    struct apply apply;
    struct apply_action action; /* the one being carried out */
    enum preparing preparing;
    struct blocked *blocked;            /* owned: who holds the locks that were not had; NULL: all were */
    char awaited[FAILURE_AWAITED_SIZE]; /* who holds what was not asked for, "" if nobody */
    bool blind;                         /* the server refuses to be asked who holds a table: no look ahead any more */
    bool awaiting_graph;                /* the rows are known, the graph is not read yet */
    unsigned creations, looks;
    bool saw_theirs;            /* no other tool has applied what we know nothing of */
    bool audited;               /* once is enough: what comes after is our own */
    struct half_done_list open; /* revisions begun statement by statement */
    struct names settled;       /* of these: finished by somebody else, and closed now */
    bool asked_open;            /* in the question for the rows */
    bool asked_history;         /* in the question for the rows */
    bool asked_audit;           /* there too */
    const struct graph *given;  /* options.graph, but for a script without what it follows */
    struct names followed;      /* the rows that it follows, if it does */
    bool follows;
    size_t graph_foreign;          /* revisions at the beginning of the graph that are not ours to keep */
    size_t graph_kept;             /* revisions of the graph that migrated.revision has by us */
    size_t version_width;          /* characters that the version column holds, 0: any */
    struct names rows;             /* as read last */
    struct parcel *parcel;         /* owned: files and message on their way */
    struct stepwise_run *stepwise; /* owned: instead of a parcel, a revision that goes statement by statement */
    char uuid[CLOCK_UUID_SIZE];
    unsigned messages; /* sent so far: part of the attempts' names */
    bool in_doubt;     /* a connection was lost: only the history knows what this run has committed */
    bool recounted;    /* and it has told us, which the machine must hear */
    struct books_holder holder;
    struct arena *holder_arena;
    struct replicas replicas;   /* as told last */
    char replicas_position[32]; /* what they are to replay, "" before the first answer: a pg_lsn */
    struct arena *replicas_arena;
    int64_t started_ms, running_since_ms, waiting_since_ms, retry_at_ms;
    uv_timer_t *sleep, *deadline;
    const char *how_far; /* that revision came, in words; NULL: not known, or there is none */
    bool cancelled;      /* before the message was sent */
    bool half_done;      /* the revision that goes statement by statement */
    bool silent;         /* the server answered nothing: the connection was given up */
    struct runner_result result;
    size_t applied_capacity;
};

/* Carry out what the machine says to an event; the two most frequent: done, and an error (copied). */
void apply_run_feed(struct apply_run *run, struct apply_event *event);
void apply_run_done(struct apply_run *run);
void apply_run_error(struct apply_run *run, enum apply_event_kind kind, const struct error *error);

/*
 * APPLY_SEND (apply_send.c): revisions, in transactions or one statement by statement. `reply` takes the server's answer,
 * and feeds the machine; `lost` forgets what a lost connection leaves unknown, whatever was under way.
 */
void apply_send(struct apply_run *run);
void apply_send_reply(struct apply_run *run, const struct db_reply *reply);
void apply_send_lost(struct apply_run *run);

/* What the history says of a failure or a stop; owned by the run (apply_words.c). */
const char *apply_words_recorded(const struct apply_run *run);
/* What is said of an end that somebody else brought about (apply_words.c): a stop, the time limit. */
void apply_words_stopped(struct apply_run *run);
void apply_words_unheard(struct apply_run *run);
void apply_words_time_is_over(const struct apply_run *run, struct error *error);

/*
 * APPLY_READ and APPLY_PREPARE (apply_books.c). Each ends by feeding the machine. `look` reads the rows; `prepare` makes
 * the books where they are missing, keeps the graph, and reads the rows. The others take what the session brings
 * meanwhile, `graph` is called when the graph has come; `refused` is false when it is not for the machine to know (another
 * target made the same schema: tried again), else the error says what was tried.
 */
void apply_books_look(struct apply_run *run);
void apply_books_prepare(struct apply_run *run);
void apply_books_opened(struct apply_run *run);
void apply_books_reply(struct apply_run *run, const struct db_reply *reply);
void apply_books_graph(struct apply_run *run);
bool apply_books_refused(struct apply_run *run, struct error *error);

/* With the rows known, before they are told: true if the graph is another now, which is to be kept before it counts
 * (apply_script.c). */
bool apply_script_follow(struct apply_run *run);

/* The audit (apply_audit.c). `ask` adds its question where one is due; `take` is false when nothing may be applied. */
bool apply_audit_ask(struct apply_run *run, struct text *sql);
bool apply_audit_take(struct apply_run *run, const PGresult *result, struct error *error);

/* Another tool's rows, where the version table has none (apply_theirs.c). `ask` is false when there is nothing to ask, or it
 * was asked; `ask_rows` when there is no such table, or our history knows of the target; `take` when it has applied what we
 * know nothing of. `is_another`: the question for the rows was refused, for the table is not as that tool makes it. */
bool apply_theirs_ask(struct apply_run *run);
bool apply_theirs_ask_rows(struct apply_run *run, const PGresult *answer);
bool apply_theirs_take(struct apply_run *run, const PGresult *answer, struct error *error);
bool apply_theirs_is_another(const struct apply_run *run, const struct error *error);

/* APPLY_ASK_REPLICAS (apply_replicas.c); `warn` tells at the end whom it was in vain. */
void apply_replicas_ask(struct apply_run *run);
void apply_replicas_reply(struct apply_run *run, const struct db_reply *reply);
bool apply_replicas_are_awaited(const struct apply_run *run);
void apply_replicas_warn(const struct apply_run *run);

#endif
