#include "flows/checker.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "db/check_query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MS 1000 /* for the server's own timeout to come first */

enum state { CLOSED, OPENING, ASKING, IDLE, N_STATES };

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CLOSED] = TO(OPENING),
    [OPENING] = TO(ASKING) | TO(CLOSED),
    [ASKING] = TO(IDLE) | TO(CLOSED),
    [IDLE] = TO(ASKING) | TO(CLOSED),
};

struct checker {
    struct checker_events events;
    struct session *session; /* owned */
    enum state state;
    struct text sql; /* what is to be asked once it is open */
    int64_t timeout_ms, asked_us;
};

static void move(struct checker *checker, enum state next)
{
    assert(next_states[checker->state] & TO(next));
    checker->state = next;
}

static void ask(struct checker *checker)
{
    move(checker, ASKING);
    checker->asked_us = clock_monotonic_us();
    session_send_text(checker->session, &checker->sql, checker->timeout_ms + GRACE_MS);
}

static void finish(struct checker *checker, enum state next, struct checker_reply *reply)
{
    move(checker, next);
    checker->events.replied(checker->events.context, reply);
}

static void on_opened(void *context, const struct error *error)
{
    struct checker *checker = context;
    if (error == NULL) {
        ask(checker);
        return;
    }
    text_clear(&checker->sql);
    finish(checker, CLOSED, &(struct checker_reply){.outcome = CHECKER_UNREACHABLE, .error = *error, .ms = -1});
}

/* 57014 is a cancel by anybody: by its own timeout if that has passed. */
static enum checker_outcome outcome_of(const struct checker *checker, const struct db_reply *reply, double ms)
{
    if (reply->outcome == DB_LOST)
        return session_timed_out(checker->session) ? CHECKER_TIMED_OUT : CHECKER_LOST;
    if (reply->outcome == DB_DONE)
        return CHECKER_ANSWERED;
    bool cancelled = strcmp(reply->error.sqlstate, "57014") == 0;
    return cancelled && ms >= (double)checker->timeout_ms ? CHECKER_TIMED_OUT : CHECKER_REFUSED;
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct checker *checker = context;
    struct arena *arena = arena_create();
    struct checker_reply own = {.error = reply->error,
                                .ms = (double)(clock_monotonic_us() - checker->asked_us) / 1000};
    own.outcome = outcome_of(checker, reply, own.ms);
    if (own.outcome == CHECKER_ANSWERED && !check_query_read(arena, reply, &own.answer)) {
        own.outcome = CHECKER_REFUSED;
        error_set(&own.error, ERROR_INTERNAL, "the server's answer is none to a query");
    }
    finish(checker, reply->outcome == DB_LOST ? CLOSED : IDLE, &own);
    arena_destroy(arena);
}

static void on_lost(void *context, const struct error *error)
{
    struct checker *checker = context;
    (void)error; /* the next question opens it again, or says why not */
    move(checker, CLOSED);
}

struct checker *checker_create(uv_loop_t *loop, const struct target_config *target,
                               const struct checker_events *events)
{
    struct checker *checker = memory_alloc(sizeof *checker);
    struct session_events session_events = {on_opened, on_reply, on_lost, NULL, NULL, checker};
    checker->events = *events;
    checker->session = session_create(loop, target, &session_events);
    return checker;
}

void checker_destroy(struct checker *checker)
{
    if (checker == NULL)
        return;
    session_destroy(checker->session);
    text_finish(&checker->sql);
    free(checker);
}

void checker_ask(struct checker *checker, const char *query, int64_t timeout_ms)
{
    assert(!checker_is_busy(checker));
    check_query_add(&checker->sql, query, timeout_ms);
    checker->timeout_ms = timeout_ms;
    if (checker->state == IDLE) {
        ask(checker);
        return;
    }
    move(checker, OPENING);
    session_open(checker->session);
}

bool checker_is_busy(const struct checker *checker)
{
    return checker->state == OPENING || checker->state == ASKING;
}

bool checker_is_opening(const struct checker *checker)
{
    return checker->state == OPENING;
}
