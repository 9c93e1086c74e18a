/*
 * A run that applies revisions with the project's own command (upgrade_command): `alembic upgrade heads`, under our lock.
 *
 * Happy path: connect -> rows (and those of tenants) -> lock -> rows again -> books and graph -> nobody's command is at work -> the command ->
 * rows again: the heads are in -> history -> announce -> finished. With nothing pending it ends after the first rows.
 *
 * What can go wrong:
 *   - somebody else has the lock, or a command of an earlier run still has a session: wait and poll;
 *   - the command fails, takes longer than upgrade_timeout, or ends well and the heads are not in: what it has applied is
 *     noted, and it is run again as often as upgrade_retries says, with pauses that grow;
 *   - the connection is lost while the command runs: it goes on, and we come back and take the lock again. If somebody
 *     else has the lock by then, the command is ended. Nothing is concluded before the rows were read;
 *   - the connection is lost before there was a command: the run ends, nothing was begun;
 *   - asked to stop: the command is told to end, then killed; what it has applied is noted;
 *   - the role may not make the books: the command runs all the same, and a warning says what is not kept.
 */
#ifndef MIGRATED_FLOWS_COMMAND_RUN_PARTS_H
#define MIGRATED_FLOWS_COMMAND_RUN_PARTS_H

#include "base/clock.h"
#include "base/log.h"
#include "child.h"
#include "core/output.h"
#include "flows/tenant_reading.h"
#include "runner_kind.h"

#define COMMAND_DETAIL_LINES 10

enum command_state {
    COMMAND_IDLE,
    COMMAND_CONNECTING,
    COMMAND_WAITING_TO_CONNECT,
    COMMAND_READING,
    COMMAND_READING_TENANTS,
    COMMAND_AWAITING_GRAPH,
    COMMAND_READING_STORED,
    COMMAND_LOCKING,
    COMMAND_WAITING_FOR_LOCK,
    COMMAND_MAKING_BOOKS,
    COMMAND_KEEPING_GRAPH,
    COMMAND_LOOKING_FOR_OTHERS,
    COMMAND_WAITING_FOR_OTHERS,
    COMMAND_RUNNING,
    COMMAND_WAITING_TO_RETRY,
    COMMAND_RECORDING,
    COMMAND_ANNOUNCING,
    COMMAND_DONE,
    COMMAND_N_STATES,
};

struct command_run {
    struct runner runner;
    uv_loop_t *loop;
    struct runner_options options;
    struct runner_events events;
    struct session *session; /* owned */
    struct arena *arena;     /* of the run */
    enum command_state state;
    bool locked;        /* by this connection */
    int lock_pid;       /* of the backend that had the lock last */
    bool has_books;     /* the graph is kept, and the history can be written */
    bool without_books; /* the role may not write them */
    bool ended;         /* a command has, and its work is not judged yet */
    size_t graph_kept;
    unsigned creations, polls, connects, attempts;
    struct arena *reading; /* of rows and verdict */
    struct names rows;
    struct tenant_reading *tenants; /* in the same arena; NULL: none are asked for */
    struct verdict verdict;         /* of these rows */
    struct names before;            /* what was pending when the first command began, in the order of a plan */
    struct child *child;            /* owned; NULL: no command runs */
    struct output output;
    struct arena *output_arena; /* of the last lines, for who looks */
    struct names last;
    int status; /* of the last command */
    bool timed_out, stopping;
    bool overtaken;   /* somebody else took the lock while the last command ran */
    struct error why; /* stopping */
    char uuid[CLOCK_UUID_SIZE];
    struct books_holder holder;
    struct arena *holder_arena;
    int64_t started_ms, running_since_ms, waiting_since_ms, retry_at_ms, lost_since_ms;
    struct error last_retry;              /* code ERROR_NONE: none */
    uv_timer_t *sleep, *deadline, *limit; /* pauses; of the run (--timeout); of the command */
    struct runner_result result;
};

#define COMMAND_ANSWER_MS    60000 /* the server's own limits end first, and say why */
#define COMMAND_STATEMENT_MS 40000
#define COMMAND_LOCK_MS      20000

/* The door between the states, and what all of them do (command_run.c). */
void command_run_move(struct command_run *run, enum command_state next);
void command_run_ask(struct command_run *run, struct text *sql); /* emptied */
void command_run_sleep(struct command_run *run, int64_t ms, void (*then)(uv_timer_t *timer));
void command_run_wait_for(struct command_run *run, enum command_state state, void (*then)(uv_timer_t *timer));
struct arena *command_run_holder_arena(struct command_run *run); /* a new one */
void command_run_log(const struct command_run *run, enum log_severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void command_run_lock(struct command_run *run);
void command_run_connect_again(struct command_run *run);
void command_run_fail(struct command_run *run, const struct error *error);
void command_run_finish(struct command_run *run);

/* The books, who else is at work, and then the command (command_spawn.c). `refused` is false when it is not for the books. */
void command_spawn_prepare(struct command_run *run);
void command_spawn_look(struct command_run *run);
void command_spawn_reply(struct command_run *run, const struct db_reply *reply);
bool command_spawn_refused(struct command_run *run, const struct error *error);
void command_spawn_end(struct command_run *run); /* the command is told to end */

/* The rows, what they say of the command, and what is written down of it (command_judge.c). */
void command_judge_read(struct command_run *run);
void command_judge_ask(struct command_run *run); /* it is known whether there is a version table */
void command_judge_compare(struct command_run *run);
void command_judge_reply(struct command_run *run, const struct db_reply *reply);
bool command_judge_refused(struct command_run *run, const struct error *error); /* true: it was for the tenants */
void command_judge_record(struct command_run *run);
void command_judge_announce(struct command_run *run);

/* Why the last command's run was no success (command_words.c): by its status, the rows and what was asked. */
void command_words_failed(struct command_run *run, struct error *error);
void command_words_stopped(struct command_run *run, struct error *error);
void command_words_time_is_over(const struct command_run *run, struct error *error);

#endif
