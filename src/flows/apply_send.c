#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/log.h"
#include "flows/timeouts.h"

#include <string.h>

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
    if (words != NULL)
        error_add_detail(&event->error, "blocked by %s", words);
}

static void forget_blocked(struct apply_run *run)
{
    run->awaited[0] = '\0';
    if (run->blocked != NULL)
        blocked_forget(run->blocked);
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

static struct lock_wait lock_wait(const struct apply_run *run)
{
    return (struct lock_wait){
        .attempt = apply_lock_tries(&run->apply),
        .least_ms = run->blocked == NULL ? 0 : blocked_yields_ms(run->blocked),
        .longest_ms = longest_lock_wait_ms(run),
    };
}

static void watch_blockers(struct apply_run *run)
{
    const struct step *at = &run->apply.plan.steps[run->action.first];
    const struct revision *revision = graph_revision(run->apply.plan.graph, at->node);
    const struct section *section = at->direction == DIRECTION_UPGRADE ? &revision->up : &revision->down;
    struct lock_wait wait = lock_wait(run);
    if (run->blocked != NULL)
        blocked_watch(run->blocked, session_facts(run->session)->pid,
                      timeouts_lock_ms(run->options.target, revision, section->lock, &wait));
}

/* ---- in transactions ---- */

static void parcel_ready(void *context, const struct error *error)
{
    struct apply_run *run = context;
    if (error != NULL) {
        apply_run_error(run, APPLY_REFUSED, error);
        return;
    }
    if (run->cancelled) {
        apply_run_error(run, APPLY_REFUSED, &run->apply.error);
        return;
    }
    session_send(run->session, parcel_request(run->parcel));
    run->events.changed(run->events.context, &run->runner);
}

static void send_revisions(struct apply_run *run)
{
    const struct apply_action *action = &run->action;
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
        .awaited = run->awaited[0] == '\0' ? NULL : run->awaited,
        .limit = (size_t)run->options.max_message,
        .lock_wait = lock_wait(run),
    };
    parcel_destroy(run->parcel);
    run->running_since_ms = clock_monotonic_ms();
    run->parcel = parcel_create(run->loop, &options, parcel_ready, run);
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
            apply_run_error(run, APPLY_REFUSED, &run->apply.error);
            return;
        }
        parcel_next_part(run->parcel);
        session_send(run->session, parcel_request(run->parcel));
        run->events.changed(run->events.context, &run->runner);
        return;
    }
    note_applied(run, run->action.first, run->action.count);
    forget_blocked(run);
    apply_run_done(run);
}

/* ---- statement by statement ---- */

static void on_statement(void *context)
{
    struct apply_run *run = context;
    run->events.changed(run->events.context, &run->runner);
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
        event.before_stop = stepwise_run_failed_first(run->stepwise);
        run->how_far = stepwise_run_stopped_words(run->stepwise, run->arena);
        run->half_done = stepwise_run_is_half_done(run->stepwise);
        note_blocked(run, &event, failure);
        if (failure != NULL)
            note_blind(run, &event, failure);
        run->result.failed = graph_revision(run->options.graph, run->apply.plan.steps[run->action.first].node)->id;
    } else {
        run->how_far = NULL;
        run->half_done = false;
        note_applied(run, run->action.first, 1);
        forget_blocked(run);
    }
    end_stepwise(run);
    apply_run_feed(run, &event);
}

static void run_stepwise(struct apply_run *run)
{
    if (run->blocked == NULL)
        run->blocked = blocked_create(run->loop, run->options.target);
    struct stepwise_run_options options = {
        .session = run->session,
        .target = run->options.target,
        .apply = &run->apply,
        .step = run->action.first,
        .uuid = run->uuid,
        .messages = &run->messages,
        .reason = run->options.reason,
        .resolution = &run->options.resolution,
        .blind = run->blind,
        .awaited = run->awaited[0] == '\0' ? NULL : run->awaited,
        .lock_wait = lock_wait(run),
        .blocked = run->blocked,
        .stop_timeout_ms = run->options.build_grace_ms,
    };
    struct stepwise_run_events events = {on_statement, on_stepwise_end, run};
    run->running_since_ms = clock_monotonic_ms();
    run->stepwise = stepwise_run_create(run->loop, &options, &events);
}

/* ---- verbs ---- */

/* What was said of an earlier try, perhaps of another revision, is not true of this one. */
static void forget_how_far(struct apply_run *run)
{
    run->how_far = NULL;
    run->half_done = false;
    run->result.failed = NULL;
}

void apply_send(struct apply_run *run)
{
    forget_how_far(run);
    watch_blockers(run);
    if (run->action.stepwise)
        run_stepwise(run);
    else
        send_revisions(run);
}

void apply_send_reply(struct apply_run *run, const struct db_reply *reply)
{
    if (run->stepwise != NULL)
        stepwise_run_reply(run->stepwise, reply);
    else
        take_sent(run, reply);
}

/* What the answer would have told is not known: of revisions the history will tell, the graph is sent again. */
void apply_send_lost(struct apply_run *run)
{
    if (run->blocked != NULL)
        blocked_rest(run->blocked);
    run->awaited[0] = '\0';
    run->how_far = NULL;
    run->graph_kept = run->graph_foreign;
    run->replicas_position[0] = '\0'; /* of that server */
    run->in_doubt |= run->messages > 0 && run->action.kind != APPLY_ANNOUNCE;
    parcel_destroy(run->parcel); /* also one whose files are still being read */
    run->parcel = NULL;
    end_stepwise(run);
}
