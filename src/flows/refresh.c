#include "flows/refresh.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "flows/denied.h"
#include "flows/tenant_reading.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define READ_DEADLINE_MS  10000
#define READ_LOCK_MS      2000 /* an ALTER of the version column blocks readers too */
#define READ_STATEMENT_MS 5000

enum state {
    CLOSED,
    OPENING,
    READING,
    READING_TENANTS,
    AWAITING_GRAPH,
    READING_STORED,
    LISTENING,
    ASKING,
    IDLE,
    N_STATES
};

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CLOSED] = TO(OPENING),
    [OPENING] = TO(READING) | TO(IDLE) | TO(CLOSED),
    [READING] = TO(OPENING) | TO(READING_TENANTS) | TO(AWAITING_GRAPH) | TO(READING_STORED) | TO(LISTENING) |
                TO(IDLE) | TO(CLOSED),
    [READING_TENANTS] =
        TO(READING_TENANTS) | TO(AWAITING_GRAPH) | TO(READING_STORED) | TO(LISTENING) | TO(IDLE) | TO(CLOSED),
    [AWAITING_GRAPH] = TO(READING_STORED) | TO(LISTENING) | TO(IDLE) | TO(CLOSED),
    [READING_STORED] = TO(LISTENING) | TO(IDLE) | TO(CLOSED),
    [LISTENING] = TO(IDLE) | TO(CLOSED),
    [ASKING] = TO(IDLE) | TO(CLOSED),
    [IDLE] = TO(OPENING) | TO(READING) | TO(ASKING) | TO(CLOSED),
};

struct refresh {
    uv_loop_t *loop;
    struct refresh_events events;
    const struct target_config *target; /* borrowed */
    struct session *session;            /* owned */
    const struct graph *graph;          /* borrowed; NULL: not read yet */
    enum state state;
    bool again;          /* asked while busy */
    bool outdated;       /* the graph was replaced since the reading began */
    bool listening;      /* on this connection */
    bool asked_again;    /* in this reading: where the version table is */
    struct arena *arena; /* of this reading */
    struct names rows;
    size_t version_width;
    struct tenant_reading *tenants; /* in the arena; NULL: none are asked for */
    int64_t started_us, opened_us, awaiting_us;
    bool was_open, once;
    void (*answer)(void *context, const struct db_reply *reply); /* ASKING */
    void *answer_context;
};

static void move(struct refresh *refresh, enum state next)
{
    assert(next_states[refresh->state] & TO(next));
    refresh->state = next;
}

/* ---- the end of a reading ---- */

static void settle(struct refresh *refresh, enum state state)
{
    move(refresh, state);
    if (refresh->again) {
        refresh->again = false;
        refresh_now(refresh);
    }
}

static void report(struct refresh *refresh, struct refresh_result *result)
{
    int64_t now = clock_monotonic_us();
    if (refresh->outdated)
        return;
    result->connect_ms = refresh->was_open ? 0 : (double)(refresh->opened_us - refresh->started_us) / 1000;
    result->read_ms = (double)(now - refresh->opened_us) / 1000;
    refresh->events.result(refresh->events.context, result);
}

/* LISTEN only where the session is ours: behind a pooler it would stay with a backend of others; a standby refuses it. */
static bool may_listen(const struct refresh *refresh)
{
    return !refresh->once && !refresh->listening && session_is_direct(refresh->session) &&
           !session_facts(refresh->session)->in_recovery;
}

static void after_reading(struct refresh *refresh)
{
    struct text sql = {0};
    if (!may_listen(refresh)) {
        settle(refresh, IDLE);
        return;
    }
    move(refresh, LISTENING);
    text_add(&sql, "LISTEN migrated");
    session_send_text(refresh->session, &sql, READ_DEADLINE_MS);
}

static void report_rows(struct refresh *refresh, const struct stored_graph *stored)
{
    report(refresh, &(struct refresh_result){.rows = refresh->rows,
                                             .version_width = refresh->version_width,
                                             .stored = stored,
                                             .tenants = tenant_reading_result(refresh->tenants)});
    after_reading(refresh);
}

/* 40001, 55P03 and 57014 (timeout, cancel) say nothing about the database's state. */
static bool is_passing(const struct error *error)
{
    return strcmp(error->sqlstate, "40001") == 0 || strcmp(error->sqlstate, "55P03") == 0 ||
           strcmp(error->sqlstate, "57014") == 0;
}

static void report_error(struct refresh *refresh, const struct error *error, enum state state)
{
    struct refresh_result result = {
        .error = error,
        .passing = is_passing(error) || session_timed_out(refresh->session),
        .refused = state == IDLE,
    };
    refresh->opened_us = refresh->opened_us == 0 ? clock_monotonic_us() : refresh->opened_us;
    report(refresh, &result);
    settle(refresh, state);
}

