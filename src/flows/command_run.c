#include "command_run_parts.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/message.h"
#include "core/retry.h"
#include "flows/denied.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#define POLL_BASE_MS 50
#define POLL_MOST_MS 1000
#define BACK_BASE_MS 200
#define BACK_MOST_MS 5000

#define TO(state) (1u << (COMMAND_##state))

/* Those that DONE follows are all: a stop, or something that ends the run. */
static const unsigned next_states[COMMAND_N_STATES] = {
    [COMMAND_IDLE] = TO(CONNECTING),
    [COMMAND_CONNECTING] = TO(READING) | TO(LOCKING) | TO(WAITING_TO_CONNECT),
    [COMMAND_WAITING_TO_CONNECT] = TO(CONNECTING),
    [COMMAND_LOCKING] = TO(WAITING_FOR_LOCK) | TO(READING) | TO(WAITING_TO_CONNECT),
    [COMMAND_WAITING_FOR_LOCK] = TO(LOCKING) | TO(WAITING_TO_CONNECT),
    [COMMAND_READING] = TO(READING_TENANTS) | TO(AWAITING_GRAPH) | TO(READING_STORED) | TO(LOCKING) |
                        TO(MAKING_BOOKS) | TO(KEEPING_GRAPH) | TO(LOOKING_FOR_OTHERS) | TO(WAITING_TO_RETRY) |
                        TO(RECORDING) | TO(ANNOUNCING) | TO(WAITING_TO_CONNECT),
    [COMMAND_READING_TENANTS] = TO(READING_TENANTS) | TO(AWAITING_GRAPH) | TO(READING_STORED) | TO(LOCKING) |
                                TO(MAKING_BOOKS) | TO(KEEPING_GRAPH) | TO(LOOKING_FOR_OTHERS) | TO(WAITING_TO_RETRY) |
                                TO(RECORDING) | TO(ANNOUNCING) | TO(WAITING_TO_CONNECT),
    [COMMAND_AWAITING_GRAPH] = TO(READING_STORED) | TO(LOCKING),
    [COMMAND_READING_STORED] = TO(LOCKING) | TO(MAKING_BOOKS) | TO(KEEPING_GRAPH) | TO(LOOKING_FOR_OTHERS) |
                               TO(WAITING_TO_RETRY) | TO(RECORDING) | TO(ANNOUNCING) | TO(WAITING_TO_CONNECT),
    [COMMAND_MAKING_BOOKS] = TO(KEEPING_GRAPH) | TO(LOOKING_FOR_OTHERS),
    [COMMAND_KEEPING_GRAPH] = TO(LOOKING_FOR_OTHERS),
    [COMMAND_LOOKING_FOR_OTHERS] = TO(WAITING_FOR_OTHERS) | TO(RUNNING) | TO(WAITING_TO_CONNECT),
    [COMMAND_WAITING_FOR_OTHERS] = TO(READING) | TO(WAITING_TO_CONNECT),
    [COMMAND_RUNNING] = TO(READING) | TO(CONNECTING),
    [COMMAND_WAITING_TO_RETRY] = TO(READING) | TO(RECORDING) | TO(ANNOUNCING) | TO(WAITING_TO_CONNECT),
    [COMMAND_RECORDING] = TO(ANNOUNCING) | TO(WAITING_TO_CONNECT),
};

void command_run_move(struct command_run *run, enum command_state next)
{
    assert(next == COMMAND_DONE || (next_states[run->state] & (1u << next)) != 0);
    run->state = next;
    run->events.changed(run->events.context, &run->runner);
}

void command_run_ask(struct command_run *run, struct text *sql)
{
    session_send_text(run->session, sql, COMMAND_ANSWER_MS);
}

void command_run_sleep(struct command_run *run, int64_t ms, void (*then)(uv_timer_t *timer))
{
    run->retry_at_ms = clock_monotonic_ms() + ms;
    uv_timer_start(run->sleep, then, (uint64_t)ms, 0);
}

/* ---- the end ---- */

/* From the loop: the one who hears of it may destroy the run. */
static void on_end(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    run->events.finished(run->events.context, &run->runner);
}

void command_run_finish(struct command_run *run)
{
    command_run_move(run, COMMAND_DONE);
    uv_timer_stop(run->deadline);
    uv_timer_stop(run->limit);
    session_close(run->session);
    run->retry_at_ms = run->waiting_since_ms = 0;
    run->result.rows = run->rows;
    run->result.elapsed_ms = clock_monotonic_ms() - run->started_ms;
    uv_timer_start(run->sleep, on_end, 0, 0);
}

