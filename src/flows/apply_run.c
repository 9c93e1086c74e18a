#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "core/retry.h"
#include "db/error.h"
#include "flows/failure.h"
#include "flows/timeouts.h"

#include <stdlib.h>
#include <string.h>

#define SHARED_REVISIONS 32
#define SHARED_BYTES     ((size_t)256 * 1024)

static void perform(struct apply_run *run, struct apply_action action);

/* ---- feeding the machine ---- */

void apply_run_feed(struct apply_run *run, struct apply_event *event)
{
    event->now_ms = clock_monotonic_ms();
    event->random = clock_random();
    perform(run, apply_step(&run->apply, event));
}

static void feed_done(struct apply_run *run)
{
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_DID});
}

static void feed_error(struct apply_run *run, enum apply_event_kind kind, const struct error *error)
{
    struct apply_event event = {.kind = kind, .error = *error, .fatal = db_error_is_final(error)};
    apply_run_feed(run, &event);
}

static void note_applied(struct apply_run *run, size_t first, size_t count)
{
    struct names *applied = &run->result.applied;
    for (size_t i = first; i < first + count; i++) {
        const struct revision *revision = graph_revision(run->options.graph, run->apply.plan.steps[i].node);
        applied->items =
            arena_grow(run->arena, applied->items, applied->count, &run->applied_capacity, sizeof *applied->items);
        applied->items[applied->count++] = revision->id;
    }
    if (count > 0)
        run->result.rows = apply_rows_after(&run->apply, first + count - 1);
}

/* ---- sending revisions ---- */

static void parcel_ready(void *context, const struct error *error)
{
    struct apply_run *run = context;
    if (error != NULL) {
        feed_error(run, APPLY_REFUSED, error);
        return;
    }
    if (run->cancelled) {
        feed_error(run, APPLY_REFUSED, &run->apply.error);
        return;
    }
    session_send(run->session, parcel_request(run->parcel));
    run->events.changed(run->events.context, run);
}

/* ---- locks that were not had ---- */

/* The look is politeness, the short lock_timeout is what protects: without the one the other does. */
static void note_blind(struct apply_run *run, struct apply_event *event, const struct failure *failure)
{
    event->unseen = failure->looking && !run->blind;
    if (!event->unseen)
        return;
    run->blind = true;
    log_warning("who holds a table cannot be seen before it is locked: %s", failure->error.message);
}

/* Look who it is, now or the next time; with what is known by now, say it. */
static void note_blocked(struct apply_run *run, struct apply_event *event, const struct failure *failure)
{
    event->foreseen = failure != NULL && failure->check == CHECK_AWAITED;
    run->awaited[0] = '\0';
    if (event->foreseen)
        memcpy(run->awaited, failure->awaited, sizeof run->awaited);
    if (strcmp(event->error.sqlstate, "55P03") != 0)
        return;
    if (run->blocked == NULL)
        run->blocked = blocked_create(run->loop, run->options.target);
    blocked_rest(run->blocked);
    if (event->foreseen)
        blocked_foreseen(run->blocked, failure->awaited);
    else
        blocked_refused(run->blocked);
    event->fatal = blocked_gives_up(run->blocked);
    const char *words = blocked_words(run->blocked);
    if (words != NULL) {
        struct text detail = {0};
        text_addf(&detail, "%s%sblocked by %s", event->error.detail, event->error.detail[0] == '\0' ? "" : "\n",
                  words);
        error_copy(event->error.detail, sizeof event->error.detail, text_string(&detail), detail.length);
        text_finish(&detail);
    }
}

static void forget_blocked(struct apply_run *run)
{
    run->awaited[0] = '\0';
    if (run->blocked != NULL)
        blocked_forget(run->blocked);
}

static void watch_blockers(struct apply_run *run, size_t step)
{
    const struct step *at = &run->apply.plan.steps[step];
    const struct revision *revision = graph_revision(run->apply.plan.graph, at->node);
    const struct section *section = at->direction == DIRECTION_UPGRADE ? &revision->up : &revision->down;
    if (run->blocked != NULL)
        blocked_watch(
            run->blocked, session_facts(run->session)->pid,
            timeouts_lock_ms(run->options.target, revision, section->lock, apply_lock_tries(&run->apply), INT64_MAX));
}

static void on_statement(void *context)
{
    struct apply_run *run = context;
    run->events.changed(run->events.context, run);
}