/* A connection that worked is gone: that alone says nothing about the database. */
static void drop(struct refresh *refresh, const struct error *error)
{
    refresh->again = false;
    move(refresh, CLOSED);
    refresh->events.dropped(refresh->events.context, error);
}

/* ---- reading ---- */

static void read_rows(struct refresh *refresh)
{
    struct text sql = {0};
    move(refresh, READING);
    refresh->opened_us = clock_monotonic_us();
    books_add_limits(&sql, READ_LOCK_MS, READ_STATEMENT_MS);
    books_add_rows(&sql, session_ledger(refresh->session));
    session_send_text(refresh->session, &sql, READ_DEADLINE_MS);
}

static void read_stored(struct refresh *refresh)
{
    struct text sql = {0};
    move(refresh, READING_STORED);
    books_add_limits(&sql, READ_LOCK_MS, READ_STATEMENT_MS);
    books_add_stored_graph(&sql, session_ledger(refresh->session));
    session_send_text(refresh->session, &sql, READ_DEADLINE_MS);
}

/* The version table or its schema is gone: look again where it is, once. */
static bool look_again(struct refresh *refresh, const struct error *error)
{
    bool gone = strcmp(error->sqlstate, "42P01") == 0 || strcmp(error->sqlstate, "3F000") == 0;
    if (!gone || refresh->asked_again)
        return false;
    refresh->asked_again = true;
    move(refresh, OPENING);
    session_ask_again(refresh->session);
    return true;
}

/* With the graph, which may still be on its way. */
static void compare_rows(struct refresh *refresh)
{
    if (refresh->graph == NULL) {
        refresh->awaiting_us = clock_monotonic_us();
        move(refresh, AWAITING_GRAPH);
    } else if (verdict_needs_stored(refresh->graph, &refresh->rows) &&
               session_facts(refresh->session)->bookkeeping_exists)
        read_stored(refresh);
    else
        report_rows(refresh, NULL);
}

static void ask_tenants(struct refresh *refresh)
{
    struct text sql = {0};
    books_add_limits(&sql, READ_LOCK_MS, READ_STATEMENT_MS);
    if (tenant_reading_ask(refresh->tenants, &sql)) {
        move(refresh, READING_TENANTS);
        session_send_text(refresh->session, &sql, READ_DEADLINE_MS);
    } else {
        text_finish(&sql);
        compare_rows(refresh);
    }
}

static void take_tenants(struct refresh *refresh, const struct db_reply *reply)
{
    struct error error = reply->error;
    if (reply->outcome != DB_REFUSED) {
        tenant_reading_take(refresh->tenants, reply);
        ask_tenants(refresh);
    } else if (is_passing(&error)) {
        report_error(refresh, &error, IDLE);
    } else {
        tenant_reading_refuse(refresh->tenants, &error);
        compare_rows(refresh);
    }
}

static void take_rows(struct refresh *refresh, const struct db_reply *reply)
{
    if (reply->outcome == DB_REFUSED) {
        struct error error = reply->error;
        denied_explain(&error, "the version table cannot be read");
        if (!look_again(refresh, &error))
            report_error(refresh, &error, IDLE);
        return;
    }
    refresh->rows = books_read_rows(refresh->arena, reply->results[0]);
    refresh->version_width = books_read_width(reply->results[0]);
    if (refresh->target->tenant_schemas == NULL) {
        compare_rows(refresh);
        return;
    }
    refresh->tenants =
        tenant_reading_begin(refresh->arena, refresh->target->tenant_schemas, session_ledger(refresh->session));
    ask_tenants(refresh);
}

static void take_stored(struct refresh *refresh, const struct db_reply *reply)
{
    if (reply->outcome == DB_REFUSED) { /* 42501, 42P01: the graph is unknown, the database is not unreachable */
        report_rows(refresh, NULL);
        return;
    }
    struct stored_graph stored = books_read_stored_graph(refresh->arena, reply->results[0]);
    report_rows(refresh, &stored);
}

static void begin_reading(struct refresh *refresh)
{
    refresh->rows = (struct names){0};
    refresh->version_width = 0;
    refresh->tenants = NULL;
    if (session_facts(refresh->session)->version_table_exists) {
        read_rows(refresh);
    } else { /* no table: nothing is applied */
        refresh->opened_us = clock_monotonic_us();
        move(refresh, READING);
        compare_rows(refresh);
    }
}

