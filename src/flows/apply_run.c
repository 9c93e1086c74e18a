#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/error.h"

#include <stdlib.h>
#include <string.h>

#define SHARED_REVISIONS 32
#define SHARED_BYTES     ((size_t)256 * 1024)
#define SEEN_LASTS_MS    1000 /* so long after a try began, what was seen before it may still be so */

static void perform(struct apply_run *run, struct apply_action action);

/* ---- feeding the machine ---- */

void apply_run_feed(struct apply_run *run, struct apply_event *event)
{
    event->now_ms = clock_monotonic_ms();
    event->random = clock_random();
    perform(run, apply_step(&run->apply, event));
}

void apply_run_done(struct apply_run *run)
{
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_DID});
}

void apply_run_error(struct apply_run *run, enum apply_event_kind kind, const struct error *error)
{
    struct apply_event event = {.kind = kind, .error = *error, .fatal = db_error_is_final(error)};
    apply_run_feed(run, &event);
}

/* ---- the other actions ---- */

static void try_lock(struct apply_run *run)
{
    struct error error;
    struct text sql = {0};
    if (!session_can_migrate(run->session, &error)) {
        apply_run_error(run, APPLY_REFUSED, &error);
        return;
    }
    if (!session_is_own(run->session)) {
        session_prove(run->session);
        return;
    }
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    text_add(&sql, "SELECT pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false), ");
    message_add_keepalives(&sql);
    text_add(&sql, ";\n");
    books_add_try_lock(&sql, session_ledger(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void take_lock(struct apply_run *run, const struct db_reply *reply)
{
    arena_destroy(run->holder_arena);
    run->holder_arena = arena_create();
    bool locked = books_read_try_lock(run->holder_arena, reply->results[reply->n_results - 1], &run->holder);
    if (locked)
        run->waiting_since_ms = 0;
    else if (run->waiting_since_ms == 0)
        run->waiting_since_ms = clock_monotonic_ms();
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_DID, .locked = locked});
}

static void on_sleep(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    run->retry_at_ms = 0;
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_WOKEN});
}

static void go_to_sleep(struct apply_run *run, int64_t delay_ms)
{
    run->retry_at_ms = clock_monotonic_ms() + delay_ms;
    if (run->apply.state == APPLY_WAITING_TO_CONNECT)
        session_close(run->session);
    uv_timer_start(run->sleep, on_sleep, (uint64_t)delay_ms, 0);
}

/* The server answers nothing, not even to the cancel: it rolls back when it finds the connection gone. */
static void on_no_answer(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    struct error error;
    run->silent = true;
    error_set(&error, ERROR_UNREACHABLE, "the database server does not answer, not even to the request to cancel");
    session_close(run->session);
    apply_send_lost(run);
    apply_run_error(run, APPLY_LOST, &error);
}

static void cancel(struct apply_run *run)
{
    int64_t patience_ms = run->options.stop_timeout_ms;
    run->cancelled = true;
    if (run->stepwise != NULL)
        stepwise_run_stop(run->stepwise);
    else
        session_cancel(run->session);
    if (patience_ms > 0 && !uv_is_active((uv_handle_t *)run->sleep)) { /* asked twice: what is set ends first */
        patience_ms += run->stepwise != NULL ? run->options.build_grace_ms : 0;
        uv_timer_start(run->sleep, on_no_answer, (uint64_t)patience_ms, 0);
    }
}