static void end_stepwise(struct apply_run *run)
{
    stepwise_run_destroy(run->stepwise);
    run->stepwise = NULL;
}

static void on_stepwise_end(void *context, const struct error *error, bool moved)
{
    struct apply_run *run = context;
    struct apply_event event = {.kind = error == NULL ? APPLY_DID : APPLY_REFUSED, .rows_differ = moved};
    if (error != NULL) {
        const struct failure *failure = stepwise_run_failure(run->stepwise);
        event.error = *error;
        note_blocked(run, &event, failure);
        if (failure != NULL)
            note_blind(run, &event, failure);
        run->result.failed = graph_revision(run->options.graph, run->apply.plan.steps[run->action.first].node)->id;
    } else {
        note_applied(run, run->action.first, 1);
        forget_blocked(run);
    }
    end_stepwise(run);
    apply_run_feed(run, &event);
}

/* A wait for a table's lock ends before the time limit does: then it is known what we waited for. */
static int64_t longest_lock_wait_ms(const struct apply_run *run)
{
    if (run->options.timeout_ms == 0)
        return INT64_MAX;
    int64_t left_ms = run->options.timeout_ms - (clock_monotonic_ms() - run->started_ms);
    if (left_ms > INT32_MAX) /* more than PostgreSQL's timeouts hold */
        return INT64_MAX;
    return left_ms > 10 ? left_ms - left_ms / 10 : 1;
}

static void send_revisions(struct apply_run *run, const struct apply_action *action)
{
    struct parcel_options options = {
        .apply = &run->apply,
        .ledger = session_ledger(run->session),
        .target = run->options.target,
        .first = action->first,
        .count = action->count,
        .uuid = run->uuid,
        .message = ++run->messages,
        .reason = run->options.reason,
        .blind = run->blind,
        .limit = (size_t)run->options.max_message,
        .longest_lock_wait_ms = longest_lock_wait_ms(run),
    };
    parcel_destroy(run->parcel);
    run->running_since_ms = clock_monotonic_ms();
    run->parcel = parcel_create(run->loop, &options, parcel_ready, run);
}

static void run_stepwise(struct apply_run *run, const struct apply_action *action)
{
    struct stepwise_run_options options = {
        .session = run->session,
        .target = run->options.target,
        .apply = &run->apply,
        .step = action->first,
        .uuid = run->uuid,
        .messages = &run->messages,
        .reason = run->options.reason,
        .resolution = &run->options.resolution,
        .blind = run->blind,
        .longest_lock_wait_ms = longest_lock_wait_ms(run),
        .stop_timeout_ms = run->options.build_grace_ms,
    };
    struct stepwise_run_events events = {on_statement, on_stepwise_end, run};
    run->running_since_ms = clock_monotonic_ms();
    run->stepwise = stepwise_run_create(run->loop, &options, &events);
}

static void take_refusal(struct apply_run *run, const struct db_reply *reply)
{
    struct failure failure;
    struct apply_event event = {.kind = APPLY_REFUSED, .nothing_ran = reply->completed == 0};
    failure_describe(&failure, parcel_message(run->parcel), reply, session_counts_bytes(run->session));
    event.error = failure.error;
    event.rows_differ = failure.check == CHECK_ROWS || failure.check == CHECK_LOCK;
    event.alone_might_do = failure.alone_might_do;
    if (failure.alone_might_do)
        log_info("revision %s cannot run in a transaction: statement by statement then", failure.revision);
    event.committed = message_committed(parcel_message(run->parcel), reply->completed);
    note_blocked(run, &event, &failure);
    note_blind(run, &event, &failure);
    run->result.failed = failure.revision;
    note_applied(run, run->action.first, event.committed);
    apply_run_feed(run, &event);
}

static void take_sent(struct apply_run *run, const struct db_reply *reply)
{
    if (reply->outcome == DB_REFUSED) {
        take_refusal(run, reply);
        return;
    }
    if (!parcel_is_complete(run->parcel)) {
        if (run->cancelled) {
            feed_error(run, APPLY_REFUSED, &run->apply.error);
            return;
        }
        parcel_next_part(run->parcel);
        session_send(run->session, parcel_request(run->parcel));
        run->events.changed(run->events.context, run);
        return;
    }
    note_applied(run, run->action.first, run->action.count);
    forget_blocked(run);
    feed_done(run);
}

