#include "core/apply.h"

#include "base/arena.h"
#include "core/layout.h"
#include "core/retry.h"

#include <assert.h>
#include <string.h>

#define LOCK_POLL_BASE_MS 50
#define LOCK_POLL_MOST_MS 1000
#define RETRY_BASE_MS     300 /* well above a try's own wait: the others get through in between */
#define RETRY_MOST_MS     30000
#define CONNECT_BASE_MS   200
#define CONNECT_MOST_MS   10000
#define MOST_REPLANS      20
#define REPLICAS_POLL_MS  200

#define TO(state) (1u << (state))

static const struct {
    const char *name;
    unsigned next;
} states[APPLY_N_STATES] = {
    [APPLY_IDLE] = {"idle", TO(APPLY_CONNECTING)},
    [APPLY_CONNECTING] = {"connecting",
                          TO(APPLY_READING) | TO(APPLY_LOCKING) | TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_READING] = {"reading", TO(APPLY_LOCKING) | TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_LOCKING] = {"locking", TO(APPLY_PREPARING) | TO(APPLY_WAITING_FOR_LOCK) | TO(APPLY_WAITING_TO_CONNECT) |
                                      TO(APPLY_DONE)},
    [APPLY_WAITING_FOR_LOCK] = {"waiting_for_lock", TO(APPLY_READING) | TO(APPLY_LOCKING) |
                                                        TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_PREPARING] = {"preparing", TO(APPLY_RUNNING) | TO(APPLY_ASKING_REPLICAS) | TO(APPLY_ANNOUNCING) |
                                          TO(APPLY_RECORDING) | TO(APPLY_WAITING_TO_RETRY) |
                                          TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_RUNNING] = {"running", TO(APPLY_RUNNING) | TO(APPLY_ROLLING_BACK) | TO(APPLY_RECORDING) |
                                      TO(APPLY_ASKING_REPLICAS) | TO(APPLY_ANNOUNCING) |
                                      TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_ROLLING_BACK] = {"rolling_back", TO(APPLY_WAITING_TO_RETRY) | TO(APPLY_LOCKING) | TO(APPLY_RECORDING) |
                                                TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_WAITING_TO_RETRY] = {"waiting_to_retry", TO(APPLY_PREPARING) | TO(APPLY_RECORDING) |
                                                        TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_RECORDING] = {"recording", TO(APPLY_ANNOUNCING) | TO(APPLY_DONE)},
    [APPLY_ASKING_REPLICAS] = {"asking_replicas", TO(APPLY_WAITING_FOR_REPLICAS) | TO(APPLY_ANNOUNCING) |
                                                      TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_WAITING_FOR_REPLICAS] = {"waiting_for_replicas", TO(APPLY_ASKING_REPLICAS) | TO(APPLY_ANNOUNCING) |
                                                                TO(APPLY_WAITING_TO_CONNECT) | TO(APPLY_DONE)},
    [APPLY_ANNOUNCING] = {"announcing", TO(APPLY_DONE)},
    [APPLY_WAITING_TO_CONNECT] = {"waiting_to_connect", TO(APPLY_CONNECTING) | TO(APPLY_DONE)},
    [APPLY_DONE] = {"done", 0},
};

const char *apply_state_name(enum apply_state state)
{
    return states[state].name;
}

const char *apply_diagram(struct arena *arena)
{
    const char *diagram = "stateDiagram-v2\n";
    for (unsigned from = 0; from < APPLY_N_STATES; from++)
        for (unsigned to = 0; to < APPLY_N_STATES; to++)
            if (states[from].next & TO(to))
                diagram = arena_printf(arena, "%s    %s --> %s\n", diagram, states[from].name, states[to].name);
    return diagram;
}

static struct apply_action enter(struct apply *apply, enum apply_state next, enum apply_action_kind kind)
{
    assert(states[apply->state].next & TO(next));
    apply->state = next;
    return (struct apply_action){.kind = kind};
}