void command_run_fail(struct command_run *run, const struct error *error)
{
    run->result.error = *error;
    command_run_finish(run);
}

void command_run_log(const struct command_run *run, enum log_severity severity, const char *format, ...)
{
    struct log_about about = {.target = run->options.target->name};
    struct text line = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&line, format, arguments);
    va_end(arguments);
    log_event(severity, &about, "%s", text_string(&line));
    text_finish(&line);
}

/* ---- the lock ---- */

static void try_lock(struct command_run *run)
{
    struct text sql = {0};
    const struct ledger *ledger = session_ledger(run->session);
    if (!session_is_own(run->session)) {
        session_prove(run->session);
        return;
    }
    books_add_limits(&sql, COMMAND_LOCK_MS, COMMAND_STATEMENT_MS);
    text_add(&sql, "SELECT ");
    message_add_keepalives(&sql);
    if (ledger->server_version >= 140000) /* it is idle for as long as the command runs */
        text_add(&sql, ", pg_catalog.set_config('idle_session_timeout', '0', false)");
    text_add(&sql, ";\n");
    books_add_try_lock(&sql, ledger);
    command_run_ask(run, &sql);
}

void command_run_lock(struct command_run *run)
{
    command_run_move(run, COMMAND_LOCKING);
    try_lock(run);
}

static void on_poll(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    if (run->state == COMMAND_RUNNING)
        try_lock(run);
    else
        command_run_lock(run);
}

static int64_t poll_delay_ms(struct command_run *run)
{
    return retry_delay_ms(run->polls++, POLL_BASE_MS, POLL_MOST_MS, clock_random());
}

void command_run_wait_for(struct command_run *run, enum command_state state, void (*then)(uv_timer_t *timer))
{
    if (run->waiting_since_ms == 0)
        run->waiting_since_ms = clock_monotonic_ms();
    command_run_move(run, state);
    command_run_sleep(run, poll_delay_ms(run), then);
}

struct arena *command_run_holder_arena(struct command_run *run)
{
    arena_destroy(run->holder_arena);
    run->holder_arena = arena_create();
    return run->holder_arena;
}

/* While the command runs. Who else has the lock may not see a session of the command, and may run another at once. */
static void take_lock_again(struct command_run *run)
{
    const struct books_holder *holder = &run->holder;
    if (run->locked) {
        command_run_log(run, LOG_SEVERITY_INFO, "connected again, and the lock is held again");
    } else if (holder->pid == 0 || holder->pid == run->lock_pid) { /* gone, or what is left of our lost connection */
        command_run_sleep(run, poll_delay_ms(run), on_poll);
    } else if (!run->overtaken) {
        run->overtaken = true;
        command_run_log(run, LOG_SEVERITY_WARNING,
                        "connected again, but pid %d (%s) has the lock now: the upgrade command is ended",
                        holder->pid, holder->application == NULL ? "?" : holder->application);
        command_spawn_end(run);
    }
}

static void take_lock(struct command_run *run, const struct db_reply *reply)
{
    const PGresult *answer = reply->results[reply->n_results - 1];
    run->locked = books_read_try_lock(command_run_holder_arena(run), answer, &run->holder);
    if (run->locked)
        run->lock_pid = session_facts(run->session)->pid;
    if (run->state == COMMAND_RUNNING) {
        take_lock_again(run);
    } else if (run->locked) {
        run->waiting_since_ms = run->retry_at_ms = 0;
        run->polls = 0;
        command_judge_read(run);
    } else {
        command_run_wait_for(run, COMMAND_WAITING_FOR_LOCK, on_poll);
    }
}

/* ---- the session's events ---- */

static void on_connect(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    run->retry_at_ms = 0;
    if (run->state != COMMAND_RUNNING)
        command_run_move(run, COMMAND_CONNECTING);
    session_open(run->session);
}

void command_run_connect_again(struct command_run *run)
{
    session_close(run->session);
    command_run_move(run, COMMAND_CONNECTING);
    session_open(run->session);
}

static bool may_come_back(const struct command_run *run)
{
    if (run->attempts == 0 || run->stopping || run->state == COMMAND_ANNOUNCING)
        return false;
    return run->child != NULL || clock_monotonic_ms() - run->lost_since_ms <= run->options.target->retry_for_ms;
}