/* What the answer would have told is not known: of revisions the history will tell, the graph is sent again. */
static void note_loss(struct apply_run *run)
{
    if (run->blocked != NULL)
        blocked_rest(run->blocked);
    run->awaited[0] = '\0';
    run->graph_kept = 0;
    run->replicas_position[0] = '\0'; /* of that server */
    run->in_doubt |= run->messages > 0 && run->action.kind != APPLY_ANNOUNCE;
    parcel_destroy(run->parcel); /* also one whose files are still being read */
    run->parcel = NULL;
    end_stepwise(run);
}

/* ---- the other actions ---- */

static bool can_migrate(struct apply_run *run, struct error *error)
{
    if (session_facts(run->session)->in_recovery) {
        error_set(error, ERROR_CONFIG, "the server at %s is a standby: nothing can be migrated through it",
                  session_display(run->session));
        return error_next(error, "give the primary's address, or several hosts and target_session_attrs=primary");
    }
    return true;
}

static void try_lock(struct apply_run *run)
{
    struct error error;
    struct text sql = {0};
    if (!can_migrate(run, &error)) {
        feed_error(run, APPLY_REFUSED, &error);
        return;
    }
    if (!session_is_own(run->session)) {
        session_prove(run->session);
        return;
    }
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    text_add(&sql, "SELECT pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false);\n");
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
    note_loss(run);
    feed_error(run, APPLY_LOST, &error);
}

static void cancel(struct apply_run *run)
{
    int64_t patience_ms = run->options.stop_timeout_ms;
    run->cancelled = true;
    if (run->stepwise != NULL)
        stepwise_run_stop(run->stepwise);
    else
        session_cancel(run->session);
    if (patience_ms > 0) {
        patience_ms += run->stepwise != NULL ? run->options.build_grace_ms : 0;
        uv_timer_start(run->sleep, on_no_answer, (uint64_t)patience_ms, 0);
    }
}