static struct apply_action sleep_in(struct apply *apply, enum apply_state next, int64_t delay_ms)
{
    struct apply_action action = enter(apply, next, APPLY_SLEEP);
    action.delay_ms = delay_ms;
    return action;
}

static struct apply_action finish(struct apply *apply)
{
    return enter(apply, APPLY_DONE, APPLY_FINISH);
}

static struct apply_action fail(struct apply *apply, const struct error *error)
{
    if (apply->error.code == ERROR_NONE)
        apply->error = *error;
    return finish(apply);
}

/* The end of a run that has a session and holds the lock: what it committed becomes durable before anybody hears of it. */
static struct apply_action conclude(struct apply *apply)
{
    return apply->applied > 0 ? enter(apply, APPLY_RECORDING, APPLY_RECORD) : finish(apply);
}

/* ---- planning ---- */

struct names apply_rows_before(const struct apply *apply, size_t step)
{
    return apply->rows_before[step];
}

struct names apply_rows_after(const struct apply *apply, size_t step)
{
    return apply->rows_before[step + 1];
}

static bool check_step(const struct step *step, const struct revision *revision, struct error *error)
{
    const struct section *section = revision_section(revision, step->direction);
    if (step->direction == DIRECTION_DOWNGRADE && !revision_has_way_back(revision)) {
        if (revision->irreversible != NULL)
            error_set(error, ERROR_USAGE, "revision %s is irreversible: %s", revision->id, revision->irreversible);
        else
            error_set(error, ERROR_USAGE, "revision %s has %s down section: there is no way back over it",
                      revision->id, section->present ? "an empty" : "no");
        error_place(error, revision_path(revision, DIRECTION_DOWNGRADE), 0, 0);
        const char *where = layout_way_back(revision->layout);
        if (where == NULL)
            return error_next(error, "write a new revision that moves forward");
        return error_next(error,
                          "write a new revision that moves forward, or statements into its %s (SELECT 1; where "
                          "nothing has to be taken back)",
                          where);
    }
    return true;
}

bool apply_check_plan(const struct plan *plan, size_t width, struct error *error)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct revision *revision = graph_revision(plan->graph, plan->steps[i].node);
        bool up = plan->steps[i].direction == DIRECTION_UPGRADE;
        if (!check_step(&plan->steps[i], revision, error) || (up && !revision_check_width(revision, width, error)))
            return false;
    }
    return true;
}

static void compute_rows(struct apply *apply, struct nodes nodes)
{
    struct arena *arena = apply->arena;
    struct version_rows *rows = version_rows_create(arena, apply->options.graph, nodes);
    apply->rows_before = arena_array(arena, apply->plan.count + 1, sizeof *apply->rows_before);
    apply->rows_before[0] = apply->rows;
    for (size_t i = 0; i < apply->plan.count; i++) {
        version_rows_step(rows, apply->plan.steps[i]);
        apply->rows_before[i + 1] = version_rows_ids(rows, arena);
    }
}

/* A plan from these rows; false with apply->error set. */
static bool plan_from(struct apply *apply, const struct apply_event *event)
{
    const struct apply_options *options = &apply->options;
    struct error *error = &apply->error;
    struct nodes nodes;
    bool planned;

    bool planned_before = apply->plan.graph != NULL && names_equal(event->rows, &apply->rows);
    if (planned_before && apply->position == 0)
        return true; /* polling for the lock must not cost memory */

    apply->rows = names_copy(apply->arena, event->rows);
    apply->alone_until = apply->alone_until > apply->position ? apply->alone_until - apply->position : 0;
    apply->position = 0;
    if (options->direction == DIRECTION_UPGRADE)
        planned = plan_upgrade(apply->arena, options->graph, &apply->rows, options->target, &apply->plan, error);
    else
        planned = plan_downgrade(apply->arena, options->graph, &apply->rows, options->target, &apply->plan, error);
    if (!planned || !resolve_rows(apply->arena, options->graph, &apply->rows, &nodes, error) ||
        !apply_check_plan(&apply->plan, event->version_width, error))
        return false;
    compute_rows(apply, nodes);
    return true;
}