/* When a command runs, and when one has run, we come back: nothing is known otherwise. */
static void lose(struct command_run *run, const struct error *error)
{
    if (run->locked)
        command_run_log(run, LOG_SEVERITY_WARNING, "the connection that holds the lock was lost: %s", error->message);
    run->locked = false;
    session_close(run->session);
    if (run->lost_since_ms == 0)
        run->lost_since_ms = clock_monotonic_ms();
    if (may_come_back(run)) {
        run->last_retry = *error;
        if (run->child == NULL)
            command_run_move(run, COMMAND_WAITING_TO_CONNECT);
        command_run_sleep(run, retry_delay_ms(run->connects++, BACK_BASE_MS, BACK_MOST_MS, clock_random()),
                          on_connect);
    } else if (run->child == NULL) { /* else its end is awaited */
        run->result.in_doubt = run->ended && run->state != COMMAND_ANNOUNCING;
        if (run->stopping)
            command_words_stopped(run, &run->result.error);
        else if (run->state != COMMAND_ANNOUNCING)
            run->result.error = *error;
        command_run_finish(run);
    }
}

static void be_connected(struct command_run *run)
{
    struct error refused;
    if (!session_can_migrate(run->session, &refused)) {
        if (run->attempts == 0)
            command_run_fail(run, &refused);
        else
            lose(run, &refused); /* its primary is elsewhere now */
        return;
    }
    run->connects = 0;
    run->lost_since_ms = 0;
    if (run->state == COMMAND_RUNNING)
        try_lock(run);
    else if (run->attempts > 0 && !run->stopping)
        command_run_lock(run);
    else
        command_judge_read(run);
}

static void on_opened(void *context, const struct error *error)
{
    struct command_run *run = context;
    if (error != NULL && run->attempts == 0)
        command_run_fail(run, error);
    else if (error != NULL)
        lose(run, error);
    else if (run->state == COMMAND_READING)
        command_judge_ask(run);
    else if (run->state == COMMAND_MAKING_BOOKS)
        command_spawn_prepare(run);
    else if (run->state == COMMAND_LOCKING) /* no pooler shares our backend */
        try_lock(run);
    else
        be_connected(run);
}

