#include "base/arena.h"
#include "core/apply.h"

#include <check.h>
#include <limits.h>
#include <string.h>

Suite *apply_suite(void);

/* Three revisions in a line, driven by a scripted world: the n-th action fails in the way that a case says. */

#define N_REVISIONS 3

static struct arena *arena;
static struct graph *graph;
static struct apply apply;
static struct revision revisions[N_REVISIONS];

static const char *const parent_names[] = {"a", "b"};

static void setup(void)
{
    static const char *const ids[N_REVISIONS] = {"a", "b", "c"};
    struct faults faults = {.arena = arena = arena_create()};
    for (size_t i = 0; i < N_REVISIONS; i++) {
        revisions[i] = (struct revision){
            .id = ids[i],
            .message = "",
            .path = "",
            .down_revisions = {.items = (const char **)(uintptr_t)&parent_names[i == 0 ? 0 : i - 1], .count = i > 0},
            .up = {.present = true, .transactional = true, .length = 100},
            .down = {.present = true, .transactional = true, .length = 100},
            .lock_timeout_ms = -1,
            .statement_timeout_ms = -1,
        };
    }
    graph = graph_build(arena, revisions, N_REVISIONS, &faults);
    ck_assert_ptr_nonnull(graph);
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* How the failing action fails. */
enum trouble {
    NONE,
    REFUSED,
    RETRYABLE,
    FORESEEN,
    UNSEEN,
    ROWS_MOVED,
    SYNTAX,
    LOST,
    LOST_COMMITTED,
    FATAL,
    OUTSIDE,
    BUSY,
    STOPPED,
    AHEAD
};

struct world {
    size_t committed; /* revisions in the database */
    int actions;      /* carried out so far */
    int64_t now_ms;
    size_t width;    /* of the version column */
    size_t stepwise; /* revisions sent statement by statement */
};

static struct names rows_of(const struct world *world)
{
    static const char *row;
    if (world->committed == 0)
        return (struct names){0};
    row = revisions[world->committed - 1].id;
    return (struct names){&row, 1};
}

static void fail_with(struct apply_event *event, enum apply_event_kind kind, enum error_code code,
                      const char *sqlstate)
{
    event->kind = kind;
    error_set(&event->error, code, "trouble");
    strcpy(event->error.sqlstate, sqlstate);
}

static void make_trouble(struct world *world, enum trouble trouble, const struct apply_action *action,
                         struct apply_event *event)
{
    switch (trouble) {
    case REFUSED:
        fail_with(event, APPLY_REFUSED, ERROR_REVISION_FAILED, "22012");
        break;
    case RETRYABLE:
        fail_with(event, APPLY_REFUSED, ERROR_BUSY, "55P03");
        break;
    case FORESEEN:
        fail_with(event, APPLY_REFUSED, ERROR_BUSY, "55P03");
        event->foreseen = true;
        break;
    case UNSEEN:
        fail_with(event, APPLY_REFUSED, ERROR_REVISION_FAILED, "42501");
        event->unseen = true;
        break;
    case ROWS_MOVED:
        fail_with(event, APPLY_REFUSED, ERROR_REVISION_FAILED, "22P02");
        event->rows_differ = true;
        world->committed = 2;
        break;
    case OUTSIDE:
        fail_with(event, APPLY_REFUSED, ERROR_REVISION_FAILED, "25001");
        event->alone_might_do = true;
        break;
    case SYNTAX:
        fail_with(event, APPLY_REFUSED, ERROR_REVISION_FAILED, "42601");
        event->nothing_ran = true;
        break;
    case LOST_COMMITTED:
        world->committed += action->count;
        fail_with(event, APPLY_LOST, ERROR_UNREACHABLE, "");
        break;
    case LOST:
    case FATAL:
        fail_with(event, APPLY_LOST, ERROR_UNREACHABLE, "");
        event->fatal = trouble == FATAL;
        break;
    case BUSY:
        event->locked = false;
        break;
    case STOPPED:
        fail_with(event, APPLY_STOP, ERROR_TERMINATED, "");
        break;
    case AHEAD:
        event->ahead = true;
        break;
    case NONE:
        break;
    }
}

static void carry_out(struct world *world, const struct apply_action *action, struct names *rows,
                      struct apply_event *event)
{
    event->now_ms = world->now_ms;
    event->kind = APPLY_DID;
    switch (action->kind) {
    case APPLY_READ:
    case APPLY_PREPARE:
        *rows = rows_of(world);
        event->rows = rows;
        event->version_width = world->width;
        break;
    case APPLY_LOCK:
        event->locked = true;
        break;
    case APPLY_SLEEP:
        world->now_ms += action->delay_ms;
        event->now_ms = world->now_ms;
        event->kind = APPLY_WOKEN;
        break;
    case APPLY_SEND:
        world->stepwise += action->stepwise;
        break;
    default:
        break;
    }
}

/* Run to the end; the states passed through, one word each. `times` 1: the n-th action fails; more: every message. */
static const char *run(struct world *world, int failing_action, enum trouble trouble, unsigned times)
{
    const char *trace = "";
    struct apply_options options = {
        .graph = graph,
        .direction = DIRECTION_UPGRADE,
        .target = "heads",
        .retry_for_ms = 60000,
        .max_retries = UINT_MAX,
        .message_revisions = 32,
        .message_bytes = 100000,
    };
    apply_init(&apply, arena, &options);
    struct apply_action action = apply_start(&apply, 0);
    while (action.kind != APPLY_FINISH) {
        ck_assert_int_lt(++world->actions, 100);
        trace = arena_printf(arena, "%s%s%s", trace, trace[0] == '\0' ? "" : " ", apply_state_name(apply.state));
        struct apply_event event = {.random = 0.5};
        struct names rows;
        carry_out(world, &action, &rows, &event);
        bool chosen = times == 1 ? world->actions == failing_action : action.kind == APPLY_SEND;
        if (times > 0 && chosen)
            make_trouble(world, trouble, &action, &event);
        else if (action.kind == APPLY_SEND)
            world->committed += action.count;
        action = apply_step(&apply, &event);
        if (action.kind == APPLY_CANCEL) { /* the cancelled answer */
            struct apply_event cancelled = {.kind = APPLY_REFUSED};
            error_set(&cancelled.error, ERROR_REVISION_FAILED, "cancelled");
            action = apply_step(&apply, &cancelled);
        } else if (action.kind == APPLY_NOTHING) { /* the answer to what was under way still comes */
            event.kind = APPLY_DID;
            action = apply_step(&apply, &event);
        }
    }
    return arena_printf(arena, "%s %s", trace, apply_state_name(apply.state));
}

#define BEGINNING "connecting reading locking preparing "

/* Actions: 1 connect, 2 read, 3 lock, 4 prepare, 5 send, 6 announce. */
static const struct {
    const char *what;
    int failing_action;
    enum trouble trouble;
    const char *trace;
    size_t applied;
    enum error_code code;
} runs[] = {
    {"all goes well", 0, NONE, BEGINNING "running announcing done", 3, ERROR_NONE},

    {"the server is not there", 1, LOST, "connecting done", 0, ERROR_UNREACHABLE},
    {"the password is wrong", 1, FATAL, "connecting done", 0, ERROR_UNREACHABLE},
    {"stopped while connecting", 1, STOPPED, "connecting done", 0, ERROR_TERMINATED},

    {"reading is refused", 2, REFUSED, "connecting reading done", 0, ERROR_REVISION_FAILED},
    {"somebody newer was here", 2, AHEAD, "connecting reading done", 0, ERROR_NONE},
    {"lost while reading", 2, LOST,
     "connecting reading waiting_to_connect connecting locking preparing running announcing done", 3, ERROR_NONE},
    {"stopped while reading", 2, STOPPED, "connecting reading done", 0, ERROR_TERMINATED},

    {"the lock is busy", 3, BUSY,
     "connecting reading locking waiting_for_lock reading locking preparing running announcing done", 3, ERROR_NONE},
    {"the lock is refused", 3, REFUSED, "connecting reading locking done", 0, ERROR_REVISION_FAILED},
    {"lost while locking", 3, LOST,
     "connecting reading locking waiting_to_connect connecting locking preparing running announcing done", 3,
     ERROR_NONE},
    {"stopped while locking", 3, STOPPED, "connecting reading locking done", 0, ERROR_TERMINATED},

    {"preparing is refused", 4, REFUSED, "connecting reading locking preparing done", 0, ERROR_REVISION_FAILED},
    {"preparing meets a lock", 4, RETRYABLE, BEGINNING "waiting_to_retry preparing running announcing done", 3,
     ERROR_NONE},
    {"lost while preparing", 4, LOST,
     BEGINNING "waiting_to_connect connecting locking preparing running announcing done", 3, ERROR_NONE},
    {"stopped while preparing", 4, STOPPED, "connecting reading locking preparing done", 0, ERROR_TERMINATED},

    {"a revision fails", 5, REFUSED, BEGINNING "running recording announcing done", 0, ERROR_REVISION_FAILED},
    {"a revision meets a lock", 5, RETRYABLE,
     BEGINNING "running rolling_back waiting_to_retry preparing running running running announcing done", 3,
     ERROR_NONE},
    {"a lock is not even asked for", 5, FORESEEN,
     BEGINNING "running rolling_back waiting_to_retry preparing running running running announcing done", 3,
     ERROR_NONE},
    {"nobody may look who holds a table", 5, UNSEEN,
     BEGINNING "running rolling_back locking preparing running announcing done", 3, ERROR_NONE},
    {"the rows have moved", 5, ROWS_MOVED, BEGINNING "running rolling_back locking preparing running announcing done",
     1, ERROR_NONE},
    {"a syntax error refuses a shared message", 5, SYNTAX,
     BEGINNING "running running running running announcing done", 3, ERROR_NONE},
    {"lost while running, nothing done", 5, LOST,
     BEGINNING "running waiting_to_connect connecting locking preparing running announcing done", 3, ERROR_NONE},
    {"lost while running, all done", 5, LOST_COMMITTED,
     BEGINNING "running waiting_to_connect connecting locking preparing announcing done", 0, ERROR_NONE},
    {"stopped while running", 5, STOPPED, BEGINNING "running recording announcing done", 0, ERROR_TERMINATED},

    {"announcing is refused", 6, REFUSED, BEGINNING "running announcing done", 3, ERROR_REVISION_FAILED},
    {"lost while announcing", 6, LOST, BEGINNING "running announcing done", 3, ERROR_NONE},
    {"stopped while announcing", 6, STOPPED, BEGINNING "running announcing done", 3, ERROR_TERMINATED},
};

START_TEST(every_action_fails_once)
{
    struct world world = {0};
    const char *trace = run(&world, runs[_i].failing_action, runs[_i].trouble, 1);
    ck_assert_msg(strcmp(trace, runs[_i].trace) == 0, "%s:\n%s\nexpected\n%s", runs[_i].what, trace, runs[_i].trace);
    ck_assert_msg(apply.applied == runs[_i].applied, "%s: %zu applied", runs[_i].what, apply.applied);
    ck_assert_msg(apply.error.code == runs[_i].code, "%s: %s", runs[_i].what, error_word(apply.error.code));
}
END_TEST

START_TEST(up_to_date_takes_no_lock)
{
    struct world world = {.committed = N_REVISIONS};
    ck_assert_str_eq(run(&world, 0, NONE, 0), "connecting reading done");
}
END_TEST

START_TEST(gives_up_when_retry_for_has_passed)
{
    struct world world = {0};
    run(&world, 5, RETRYABLE, UINT_MAX);
    ck_assert_int_eq(apply.error.code, ERROR_BUSY);
    ck_assert_int_ge(world.now_ms, 60000);
    ck_assert_uint_eq(apply.applied, 0);
}
END_TEST

START_TEST(a_lost_message_counts_what_the_history_tells)
{
    struct world world = {0};
    struct names rows = {0};
    run(&world, 5, REFUSED, 1); /* leaves a plan of three steps */
    apply.state = APPLY_PREPARING;
    apply.error = (struct error){0};
    world.committed = 2;
    rows = rows_of(&world);
    struct apply_action action =
        apply_step(&apply, &(struct apply_event){.kind = APPLY_DID, .rows = &rows, .recounted = true, .applied = 2});
    ck_assert_int_eq(action.kind, APPLY_SEND);
    ck_assert_uint_eq(apply.applied, 2);
    ck_assert_uint_eq(action.count, 1);
}
END_TEST

static const struct {
    const char *what;
    enum apply_state state;
    enum apply_event_kind kind;
    bool stopping;
} ends[] = {
    {"stopped while waiting to retry", APPLY_WAITING_TO_RETRY, APPLY_STOP, false},
    {"stopped while rolling back", APPLY_ROLLING_BACK, APPLY_DID, true},
    {"stopped while preparing", APPLY_PREPARING, APPLY_DID, true},
    {"preparing is refused", APPLY_PREPARING, APPLY_REFUSED, false},
};

/* Commits of a run do not wait for their WAL: a durable transaction comes before anybody hears of them. */
START_TEST(what_is_committed_is_made_durable_at_every_end)
{
    struct world world = {0};
    struct names rows = {0};
    for (size_t applied = 0; applied <= 1; applied++) {
        run(&world, 5, REFUSED, 1); /* leaves a plan of three steps */
        apply.state = ends[_i].state;
        apply.stopping = ends[_i].stopping;
        apply.applied = applied;
        struct apply_event event = {.kind = ends[_i].kind, .rows = &rows};
        error_set(&event.error, ERROR_DENIED, "permission denied");
        struct apply_action action = apply_step(&apply, &event);
        ck_assert_msg(action.kind == (applied > 0 ? APPLY_RECORD : APPLY_FINISH), "%s, %zu applied", ends[_i].what,
                      applied);
    }
}
END_TEST

/* A crash takes back what was not durable yet. */
START_TEST(a_recount_may_be_lower)
{
    struct world world = {0};
    struct names rows = {0};
    run(&world, 5, REFUSED, 1);
    apply.state = APPLY_PREPARING;
    apply.error = (struct error){0};
    apply.applied = 2;
    apply_step(&apply, &(struct apply_event){.kind = APPLY_DID, .rows = &rows, .recounted = true, .applied = 0});
    ck_assert_uint_eq(apply.applied, 0);
}
END_TEST

static const struct {
    const char *what;
    enum apply_state state;
    enum apply_event_kind kind;
    int64_t now_ms; /* asked first at 1000, waited for 500 */
    size_t behind;
    enum apply_action_kind then;
} replicas[] = {
    {"the first answer", APPLY_ASKING_REPLICAS, APPLY_DID, 1000, 1, APPLY_SLEEP},
    {"asked again", APPLY_WAITING_FOR_REPLICAS, APPLY_WOKEN, 1200, 0, APPLY_ASK_REPLICAS},
    {"still behind", APPLY_ASKING_REPLICAS, APPLY_DID, 1499, 2, APPLY_SLEEP},
    {"none is behind", APPLY_ASKING_REPLICAS, APPLY_DID, 1001, 0, APPLY_ANNOUNCE},
    {"the time is over", APPLY_ASKING_REPLICAS, APPLY_DID, 1500, 1, APPLY_ANNOUNCE},
    {"the server does not tell", APPLY_ASKING_REPLICAS, APPLY_REFUSED, 1001, 0, APPLY_ANNOUNCE},
    {"asked to stop", APPLY_WAITING_FOR_REPLICAS, APPLY_STOP, 1001, 0, APPLY_ANNOUNCE},
    {"the primary is gone: what it had is in doubt", APPLY_ASKING_REPLICAS, APPLY_LOST, 1001, 0, APPLY_SLEEP},
};

START_TEST(the_end_waits_for_replicas)
{
    struct world world = {0};
    struct apply_action action;
    run(&world, 0, NONE, 0); /* to its good end */
    apply.options.wait_for_replicas_ms = 500;
    apply.options.patient = true;
    apply.state = APPLY_RUNNING;
    apply.position = 0;
    apply.sent = N_REVISIONS;
    action = apply_step(&apply, &(struct apply_event){.kind = APPLY_DID, .now_ms = 1000});
    ck_assert_int_eq(action.kind, APPLY_ASK_REPLICAS);
    apply_step(&apply, &(struct apply_event){.kind = APPLY_DID, .now_ms = 1000, .behind = 1});

    apply.state = replicas[_i].state;
    struct apply_event event = {
        .kind = replicas[_i].kind, .now_ms = replicas[_i].now_ms, .behind = replicas[_i].behind};
    action = apply_step(&apply, &event);
    ck_assert_msg(action.kind == replicas[_i].then, "%s: %d", replicas[_i].what, (int)action.kind);
    ck_assert_int_eq(apply.state == APPLY_WAITING_TO_CONNECT, replicas[_i].kind == APPLY_LOST);
}
END_TEST

/* Asked to stop when it has failed already, and while that is on its way to us: what came first is why it ends. */
START_TEST(a_stop_does_not_hide_a_failure)
{
    struct world world = {0};
    struct apply_event stop = {.kind = APPLY_STOP}, refused = {.kind = APPLY_REFUSED, .before_stop = _i > 0};
    run(&world, 5, REFUSED, 1); /* leaves a plan of three steps */
    error_set(&stop.error, ERROR_TERMINATED, "SIGTERM");
    error_set(&refused.error, ERROR_REVISION_FAILED, "division by zero");
    strcpy(refused.error.sqlstate, _i == 2 ? "55P03" : "22012");
    apply.state = APPLY_RUNNING;
    apply.error = (struct error){0};
    apply_step(&apply, _i == 0 ? &refused : &stop);
    apply_step(&apply, _i == 0 ? &stop : &refused);
    ck_assert_int_eq(apply.state, APPLY_RECORDING);
    ck_assert_int_eq(apply.stopped, _i == 2); /* what would have been tried again is no failure */
    ck_assert_str_eq(apply.error.message, _i == 2 ? "SIGTERM" : "division by zero");
    ck_assert_str_eq(apply.error.detail, _i == 2 ? "" : "meanwhile: SIGTERM");
}
END_TEST

START_TEST(polling_for_the_lock_costs_no_memory)
{
    struct world world = {0};
    struct names rows = {0};
    run(&world, 5, REFUSED, 1);
    size_t before = arena_footprint(apply.arena);
    for (int i = 0; i < 100000; i++) {
        apply.state = APPLY_READING;
        apply.position = 0;
        apply.error = (struct error){0};
        apply_step(&apply, &(struct apply_event){.kind = APPLY_DID, .rows = &rows});
    }
    ck_assert_uint_le(arena_footprint(apply.arena), before + 65536);
}
END_TEST

/* A move outside the table aborts: whatever comes, in whatever state, must have a way in it. */
START_TEST(no_event_is_impossible)
{
    static const enum apply_event_kind kinds[] = {APPLY_DID, APPLY_REFUSED, APPLY_LOST, APPLY_WOKEN, APPLY_STOP};
    enum apply_state state = (enum apply_state)(_i / 10);
    enum apply_event_kind kind = kinds[_i % 5];
    bool stopping = _i / 5 % 2;
    if (state == APPLY_IDLE)
        return;
    struct world world = {0};
    run(&world, 5, REFUSED, 1); /* leaves a plan of three steps */
    struct names rows = rows_of(&world);
    struct apply_event event = {.kind = kind, .rows = &rows, .locked = true, .now_ms = 1000000};
    error_set(&event.error, ERROR_BUSY, "canceling statement due to lock timeout");
    strcpy(event.error.sqlstate, "55P03");
    apply.state = state;
    apply.stopping = stopping;
    apply.applied = 1;
    apply.retrying_since_ms = 0;
    struct apply_action action = apply_step(&apply, &event);
    ck_assert_msg(action.kind <= APPLY_NOTHING, "an action comes back");
    if (state == APPLY_DONE)
        ck_assert_int_eq(action.kind, APPLY_NOTHING);
}
END_TEST

START_TEST(refuses_a_plan_that_cannot_be_carried_out)
{
    struct world world = {.width = 1};
    revisions[2].id = "cc";
    ck_assert_str_eq(run(&world, 0, NONE, 0), "connecting reading done");
    ck_assert_int_eq(apply.error.code, ERROR_FILES);
    ck_assert_ptr_nonnull(strstr(apply.error.message, "the id cc has 2 characters"));
}
END_TEST

/* One try that ends so; as often as the ladder of lock timeouts is then climbed. */
static unsigned climbed(enum trouble trouble)
{
    struct apply_event event = {0};
    struct apply_action action = {0};
    struct world world = {0};
    run(&world, 5, REFUSED, 1); /* leaves a plan of three steps */
    apply.state = APPLY_RUNNING;
    apply.error = (struct error){0};
    make_trouble(&world, trouble, &action, &event);
    ck_assert_int_eq(apply_step(&apply, &event).kind, APPLY_ROLLBACK);
    event = (struct apply_event){.kind = APPLY_DID};
    ck_assert_int_eq(apply_step(&apply, &event).kind, APPLY_SLEEP);
    return apply_lock_tries(&apply);
}

START_TEST(only_who_asks_for_a_lock_climbs_the_ladder)
{
    ck_assert_uint_eq(climbed(RETRYABLE), 1);
    ck_assert_uint_eq(climbed(FORESEEN), 0);
}
END_TEST

START_TEST(what_cannot_run_in_a_transaction_goes_alone)
{
    struct world world = {0};
    revisions[1].up.transactional = false;
    ck_assert_str_eq(run(&world, 0, NONE, 0), BEGINNING "running running running announcing done");
    ck_assert_uint_eq(world.stepwise, 1);
}
END_TEST

/* It is found alone first (as the whole message was refused), then sent statement by statement, once. */
START_TEST(the_server_says_what_cannot_run_in_a_transaction)
{
    struct world world = {0};
    ck_assert_str_eq(run(&world, 5, OUTSIDE, 1),
                     BEGINNING "running rolling_back locking preparing running running announcing done");
    ck_assert_uint_eq(world.stepwise, 1);
    ck_assert_uint_eq(world.committed, 3);
}
END_TEST

START_TEST(large_revisions_travel_alone)
{
    struct world world = {0};
    revisions[1].up.length = 200000;
    ck_assert_str_eq(run(&world, 0, NONE, 0), BEGINNING "running running running announcing done");
}
END_TEST

START_TEST(the_diagram_shows_every_state)
{
    const char *diagram = apply_diagram(arena);
    for (int state = 0; state < APPLY_N_STATES; state++)
        ck_assert_ptr_nonnull(strstr(diagram, apply_state_name((enum apply_state)state)));
}
END_TEST

Suite *apply_suite(void)
{
    Suite *suite = suite_create("apply");
    TCase *tests = tcase_create("apply");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, every_action_fails_once, 0, sizeof runs / sizeof *runs);
    tcase_add_loop_test(tests, what_is_committed_is_made_durable_at_every_end, 0, sizeof ends / sizeof *ends);
    tcase_add_test(tests, a_recount_may_be_lower);
    tcase_add_loop_test(tests, the_end_waits_for_replicas, 0, sizeof replicas / sizeof *replicas);
    tcase_add_loop_test(tests, a_stop_does_not_hide_a_failure, 0, 3);
    tcase_add_test(tests, polling_for_the_lock_costs_no_memory);
    tcase_add_loop_test(tests, no_event_is_impossible, 0, APPLY_N_STATES * 10);
    tcase_add_test(tests, up_to_date_takes_no_lock);
    tcase_add_test(tests, gives_up_when_retry_for_has_passed);
    tcase_add_test(tests, a_lost_message_counts_what_the_history_tells);
    tcase_add_test(tests, refuses_a_plan_that_cannot_be_carried_out);
    tcase_add_test(tests, only_who_asks_for_a_lock_climbs_the_ladder);
    tcase_add_test(tests, what_cannot_run_in_a_transaction_goes_alone);
    tcase_add_test(tests, the_server_says_what_cannot_run_in_a_transaction);
    tcase_add_test(tests, large_revisions_travel_alone);
    tcase_add_test(tests, the_diagram_shows_every_state);
    suite_add_tcase(suite, tests);
    return suite;
}