/* ---- sending ---- */

static size_t bytes_of(const struct apply *apply, size_t step)
{
    const struct step *at = &apply->plan.steps[step];
    return revision_section(graph_revision(apply->plan.graph, at->node), at->direction)->length;
}

unsigned apply_lock_tries(const struct apply *apply)
{
    return apply->retries - apply->foreseen;
}

bool apply_is_stepwise(const struct apply *apply, size_t step)
{
    const struct step *at = &apply->plan.steps[step];
    const struct revision *revision = graph_revision(apply->plan.graph, at->node);
    const struct section *section = revision_section(revision, at->direction);
    return (section->present && !section->transactional) || names_contain(&apply->outside, revision->id);
}

static void add_outside(struct apply *apply, const char *id)
{
    if (names_contain(&apply->outside, id))
        return;
    apply->outside.items = arena_grow(apply->arena, apply->outside.items, apply->outside.count,
                                      &apply->outside_capacity, sizeof *apply->outside.items);
    apply->outside.items[apply->outside.count++] = id;
}

/* The server refused it inside a transaction (25001). False: it was outside already. */
static bool take_outside(struct apply *apply, size_t step)
{
    if (apply_is_stepwise(apply, step))
        return false;
    add_outside(apply, graph_revision(apply->plan.graph, apply->plan.steps[step].node)->id);
    return true;
}

/* As many revisions as may share a message; one that was refused in company, or is large, travels alone. */
static size_t batch(const struct apply *apply)
{
    size_t first = apply->position, count = 1, bytes = bytes_of(apply, first);
    if (first < apply->alone_until || apply_is_stepwise(apply, first))
        return 1;
    while (first + count < apply->plan.count && count < apply->options.message_revisions &&
           !apply_is_stepwise(apply, first + count)) {
        bytes += bytes_of(apply, first + count);
        if (bytes > apply->options.message_bytes)
            break;
        count++;
    }
    return count;
}

/* All is applied. Who hears of it may read from a replica. */
static struct apply_action announce(struct apply *apply)
{
    if (apply->options.wait_for_replicas_ms > 0 && apply->applied > 0 && !apply->stopping)
        return enter(apply, APPLY_ASKING_REPLICAS, APPLY_ASK_REPLICAS);
    return enter(apply, APPLY_ANNOUNCING, APPLY_ANNOUNCE);
}

static struct apply_action send_next(struct apply *apply)
{
    if (apply->position == apply->plan.count)
        return announce(apply);
    struct apply_action action = enter(apply, APPLY_RUNNING, APPLY_SEND);
    action.first = apply->position;
    action.count = apply->sent = batch(apply);
    action.stepwise = apply_is_stepwise(apply, action.first);
    return action;
}

/* ---- what follows each action ---- */

static struct apply_action lost(struct apply *apply, const struct apply_event *event)
{
    apply->unsure |= apply->state == APPLY_RUNNING;
    if (apply->state == APPLY_ANNOUNCING ||
        apply->state == APPLY_RECORDING) /* at the end: the caller knows what is sure */
        return finish(apply);
    if (apply->state == APPLY_WAITING_TO_CONNECT)
        return (struct apply_action){.kind = APPLY_NOTHING};
    if (apply->stopping || event->fatal || (!apply->options.patient && apply->applied == 0 && apply->connects == 0))
        return fail(apply, &event->error);
    if (!apply->options.patient) {
        if (apply->retrying_since_ms == 0)
            apply->retrying_since_ms = event->now_ms;
        if (event->now_ms - apply->retrying_since_ms > apply->options.retry_for_ms)
            return fail(apply, &event->error);
    }
    apply->last_retry = event->error;
    int64_t delay = retry_delay_ms(apply->retries++, CONNECT_BASE_MS, CONNECT_MOST_MS, event->random);
    return sleep_in(apply, APPLY_WAITING_TO_CONNECT, delay);
}