static void refuse(struct command_run *run, const struct error *refusal)
{
    struct error error = *refusal;
    switch (run->state) {
    case COMMAND_ANNOUNCING: /* the revisions are in, whether others hear of it at once or not */
        command_run_finish(run);
        return;
    case COMMAND_RECORDING:
        denied_explain(&error, "the history cannot be written");
        command_run_log(run, LOG_SEVERITY_WARNING, "%s", error.message);
        command_judge_announce(run);
        return;
    case COMMAND_RUNNING:
        lose(run, &error);
        return;
    default:
        break;
    }
    if (command_spawn_refused(run, &error) || command_judge_refused(run, &error))
        return;
    denied_explain(&error, "the version table and the bookkeeping cannot be read");
    run->result.in_doubt = run->ended;
    command_run_fail(run, &error);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct command_run *run = context;
    if (reply->outcome == DB_LOST) {
        lose(run, &reply->error);
        return;
    }
    if (reply->outcome == DB_REFUSED) {
        refuse(run, &reply->error);
        return;
    }
    switch (run->state) {
    case COMMAND_RUNNING:
    case COMMAND_LOCKING:
        take_lock(run, reply);
        break;
    case COMMAND_MAKING_BOOKS:
    case COMMAND_KEEPING_GRAPH:
    case COMMAND_LOOKING_FOR_OTHERS:
        command_spawn_reply(run, reply);
        break;
    default:
        command_judge_reply(run, reply);
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    struct command_run *run = context;
    uv_timer_stop(run->sleep);
    lose(run, error);
}

/* ---- life ---- */

static uv_timer_t *new_timer(struct command_run *run)
{
    uv_timer_t *timer = memory_alloc(sizeof *timer);
    uv_timer_init(run->loop, timer);
    timer->data = run;
    return timer;
}

static struct runner *create(uv_loop_t *loop, const struct runner_options *options,
                             const struct runner_events *events)
{
    struct command_run *run = memory_alloc(sizeof *run);
    struct session_events session_events = {on_opened, on_reply, on_lost, NULL, NULL, run};
    run->runner.kind = &command_run_kind;
    run->loop = loop;
    run->options = *options;
    run->events = *events;
    run->arena = arena_create();
    run->session = session_create(loop, options->target, &session_events);
    session_set_migrating(run->session);
    run->sleep = new_timer(run);
    run->deadline = new_timer(run);
    run->limit = new_timer(run);
    clock_uuid(run->uuid);
    run->result.run = run->uuid;
    return &run->runner;
}

static void stop(struct runner *runner, const struct error *why)
{
    struct command_run *run = (struct command_run *)runner;
    bool judging = run->ended && run->locked && run->state != COMMAND_WAITING_TO_RETRY;
    if (run->stopping || run->state == COMMAND_DONE || run->state == COMMAND_RECORDING ||
        run->state == COMMAND_ANNOUNCING)
        return;
    run->stopping = true;
    run->why = *why;
    if (run->state == COMMAND_RUNNING) {
        command_spawn_end(run);
    } else if (!judging) {
        uv_timer_stop(run->sleep);
        run->result.in_doubt = run->ended && run->state != COMMAND_WAITING_TO_RETRY;
        command_words_stopped(run, &run->result.error);
        if (run->state == COMMAND_WAITING_TO_RETRY && run->locked)
            command_judge_record(run);
        else
            command_run_finish(run);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    struct error error;
    command_words_time_is_over(run, &error);
    stop(&run->runner, &error);
}

static void start(struct runner *runner)
{
    struct command_run *run = (struct command_run *)runner;
    run->started_ms = clock_monotonic_ms();
    if (run->options.timeout_ms > 0)
        uv_timer_start(run->deadline, on_deadline, (uint64_t)run->options.timeout_ms, 0);
    command_run_move(run, COMMAND_CONNECTING);
    session_open(run->session);
}

static void set_graph(struct runner *runner, const struct graph *graph)
{
    struct command_run *run = (struct command_run *)runner;
    run->options.graph = graph;
    if (run->state == COMMAND_AWAITING_GRAPH)
        command_judge_compare(run);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void destroy(struct runner *runner)
{
    struct command_run *run = (struct command_run *)runner;
    uv_close((uv_handle_t *)run->sleep, free_handle);
    uv_close((uv_handle_t *)run->deadline, free_handle);
    uv_close((uv_handle_t *)run->limit, free_handle);
    child_destroy(run->child);
    session_destroy(run->session);
    output_finish(&run->output);
    arena_destroy(run->output_arena);
    arena_destroy(run->holder_arena);
    arena_destroy(run->reading);
    arena_destroy(run->arena);
    free(run);
}

static const enum apply_state shown[COMMAND_N_STATES] = {
    [COMMAND_IDLE] = APPLY_IDLE,
    [COMMAND_CONNECTING] = APPLY_CONNECTING,
    [COMMAND_WAITING_TO_CONNECT] = APPLY_WAITING_TO_CONNECT,
    [COMMAND_LOCKING] = APPLY_LOCKING,
    [COMMAND_WAITING_FOR_LOCK] = APPLY_WAITING_FOR_LOCK,
    [COMMAND_READING] = APPLY_READING,
    [COMMAND_READING_TENANTS] = APPLY_READING,
    [COMMAND_AWAITING_GRAPH] = APPLY_READING,
    [COMMAND_READING_STORED] = APPLY_READING,
    [COMMAND_MAKING_BOOKS] = APPLY_PREPARING,
    [COMMAND_KEEPING_GRAPH] = APPLY_PREPARING,
    [COMMAND_LOOKING_FOR_OTHERS] = APPLY_LOCKING,
    [COMMAND_WAITING_FOR_OTHERS] = APPLY_WAITING_FOR_LOCK,
    [COMMAND_RUNNING] = APPLY_RUNNING,
    [COMMAND_WAITING_TO_RETRY] = APPLY_WAITING_TO_RETRY,
    [COMMAND_RECORDING] = APPLY_RECORDING,
    [COMMAND_ANNOUNCING] = APPLY_ANNOUNCING,
    [COMMAND_DONE] = APPLY_DONE,
};

static void look(const struct runner *runner, struct runner_view *view)
{
    const struct command_run *run = (const struct command_run *)runner;
    bool open = session_is_open(run->session);
    *view = (struct runner_view){
        .state = run->ended ? APPLY_RUNNING : shown[run->state],
        .display = session_display(run->session),
        .total = run->before.count,
        .applied = run->result.applied.count,
        .command = run->child != NULL,
        .output = &run->last,
        .running_since_ms = run->child == NULL ? 0 : run->running_since_ms,
        .holder = run->waiting_since_ms != 0 ? &run->holder : NULL,
        .waiting_since_ms = run->waiting_since_ms,
        .retry_at_ms = run->retry_at_ms,
        .retries = run->attempts > 0 ? run->attempts - 1 : 0,
        .last_retry = run->last_retry.code == ERROR_NONE ? NULL : &run->last_retry,
        .lock_key = open ? session_ledger(run->session)->lock_key : 0,
    };
    if (run->state == COMMAND_WAITING_TO_RETRY || run->state == COMMAND_DONE)
        view->state = shown[run->state];
}

static const struct runner_result *result(const struct runner *runner)
{
    return &((const struct command_run *)runner)->result;
}

const struct runner_kind command_run_kind = {create, start, set_graph, stop, destroy, look, result};