static void roll_back(struct apply_run *run)
{
    struct text sql = {0};
    if (!session_in_transaction(run->session)) {
        feed_done(run);
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
        .outcome = run->apply.stopping ? "cancelled" : "failed",
        .sqlstate = error->sqlstate[0] == '\0' ? NULL : error->sqlstate,
        .message = error->message,
        .reason = run->options.reason,
    };
    books_add_failure(&sql, session_ledger(run->session), &failure, session_in_transaction(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void announce(struct apply_run *run)
{
    struct text sql = {0};
    if (run->apply.applied == 0) {
        feed_done(run);
        return;
    }
    apply_replicas_warn(run);
    books_add_announcement(&sql, session_ledger(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

/* What became of the revisions, for whoever stopped us. */
static void say_how_it_stopped(struct apply_run *run)
{
    const struct plan *plan = &run->apply.plan;
    struct error *error = &run->result.error;
    size_t left = plan->count - run->apply.position;
    if (run->silent)
        error_next(error,
                   "the server did not answer, not even to the request to cancel: it rolls back when it finds the "
                   "connection gone; `migrated current` tells what was applied");
    else if (run->in_doubt)
        error_next(error, "the connection was lost: `migrated current` tells what was applied");
    else if (left == 0)
        error_next(error, "nothing is left to do of what was asked");
    else if (run->result.failed != NULL)
        error_next(error, "%s was cancelled and rolled back; %zu revision%s left: run the command again",
                   run->result.failed, left, left == 1 ? " is" : "s are");
    else
        error_next(error, "no revision was running; %zu %s left: run the command again", left,
                   left == 1 ? "is" : "are");
}

/* From the loop: the one who hears of it may destroy the run, and nobody who fed the machine stands above. */
static void on_end(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    run->events.finished(run->events.context, run);
}

static void finish(struct apply_run *run)
{
    if (run->blocked != NULL)
        blocked_rest(run->blocked);
    uv_timer_stop(run->deadline);
    session_close(run->session);
    run->result.error = run->apply.error;
    run->result.in_doubt = run->in_doubt;
    if (run->apply.stopping && run->result.error.next[0] == '\0')
        say_how_it_stopped(run);
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
    run->events.changed(run->events.context, run);
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
        watch_blockers(run, action.first);
        if (action.stepwise)
            run_stepwise(run, &action);
        else
            send_revisions(run, &action);
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
        feed_error(run, APPLY_LOST, error);
        return;
    }
    if (run->action.kind == APPLY_READ || run->action.kind == APPLY_PREPARE)
        apply_books_opened(run); /* we had asked again what is there */
    else if (run->action.kind == APPLY_LOCK && !run->apply.stopping)
        try_lock(run); /* no pooler shares our backend */
    else
        feed_done(run);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct apply_run *run = context;
    if (reply->outcome == DB_LOST) {
        note_loss(run);
        feed_error(run, APPLY_LOST, &reply->error);
        return;
    }
    if (run->stepwise != NULL) {
        stepwise_run_reply(run->stepwise, reply);
        return;
    }
    if (run->action.kind == APPLY_SEND) {
        take_sent(run, reply);
        return;
    }
    if (reply->outcome == DB_REFUSED) {
        if (apply_books_refused(run, &reply->error))
            feed_error(run, APPLY_REFUSED, &reply->error);
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
        feed_done(run);
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    struct apply_run *run = context;
    uv_timer_stop(run->sleep);
    note_loss(run);
    feed_error(run, APPLY_LOST, error);
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

struct apply_run *apply_run_create(uv_loop_t *loop, const struct apply_run_options *options,
                                   const struct apply_run_events *events)
{
    struct apply_run *run = memory_alloc(sizeof *run);
    struct session_events session_events = {on_opened, on_reply, on_lost, on_notice, NULL, run};
    run->loop = loop;
    run->options = *options;
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
    return run;
}

static void say_time_is_over(const struct apply_run *run, struct error *error)
{
    const struct error *retry = &run->apply.last_retry;
    if (run->apply.state == APPLY_WAITING_FOR_LOCK || run->waiting_since_ms != 0) {
        error_set(error, ERROR_BUSY, "the lock was not had within the time limit: pid %d (%s) holds it",
                  run->holder.pid, run->holder.application);
        error_next(error, "wait for it and run the command again; SELECT * FROM pg_stat_activity WHERE pid = %d",
                   run->holder.pid);
    } else if (apply_replicas_are_awaited(run)) {
        error_set(error, ERROR_BUSY, "the time limit was reached before all replicas had replayed what was applied");
        error_next(error, "all revisions are applied; SELECT * FROM pg_stat_replication tells who is behind");
    } else if (retry->code != ERROR_NONE) {
        *error = *retry;
        if (retry_helps(retry->sqlstate))
            error->code = ERROR_BUSY;
    } else if (run->apply.state == APPLY_RUNNING || run->apply.state == APPLY_ROLLING_BACK) {
        error_set(error, ERROR_REVISION_FAILED, "the time limit was reached while a revision was running");
    } else if (session_is_open(run->session)) {
        error_set(error, ERROR_BUSY, "the time limit was reached before the version table could be read");
        error_next(error, "`migrated doctor` tells who holds a lock on it");
    } else {
        error_set(error, ERROR_UNREACHABLE, "the time limit was reached before the database answered");
    }
}

static void on_deadline(uv_timer_t *timer)
{
    struct apply_run *run = timer->data;
    struct error error;
    say_time_is_over(run, &error);
    apply_run_stop(run, &error);
}

void apply_run_start(struct apply_run *run)
{
    run->started_ms = clock_monotonic_ms();
    if (run->options.timeout_ms > 0)
        uv_timer_start(run->deadline, on_deadline, (uint64_t)run->options.timeout_ms, 0);
    perform(run, apply_start(&run->apply, run->started_ms));
}

void apply_run_set_graph(struct apply_run *run, const struct graph *graph)
{
    run->options.graph = graph;
    apply_set_graph(&run->apply, graph);
    apply_books_graph(run);
}

void apply_run_stop(struct apply_run *run, const struct error *why)
{
    if (run->apply.state == APPLY_DONE)
        return;
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_STOP, .error = *why});
    if (run->options.stop_timeout_ms > 0 && !uv_is_active((uv_handle_t *)run->sleep)) /* an answer that comes soon */
        uv_timer_start(run->sleep, on_no_answer, (uint64_t)run->options.stop_timeout_ms, 0);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void apply_run_destroy(struct apply_run *run)
{
    if (run == NULL)
        return;
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

void apply_run_look(const struct apply_run *run, struct apply_run_view *view)
{
    const struct apply *apply = &run->apply;
    bool running = apply->state == APPLY_RUNNING;
    *view = (struct apply_run_view){
        .state = apply->state,
        .display = session_display(run->session),
        .plan = &apply->plan,
        .position = apply->position,
        .sent = running ? apply->sent : 0,
        .total = apply->plan.count,
        .applied = apply->applied,
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

const struct apply_run_result *apply_run_result(const struct apply_run *run)
{
    return &run->result;
}