static struct apply_action connected(struct apply *apply)
{
    apply->connects++;
    if (apply->connects > 1) /* lost in the middle: only with the lock do the rows tell the truth */
        return enter(apply, APPLY_LOCKING, APPLY_LOCK);
    return enter(apply, APPLY_READING, APPLY_READ);
}

static struct apply_action rows_read(struct apply *apply, const struct apply_event *event)
{
    apply->ahead = event->ahead;
    if (apply->options.resumes != NULL) /* what became of it is told under the lock */
        return enter(apply, APPLY_LOCKING, APPLY_LOCK);
    if (event->ahead || !plan_from(apply, event) || apply->plan.count == 0)
        return finish(apply);
    return enter(apply, APPLY_LOCKING, APPLY_LOCK);
}

static struct apply_action lock_tried(struct apply *apply, const struct apply_event *event)
{
    if (!event->locked) {
        int64_t delay = retry_delay_ms(apply->retries++, LOCK_POLL_BASE_MS, LOCK_POLL_MOST_MS, event->random);
        return sleep_in(apply, APPLY_WAITING_FOR_LOCK, delay);
    }
    apply->retries = apply->foreseen = 0;
    return enter(apply, APPLY_PREPARING, APPLY_PREPARE);
}

/* So many more steps are committed: whatever made us try again is over. */
static void advance(struct apply *apply, size_t steps)
{
    apply->position += steps;
    apply->applied += steps;
    apply->retries = 0;
    apply->foreseen = 0;
    apply->retrying_since_ms = 0;
    apply->last_retry = (struct error){0};
}

/* After a loss: a message whose answer was lost may have landed, and a crash takes back what was not yet durable. */
static void recount(struct apply *apply, size_t applied)
{
    if (applied > apply->applied)
        advance(apply, applied - apply->applied);
    apply->applied = applied;
}

/* What this run was to go on with is through, or closed by somebody: what it would do now is not what was asked for. */
static bool is_over(const struct apply *apply, const struct half_done_list *open)
{
    const char *id = apply->options.resumes;
    for (size_t i = 0; id != NULL && open != NULL && i < open->count; i++)
        if (strcmp(open->items[i].revision, id) == 0)
            return false;
    return id != NULL;
}

static struct apply_action prepared(struct apply *apply, const struct apply_event *event)
{
    apply->unsure = false;
    for (size_t i = 0; event->open != NULL && i < event->open->count; i++) /* whatever their files say now */
        add_outside(apply, arena_string(apply->arena, event->open->items[i].revision));
    if (event->recounted)
        recount(apply, event->applied);
    apply->ahead = event->ahead;
    if (is_over(apply, event->open)) {
        apply->rows = names_copy(apply->arena, event->rows);
        return announce(apply);
    }
    if (event->ahead || !plan_from(apply, event) ||
        (event->open != NULL && !half_done_check(apply->arena, &apply->plan, event->open, &apply->error)))
        return conclude(apply);
    return send_next(apply);
}

static struct apply_action sent(struct apply *apply)
{
    advance(apply, apply->sent);
    if (apply->stopping && apply->position < apply->plan.count)
        return enter(apply, APPLY_RECORDING, APPLY_RECORD);
    return send_next(apply);
}

static struct apply_action replicas_told(struct apply *apply, const struct apply_event *event)
{
    if (apply->replicas_since_ms == 0)
        apply->replicas_since_ms = event->now_ms;
    bool over = event->now_ms - apply->replicas_since_ms >= apply->options.wait_for_replicas_ms;
    if (event->behind == 0 || over || apply->stopping)
        return enter(apply, APPLY_ANNOUNCING, APPLY_ANNOUNCE);
    return sleep_in(apply, APPLY_WAITING_FOR_REPLICAS, REPLICAS_POLL_MS);
}

/* Why it ends is what came first; the other stands beside it. */
static void note_stop(struct apply *apply, const struct error *why)
{
    if (apply->stopping)
        return;
    apply->stopping = true;
    apply->stopped = apply->error.code == ERROR_NONE;
    if (apply->stopped)
        apply->error = *why;
    else
        error_add_detail(&apply->error, "meanwhile: %s", why->message);
}