static void roll_back(struct apply_run *run)
{
    struct text sql = {0};
    if (!session_in_transaction(run->session)) {
        apply_run_done(run);
        return;
    }
    text_add(&sql, "ROLLBACK");
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void record(struct apply_run *run)
{
    struct text sql = {0};
    const struct plan *plan = &run->apply.plan;
    bool has_next = run->apply.position < plan->count;
    const struct revision *revision =
        has_next ? graph_revision(plan->graph, plan->steps[run->apply.position].node) : NULL;
    const struct error *error = &run->apply.error;
    struct books_failure failure = {
        .attempt = arena_printf(run->arena, "%s/%u/failed", run->uuid, ++run->messages),
        .revision = has_next ? revision->id : run->options.revision,
        .checksum = has_next ? revision->checksum : "",
        .direction = run->options.direction,
        .outcome = run->apply.stopped ? "cancelled" : "failed",
        .sqlstate = error->sqlstate[0] == '\0' ? NULL : error->sqlstate,
        .message = apply_words_recorded(run),
        .reason = run->options.reason,
    };
    books_add_failure(&sql, session_ledger(run->session), &failure, session_in_transaction(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void announce(struct apply_run *run)
{
    struct text sql = {0};
    if (run->apply.applied == 0) {
        apply_run_done(run);
        return;
    }
    apply_replicas_warn(run);
    books_add_announcement(&sql, session_ledger(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

/* From the loop: the one who hears of it may destroy the run, and nobody who fed the machine stands above. */
static void on_end(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    run->events.finished(run->events.context, &run->runner);
}

static void finish(struct apply_run *run)
{
    if (run->blocked != NULL)
        blocked_rest(run->blocked);
    uv_timer_stop(run->deadline);
    session_close(run->session);
    run->result.error = run->apply.error;
    run->result.in_doubt = run->in_doubt;
    if (run->result.error.code == ERROR_NONE && run->options.resolution.ordinal != 0)
        apply_words_unheard(run);
    if (run->apply.stopped && run->result.error.next[0] == '\0')
        apply_words_stopped(run);
    run->result.ahead = run->apply.ahead;
    run->result.elapsed_ms = clock_monotonic_ms() - run->started_ms;
    if (run->result.rows.items == NULL)
        run->result.rows = run->apply.rows;
    if (run->apply.error.code == ERROR_NONE)
        run->result.failed = NULL;
    uv_timer_start(run->sleep, on_end, 0, 0);
}

static void perform(struct apply_run *run, struct apply_action action)
{
    if (action.kind == APPLY_NOTHING)
        return;
    if (action.kind == APPLY_CANCEL) {
        cancel(run);
        return;
    }
    run->action = action;
    run->events.changed(run->events.context, &run->runner);
    switch (action.kind) {
    case APPLY_CONNECT:
        session_open(run->session);
        break;
    case APPLY_READ:
        apply_books_look(run);
        break;
    case APPLY_LOCK:
        try_lock(run);
        break;
    case APPLY_SLEEP:
        go_to_sleep(run, action.delay_ms);
        break;
    case APPLY_PREPARE:
        apply_books_prepare(run);
        break;
    case APPLY_SEND:
        apply_send(run);
        break;
    case APPLY_ROLLBACK:
        roll_back(run);
        break;
    case APPLY_ASK_REPLICAS:
        apply_replicas_ask(run);
        break;
    case APPLY_RECORD:
        record(run);
        break;
    case APPLY_ANNOUNCE:
        announce(run);
        break;
    case APPLY_FINISH:
        finish(run);
        break;
    case APPLY_CANCEL:
    case APPLY_NOTHING:
        break;
    }
}

/* ---- the session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    struct apply_run *run = context;
    if (error != NULL) {
        apply_run_error(run, APPLY_LOST, error);
        return;
    }
    if (run->action.kind == APPLY_READ || run->action.kind == APPLY_PREPARE)
        apply_books_opened(run); /* we had asked again what is there */
    else if (run->action.kind == APPLY_LOCK && !run->apply.stopping)
        try_lock(run); /* no pooler shares our backend */
    else
        apply_run_done(run);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct apply_run *run = context;
    if (reply->outcome == DB_LOST) {
        apply_send_lost(run);
        apply_run_error(run, APPLY_LOST, &reply->error);
        return;
    }
    if (run->stepwise != NULL || run->action.kind == APPLY_SEND) {
        apply_send_reply(run, reply);
        return;
    }
    if (reply->outcome == DB_REFUSED) {
        struct error error = reply->error;
        if (apply_books_refused(run, &error))
            apply_run_error(run, APPLY_REFUSED, &error);
        return;
    }
    switch (run->action.kind) {
    case APPLY_READ:
    case APPLY_PREPARE:
        apply_books_reply(run, reply);
        break;
    case APPLY_LOCK:
        take_lock(run, reply);
        break;
    case APPLY_ASK_REPLICAS:
        apply_replicas_reply(run, reply);
        break;
    default:
        apply_run_done(run);
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    struct apply_run *run = context;
    uv_timer_stop(run->sleep);
    apply_send_lost(run);
    apply_run_error(run, APPLY_LOST, error);
}

static void on_notice(void *context, const PGresult *notice)
{
    struct apply_run *run = context;
    const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool warning = severity != NULL && strcmp(severity, "WARNING") == 0;
    struct log_about about = {.target = run->options.target->name};
    if (text == NULL || run->action.kind != APPLY_SEND)
        return;
    log_event(warning ? LOG_SEVERITY_WARNING : LOG_SEVERITY_DEBUG, &about, "the server says: %s", text);
}

/* ---- life ---- */

static uv_timer_t *new_timer(struct apply_run *run)
{
    uv_timer_t *timer = memory_alloc(sizeof *timer);
    uv_timer_init(run->loop, timer);
    timer->data = run;
    return timer;
}

static struct runner *create(uv_loop_t *loop, const struct runner_options *options,
                             const struct runner_events *events)
{
    struct apply_run *run = memory_alloc(sizeof *run);
    struct session_events session_events = {on_opened, on_reply, on_lost, on_notice, NULL, run};
    run->runner.kind = &apply_run_kind;
    run->loop = loop;
    run->options = *options;
    run->given = options->graph;
    run->events = *events;
    run->arena = arena_create();
    run->session = session_create(loop, options->target, &session_events);
    session_set_migrating(run->session);
    run->sleep = new_timer(run);
    run->deadline = new_timer(run);
    clock_uuid(run->uuid);
    run->result.run = run->uuid;

    struct apply_options apply = {
        .graph = options->graph,
        .direction = options->direction,
        .target = options->revision,
        .retry_for_ms = options->target->retry_for_ms,
        .resumes = options->resolution.revision,
        .wait_for_replicas_ms = options->target->wait_for_replicas_ms,
        .max_retries = options->max_retries,
        .message_revisions = SHARED_REVISIONS,
        .message_bytes = SHARED_BYTES,
        .patient = options->patient,
    };
    apply_init(&run->apply, run->arena, &apply);
    return &run->runner;
}

static void stop(struct runner *runner, const struct error *why)
{
    struct apply_run *run = (struct apply_run *)runner;
    if (run->apply.state == APPLY_DONE)
        return;
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_STOP, .error = *why});
    if (run->options.stop_timeout_ms > 0 && !uv_is_active((uv_handle_t *)run->sleep)) /* an answer that comes soon */
        uv_timer_start(run->sleep, on_no_answer, (uint64_t)run->options.stop_timeout_ms, 0);
}

static void on_deadline(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    struct error error;
    apply_words_time_is_over(run, &error);
    stop(&run->runner, &error);
}

static void start(struct runner *runner)
{
    struct apply_run *run = (struct apply_run *)runner;
    run->started_ms = clock_monotonic_ms();
    if (run->options.timeout_ms > 0)
        uv_timer_start(run->deadline, on_deadline, (uint64_t)run->options.timeout_ms, 0);
    perform(run, apply_start(&run->apply, run->started_ms));
}

static void set_graph(struct runner *runner, const struct graph *graph)
{
    struct apply_run *run = (struct apply_run *)runner;
    run->options.graph = run->given = graph;
    apply_set_graph(&run->apply, graph);
    apply_books_graph(run);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void destroy(struct runner *runner)
{
    struct apply_run *run = (struct apply_run *)runner;
    uv_close((uv_handle_t *)run->sleep, free_handle);
    uv_close((uv_handle_t *)run->deadline, free_handle);
    session_destroy(run->session);
    parcel_destroy(run->parcel);
    stepwise_run_destroy(run->stepwise);
    blocked_destroy(run->blocked);
    arena_destroy(run->holder_arena);
    arena_destroy(run->replicas_arena);
    arena_destroy(run->arena);
    free(run);
}

/* Once it has the lock nobody tells us: then a statement may run for hours. */
static const struct activity *blocked_now(const struct apply_run *run)
{
    bool over = run->apply.state == APPLY_RUNNING && clock_monotonic_ms() - run->running_since_ms > SEEN_LASTS_MS;
    return run->blocked == NULL || over ? NULL : blocked_seen(run->blocked);
}

static void look(const struct runner *runner, struct runner_view *view)
{
    const struct apply_run *run = (const struct apply_run *)runner;
    const struct apply *apply = &run->apply;
    bool running = apply->state == APPLY_RUNNING;
    *view = (struct runner_view){
        .state = apply->state,
        .display = session_display(run->session),
        .plan = &apply->plan,
        .position = apply->position,
        .sent = running ? apply->sent : 0,
        .total = apply->plan.count,
        .applied = apply->applied,
        .rows = apply->rows_before == NULL ? NULL : &apply->rows_before[apply->position],
        .blocked = blocked_now(run),
        .running_since_ms = running ? run->running_since_ms : 0,
        .holder = run->waiting_since_ms != 0 ? &run->holder : NULL,
        .waiting_since_ms = run->waiting_since_ms,
        .replicas = apply_replicas_are_awaited(run) && run->replicas.behind > 0 ? &run->replicas : NULL,
        .retry_at_ms = run->retry_at_ms,
        .retries = apply->retries,
        .last_retry = apply->last_retry.code == ERROR_NONE ? NULL : &apply->last_retry,
        .awaited = run->awaited[0] == '\0' ? NULL : run->awaited,
        .backend_pid = session_is_open(run->session) ? session_facts(run->session)->pid : 0,
        .lock_key = session_is_open(run->session) ? session_ledger(run->session)->lock_key : 0,
    };
    if (running && apply->position < apply->plan.count)
        view->running = graph_revision(run->options.graph, apply->plan.steps[apply->position].node);
    if (running && run->stepwise != NULL)
        stepwise_run_progress(run->stepwise, &view->statement, &view->statements);
    else if (running && run->parcel != NULL)
        parcel_progress(run->parcel, &view->statement, &view->statements);
}

static const struct runner_result *result(const struct runner *runner)
{
    return &((const struct apply_run *)runner)->result;
}

const struct runner_kind apply_run_kind = {create, start, set_graph, stop, destroy, look, result};