/* ---- the session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    struct refresh *refresh = context;
    if (error != NULL)
        report_error(refresh, error, CLOSED);
    else
        begin_reading(refresh);
}

static void take_loss(struct refresh *refresh, const struct error *error)
{
    if (refresh->state == ASKING || (refresh->was_open && !session_timed_out(refresh->session)))
        drop(refresh, error);
    else
        report_error(refresh, error, CLOSED);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct refresh *refresh = context;
    struct error error = reply->error;
    if (refresh->state == ASKING)
        refresh->answer(refresh->answer_context, reply);
    if (reply->outcome == DB_LOST) {
        take_loss(refresh, &error);
        return;
    }
    switch (refresh->state) {
    case READING:
        take_rows(refresh, reply);
        break;
    case READING_TENANTS:
        take_tenants(refresh, reply);
        break;
    case READING_STORED:
        take_stored(refresh, reply);
        break;
    case LISTENING:
        refresh->listening = true;
        refresh->again = true; /* what was announced before we listened */
        settle(refresh, IDLE);
        break;
    case ASKING:
        settle(refresh, IDLE);
        break;
    default:
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    drop(context, error);
}

static void on_notified(void *context, const char *payload)
{
    struct refresh *refresh = context;
    char *end;
    long long key = strtoll(payload, &end, 10);
    if (*end == '\0' && key == session_ledger(refresh->session)->lock_key)
        refresh->events.announced(refresh->events.context);
}

/* ---- life and verbs ---- */

struct refresh *refresh_create(uv_loop_t *loop, const struct target_config *target, const struct graph *graph,
                               const struct refresh_events *events)
{
    struct refresh *refresh = memory_alloc(sizeof *refresh);
    struct session_events session_events = {on_opened, on_reply, on_lost, NULL, on_notified, refresh};
    refresh->loop = loop;
    refresh->events = *events;
    refresh->graph = graph;
    refresh->target = target;
    refresh->session = session_create(loop, target, &session_events);
    return refresh;
}

void refresh_set_graph(struct refresh *refresh, const struct graph *graph)
{
    bool first = refresh->graph == NULL;
    refresh->graph = graph;
    if (first && refresh->state == AWAITING_GRAPH) {
        refresh->opened_us +=
            clock_monotonic_us() - refresh->awaiting_us; /* the database was not what took so long */
        compare_rows(refresh);
    } else if (!first) {
        refresh->outdated = refresh->again = refresh_is_busy(refresh);
    }
}

void refresh_set_target(struct refresh *refresh, const struct target_config *target)
{
    session_close(refresh->session);
    session_set_target(refresh->session, target);
    refresh->target = target;
    refresh->state = CLOSED;
    refresh->again = false;
}

void refresh_destroy(struct refresh *refresh)
{
    if (refresh == NULL)
        return;
    session_destroy(refresh->session);
    arena_destroy(refresh->arena);
    free(refresh);
}

/* Tables appear, and standbys are promoted. */
static bool may_have_changed(const struct books_facts *facts)
{
    return !facts->version_table_exists || !facts->bookkeeping_exists || facts->in_recovery;
}

void refresh_now(struct refresh *refresh)
{
    if (refresh_is_busy(refresh)) {
        refresh->again = true;
        return;
    }
    arena_destroy(refresh->arena);
    refresh->arena = arena_create();
    refresh->started_us = clock_monotonic_us();
    refresh->opened_us = 0;
    refresh->outdated = refresh->asked_again = false;
    refresh->was_open = refresh->state == IDLE;
    if (refresh->was_open && !may_have_changed(session_facts(refresh->session))) {
        begin_reading(refresh);
        return;
    }
    move(refresh, OPENING);
    if (refresh->was_open) {
        session_ask_again(refresh->session);
        return;
    }
    refresh->listening = false;
    session_open(refresh->session);
}

void refresh_set_once(struct refresh *refresh)
{
    refresh->once = true;
}

uv_loop_t *refresh_loop(const struct refresh *refresh)
{
    return refresh->loop;
}

bool refresh_is_busy(const struct refresh *refresh)
{
    return refresh->state != IDLE && refresh->state != CLOSED;
}

const char *refresh_display(const struct refresh *refresh)
{
    return session_display(refresh->session);
}

const struct ledger *refresh_ledger(const struct refresh *refresh)
{
    return session_is_open(refresh->session) ? session_ledger(refresh->session) : NULL;
}

bool refresh_has_books(const struct refresh *refresh)
{
    return session_is_open(refresh->session) && session_facts(refresh->session)->bookkeeping_exists;
}

bool refresh_is_standby(const struct refresh *refresh)
{
    return session_is_open(refresh->session) && session_facts(refresh->session)->in_recovery;
}

const char *refresh_role(const struct refresh *refresh)
{
    return session_is_open(refresh->session) ? session_facts(refresh->session)->role : NULL;
}

bool refresh_ask(struct refresh *refresh, struct text *sql,
                 void (*answer)(void *context, const struct db_reply *reply), void *context)
{
    if (refresh->state != IDLE) {
        text_finish(sql);
        return false;
    }
    refresh->answer = answer;
    refresh->answer_context = context;
    move(refresh, ASKING);
    session_send_text(refresh->session, sql, READ_DEADLINE_MS);
    return true;
}