static void note_refusal(struct apply *apply, const struct apply_event *event)
{
    if (apply->stopped && event->before_stop && !retry_helps(event->error.sqlstate)) {
        struct error why = apply->error;
        apply->error = event->error;
        apply->stopped = false;
        error_add_detail(&apply->error, "meanwhile: %s", why.message);
    }
    if (apply->error.code == ERROR_NONE)
        apply->error = event->error;
    if (retry_helps(event->error.sqlstate) && !apply->stopping)
        apply->error.code = ERROR_BUSY;
}

static bool may_retry(struct apply *apply, const struct apply_event *event)
{
    if (apply->stopping || event->fatal || !retry_helps(event->error.sqlstate) ||
        apply->retries >= apply->options.max_retries)
        return false;
    if (apply->retrying_since_ms == 0)
        apply->retrying_since_ms = event->now_ms;
    return event->now_ms - apply->retrying_since_ms < apply->options.retry_for_ms;
}

static struct apply_action send_refused(struct apply *apply, const struct apply_event *event)
{
    size_t end = apply->position + apply->sent;
    if (event->committed > 0)
        advance(apply, event->committed);
    if (event->nothing_ran && apply->sent > 1 && !apply->stopping) {
        apply->alone_until = end; /* a syntax error refuses the whole message: find the guilty one */
        return send_next(apply);
    }
    if (event->alone_might_do && !apply->stopping && take_outside(apply, apply->position)) {
        apply->last_retry = (struct error){0};
        return enter(apply, APPLY_ROLLING_BACK, APPLY_ROLLBACK);
    }
    if (event->unseen && !apply->stopping) {
        apply->last_retry = (struct error){0};
        return enter(apply, APPLY_ROLLING_BACK, APPLY_ROLLBACK);
    }
    if (event->rows_differ && !apply->stopping && apply->replans++ < MOST_REPLANS) {
        apply->last_retry = (struct error){0};
        return enter(apply, APPLY_ROLLING_BACK, APPLY_ROLLBACK);
    }
    if (may_retry(apply, event)) {
        apply->last_retry = event->error;
        apply->foreseen += event->foreseen;
        apply->alone_until = end;
        return enter(apply, APPLY_ROLLING_BACK, APPLY_ROLLBACK);
    }
    note_refusal(apply, event);
    return enter(apply, APPLY_RECORDING, APPLY_RECORD);
}

static struct apply_action rolled_back(struct apply *apply, const struct apply_event *event)
{
    if (apply->last_retry.code == ERROR_NONE) /* the rows or the lock were not ours: look again at once */
        return enter(apply, APPLY_LOCKING, APPLY_LOCK);
    int64_t delay = retry_delay_ms(apply->retries++, RETRY_BASE_MS, RETRY_MOST_MS, event->random);
    return sleep_in(apply, APPLY_WAITING_TO_RETRY, delay);
}

static struct apply_action stop(struct apply *apply, const struct apply_event *event)
{
    note_stop(apply, &event->error);
    switch (apply->state) {
    case APPLY_WAITING_TO_RETRY:
        return conclude(apply);
    case APPLY_WAITING_FOR_REPLICAS:
        return enter(apply, APPLY_ANNOUNCING, APPLY_ANNOUNCE);
    case APPLY_WAITING_FOR_LOCK:
    case APPLY_WAITING_TO_CONNECT:
    case APPLY_CONNECTING:
        return finish(apply);
    case APPLY_READING: /* somebody may hold a lock on the version table */
    case APPLY_LOCKING:
    case APPLY_PREPARING:
    case APPLY_RUNNING:
        return (struct apply_action){.kind = APPLY_CANCEL};
    default: /* short ones: their answer comes soon */
        return (struct apply_action){.kind = APPLY_NOTHING};
    }
}

static struct apply_action woken(struct apply *apply)
{
    switch (apply->state) {
    case APPLY_WAITING_FOR_LOCK: /* the one we wait for may have done all the work, or be our own lost backend */
        return apply->unsure ? enter(apply, APPLY_LOCKING, APPLY_LOCK) : enter(apply, APPLY_READING, APPLY_READ);
    case APPLY_WAITING_TO_RETRY:
        return enter(apply, APPLY_PREPARING, APPLY_PREPARE);
    case APPLY_WAITING_FOR_REPLICAS:
        return enter(apply, APPLY_ASKING_REPLICAS, APPLY_ASK_REPLICAS);
    case APPLY_WAITING_TO_CONNECT:
        return enter(apply, APPLY_CONNECTING, APPLY_CONNECT);
    default:
        return (struct apply_action){.kind = APPLY_NOTHING};
    }
}

static struct apply_action did(struct apply *apply, const struct apply_event *event)
{
    bool holds_lock = apply->state == APPLY_PREPARING || apply->state == APPLY_ROLLING_BACK;
    bool ending = apply->state == APPLY_RUNNING || apply->state == APPLY_RECORDING ||
                  apply->state == APPLY_ASKING_REPLICAS || apply->state == APPLY_ANNOUNCING;
    if (apply->stopping && !ending)
        return holds_lock ? conclude(apply) : finish(apply);

    switch (apply->state) {
    case APPLY_CONNECTING:
        return connected(apply);
    case APPLY_READING:
        return rows_read(apply, event);
    case APPLY_LOCKING:
        return lock_tried(apply, event);
    case APPLY_PREPARING:
        return prepared(apply, event);
    case APPLY_RUNNING:
        return sent(apply);
    case APPLY_ROLLING_BACK:
        return rolled_back(apply, event);
    case APPLY_RECORDING:
        return enter(apply, APPLY_ANNOUNCING, APPLY_ANNOUNCE);
    case APPLY_ASKING_REPLICAS:
        return replicas_told(apply, event);
    case APPLY_ANNOUNCING:
        return finish(apply);
    default:
        return (struct apply_action){.kind = APPLY_NOTHING};
    }
}

static struct apply_action refused(struct apply *apply, const struct apply_event *event)
{
    switch (apply->state) {
    case APPLY_RUNNING:
        return send_refused(apply, event);
    case APPLY_ASKING_REPLICAS: /* nothing can be known of them: all is applied nevertheless */
        return enter(apply, APPLY_ANNOUNCING, APPLY_ANNOUNCE);
    case APPLY_PREPARING:
        if (may_retry(apply, event)) {
            apply->last_retry = event->error;
            int64_t delay = retry_delay_ms(apply->retries++, RETRY_BASE_MS, RETRY_MOST_MS, event->random);
            return sleep_in(apply, APPLY_WAITING_TO_RETRY, delay);
        }
        if (apply->error.code == ERROR_NONE)
            apply->error = event->error;
        return conclude(apply);
    default:
        return fail(apply, &event->error);
    }
}

void apply_init(struct apply *apply, struct arena *arena, const struct apply_options *options)
{
    *apply = (struct apply){.options = *options, .arena = arena, .state = APPLY_IDLE};
}

void apply_set_graph(struct apply *apply, const struct graph *graph)
{
    apply->options.graph = graph;
}

struct apply_action apply_start(struct apply *apply, int64_t now_ms)
{
    (void)now_ms;
    return enter(apply, APPLY_CONNECTING, APPLY_CONNECT);
}

struct apply_action apply_step(struct apply *apply, const struct apply_event *event)
{
    if (apply->state == APPLY_DONE) /* what was still on its way when it ended */
        return (struct apply_action){.kind = APPLY_NOTHING};
    switch (event->kind) {
    case APPLY_DID:
        return did(apply, event);
    case APPLY_REFUSED:
        return refused(apply, event);
    case APPLY_LOST:
        return lost(apply, event);
    case APPLY_WOKEN:
        return woken(apply);
    case APPLY_STOP:
        return stop(apply, event);
    }
    return (struct apply_action){.kind = APPLY_NOTHING};
}
