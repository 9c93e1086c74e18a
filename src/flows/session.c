#include "flows/session.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/version.h"
#include "config/conninfo.h"
#include "core/mirror.h"
#include "db/error.h"
#include "pooler_proof.h"
#include "same_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_DEADLINE_MS 10000
#define CONNECT_MOST_S      3600
#define CONNECT_LEAST_MS    2000 /* libpq's own floor for connect_timeout */
#define FACTS_DEADLINE_MS   10000
#define MOST_KEYWORDS       64

enum state { CLOSED, FAILING, CONNECTING, ASKING, COMPARING, PROVING, OPEN };

struct session {
    uv_loop_t *loop;
    const struct target_config *target; /* borrowed */
    bool migrates, compares;
    struct session_events events;
    enum state state;
    struct db_conn *conn;       /* owned */
    struct pooler_proof *proof; /* owned, PROVING */
    bool proven;                /* this connection keeps its backend */
    struct same_database *same; /* owned, COMPARING */
    bool compared;              /* this connection is in the database that database_url leads to */
    struct arena *arena;        /* of this opening: address, names */
    struct arena *facts_arena;  /* of the last answer: facts, ledger */
    struct text sql;            /* the request under way */
    struct books_facts facts;
    struct ledger ledger;
    struct mirror mirror;
    const char *display;
    struct error failure; /* FAILING: reported from the loop */
    uv_timer_t *later;
    char host[256];
};

static void on_opened(void *context, const struct error *error);
static void on_reply(void *context, const struct db_reply *reply);
static void on_lost(void *context, const struct error *error);
static void on_notice(void *context, const PGresult *notice);
static void on_notified(void *context, const char *channel, const char *payload);

struct session *session_create(uv_loop_t *loop, const struct target_config *target,
                               const struct session_events *events)
{
    struct session *session = memory_alloc(sizeof *session);
    struct db_events db_events = {on_opened, on_reply, on_lost, on_notice, on_notified, session};
    session->loop = loop;
    session->target = target;
    session->events = *events;
    session->conn = db_conn_create(loop, &db_events);
    session->later = memory_alloc(sizeof *session->later);
    session->later->data = session;
    session->display = "";
    uv_timer_init(loop, session->later);
    if (gethostname(session->host, sizeof session->host - 1) != 0)
        snprintf(session->host, sizeof session->host, "localhost");
    return session;
}

struct session *session_create_beside(const struct session *other, const struct session_events *events)
{
    struct session *session = session_create(other->loop, other->target, events);
    session->migrates = other->migrates;
    return session;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void session_destroy(struct session *session)
{
    if (session == NULL)
        return;
    uv_close((uv_handle_t *)session->later, free_handle);
    pooler_proof_destroy(session->proof);
    same_database_destroy(session->same);
    db_conn_destroy(session->conn);
    arena_destroy(session->arena);
    arena_destroy(session->facts_arena);
    text_finish(&session->sql);
    free(session);
}

void session_set_migrating(struct session *session)
{
    session->migrates = session->compares = true;
}

void session_set_beside_migrating(struct session *session)
{
    session->migrates = true;
}

void session_set_target(struct session *session, const struct target_config *target)
{
    session->target = target;
}

/* ---- opening ---- */

static void report_failure(uv_timer_t *timer)
{
    struct session *session = timer->data;
    struct error error = session->failure;
    session->state = CLOSED;
    session->events.opened(session->events.context, &error);
}

/* Not before the caller has returned. */
static void fail_later(struct session *session, const struct error *error)
{
    session->failure = *error;
    session->state = FAILING;
    uv_timer_start(session->later, report_failure, 0, 0);
}

static void fail(struct session *session, const struct error *error)
{
    struct error copy = *error;
    db_conn_close(session->conn);
    session->state = CLOSED;
    session->events.opened(session->events.context, &copy);
}

static const char *own_name(struct session *session)
{
    return arena_printf(session->arena, "migrated %s %d", session->host, (int)getpid());
}

/* What we add to the user's keywords: who we are, UTF-8, dead networks noticed, names on our side only. */
static void add_own_keywords(struct session *session, const struct conninfo *info, const char **keywords,
                             const char **values)
{
    const struct {
        const char *keyword, *value;
    } own[] = {
        {"application_name", own_name(session)},
        {"client_encoding", "UTF8"},
        {"keepalives_idle", "15"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "4"},
        {"tcp_user_timeout", "30000"},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) { /* later ones win in libpq: the user's own come last */
        keywords[count] = own[i].keyword;
        values[count++] = own[i].value;
    }
    for (size_t i = 0; i < info->count && count < MOST_KEYWORDS; i++) {
        if (strcmp(info->keywords[i], "application_name") == 0 || strcmp(info->keywords[i], "client_encoding") == 0)
            continue;
        keywords[count] = info->keywords[i];
        values[count++] = info->values[i];
    }
    keywords[count] = values[count] = NULL;
}

/* libpq leaves connect_timeout to those who connect without blocking: to us. */
static int64_t connect_deadline_ms(const struct conninfo *info)
{
    int64_t deadline_ms = CONNECT_DEADLINE_MS;
    for (size_t i = 0; i < info->count; i++) {
        long seconds = strcmp(info->keywords[i], "connect_timeout") == 0 ? strtol(info->values[i], NULL, 10) : 0;
        if (seconds > 0 && seconds <= CONNECT_MOST_S)
            deadline_ms = seconds * 1000 < CONNECT_LEAST_MS ? CONNECT_LEAST_MS : seconds * 1000;
    }
    return deadline_ms;
}

bool session_resolve(const struct session *session, struct arena *arena, struct conninfo *info, struct error *error)
{
    return session->migrates ? conninfo_resolve_to_migrate(arena, session->target, info, error)
                             : conninfo_resolve(arena, session->target, info, error);
}

void session_open(struct session *session)
{
    struct error error = {0};
    struct conninfo info;
    const char *keywords[MOST_KEYWORDS + 1], *values[MOST_KEYWORDS + 1];

    arena_destroy(session->arena);
    session->arena = arena_create();
    session->display = "";
    if (!session_resolve(session, session->arena, &info, &error)) {
        fail_later(session, &error);
        return;
    }
    if (info.warning != NULL)
        log_warning("%s", info.warning);
    session->display = info.display;
    session->proven = session->compared = false;
    add_own_keywords(session, &info, keywords, values);
    session->state = CONNECTING;
    db_conn_open(session->conn, keywords, values, connect_deadline_ms(&info));
}

static void ask(struct session *session)
{
    struct text sql = {0};
    const struct target_config *target = session->target;
    books_add_limits(&sql, FACTS_DEADLINE_MS, FACTS_DEADLINE_MS);
    books_add_facts(&sql, target->version_schema, target->version_table, target->bookkeeping_schema);
    session->state = ASKING;
    session_send_text(session, &sql, FACTS_DEADLINE_MS);
}

void session_ask_again(struct session *session)
{
    ask(session);
}

static void say_what_to_check(const struct session *session, struct error *error)
{
    if (strstr(error->message, "does not support SSL") != NULL)
        error_next(error, "turn SSL on at the server, or, where the way to it is safe, set sslmode=prefer in the "
                          "address or PGSSLMODE=prefer");
    else if (error->code == ERROR_DENIED)
        error_next(error, "check user and password for %s, and the server's pg_hba.conf", session->display);
    else if (error->code == ERROR_UNREACHABLE && db_error_is_final(error))
        error_next(error, "create the database, or mend its name in the database URL");
    else if (error->code == ERROR_UNREACHABLE)
        error_next(error, "check that the server at %s is running and reachable", session->display);
}

static void on_opened(void *context, const struct error *error)
{
    struct session *session = context;
    if (error == NULL) {
        ask(session);
        return;
    }
    struct error copy = *error;
    if (copy.next[0] == '\0')
        say_what_to_check(session, &copy);
    fail(session, &copy);
}

static bool check_facts(const struct session *session, struct error *error)
{
    if (session->facts.version_schema == NULL) {
        error_set(error, ERROR_CONFIG, "no schema of this role's search_path exists in database %s",
                  session->facts.database);
        return error_next(error, "create one, or set version_schema");
    }
    if (!session->facts.standard_strings) {
        error_set(error, ERROR_CONFIG, "standard_conforming_strings is off for role %s", session->facts.role);
        return error_next(error, "ALTER ROLE \"%s\" SET standard_conforming_strings = on", session->facts.role);
    }
    return true;
}

/* ---- two addresses ---- */

static void on_compared(void *context, const struct error *error)
{
    struct session *session = context;
    struct error copy = {0};
    if (error != NULL)
        copy = *error;
    same_database_destroy(session->same);
    session->same = NULL;
    if (error != NULL) {
        fail(session, &copy);
        return;
    }
    session->compared = true;
    session->state = OPEN;
    session->events.opened(session->events.context, NULL);
}

static bool must_compare(const struct session *session)
{
    bool two = session->target->migrate_url != NULL || session->target->migrate_url_file != NULL;
    return session->compares && two && !session->compared;
}

static void be_open(struct session *session)
{
    if (must_compare(session)) {
        session->state = COMPARING;
        session->same = same_database_start(session->loop, session, session->target, on_compared, session);
    } else {
        session->state = OPEN;
        session->events.opened(session->events.context, NULL);
    }
}

/* ---- the first question ---- */

/* NULL: none. */
static const struct mirror *find_mirror(struct session *session)
{
    const struct target_config *target = session->target;
    if (strcmp(target->mirror, "no") == 0)
        return NULL;
    session->mirror = (struct mirror){.tool = adopted_tool_find(target->mirror)}; /* yes: that of the files' layout */
    if (target->mirror_table != NULL)
        adopted_table_split(session->facts_arena, target->mirror_table, &session->mirror.schema,
                            &session->mirror.table);
    return &session->mirror;
}

static void take_facts(struct session *session, const struct db_reply *reply)
{
    struct error error = {0};
    if (reply->outcome != DB_DONE) {
        fail(session, &reply->error);
        return;
    }
    if (reply->n_results == 0) {
        error_set(&error, ERROR_INTERNAL, "the server gave no answer to the question what it is");
        fail(session, &error);
        return;
    }
    arena_destroy(session->facts_arena);
    session->facts_arena = arena_create();
    books_read_facts(session->facts_arena, reply->results[0], &session->facts);
    if (!check_facts(session, &error)) {
        fail(session, &error);
        return;
    }
    const struct books_facts *facts = &session->facts;
    const char *table = session->target->version_table;
    session->ledger = (struct ledger){
        .target = session->target->name,
        .version_schema = facts->version_schema,
        .version_table = table,
        .django = session->target->engine == ENGINE_DJANGO,
        .bookkeeping = session->target->bookkeeping_schema,
        .host = session->host,
        .program = "migrated " MIGRATED_VERSION,
        .lock_key = ledger_lock_key(facts->database, facts->version_schema, table),
        .server_version = db_conn_server_version(session->conn),
        .pooled_name = session_is_direct(session) ? NULL : own_name(session),
        .mirror = find_mirror(session),
    };
    be_open(session);
}

/* ---- a pooler ---- */

static void on_proven(void *context, const struct error *error)
{
    struct session *session = context;
    struct error copy = {0};
    if (error != NULL)
        copy = *error;
    pooler_proof_destroy(session->proof);
    session->proof = NULL;
    session->proven = error == NULL;
    session->state = db_conn_is_open(session->conn) ? OPEN : CLOSED;
    session->events.opened(session->events.context, error == NULL ? NULL : &copy);
}

void session_prove(struct session *session)
{
    session->state = PROVING;
    session->proof = pooler_proof_start(session->loop, session, on_proven, session);
}

/* ---- the connection's events ---- */

static void on_reply(void *context, const struct db_reply *reply)
{
    struct session *session = context;
    text_finish(&session->sql);
    if (session->state == ASKING) {
        take_facts(session, reply);
        return;
    }
    if (session->state == COMPARING) {
        if (reply->outcome == DB_LOST)
            on_compared(session, &reply->error);
        else
            same_database_reply(session->same, reply);
        return;
    }
    if (session->state == PROVING) {
        if (reply->outcome == DB_LOST)
            on_proven(session, &reply->error);
        else
            pooler_proof_reply(session->proof, reply);
        return;
    }
    if (reply->outcome == DB_LOST)
        session->state = CLOSED;
    session->events.reply(session->events.context, reply);
}

static void on_lost(void *context, const struct error *error)
{
    struct session *session = context;
    struct error copy = *error;
    if (session->state == PROVING) {
        on_proven(session, &copy);
        return;
    }
    if (session->state == COMPARING) {
        on_compared(session, &copy);
        return;
    }
    session->state = CLOSED;
    session->events.lost(session->events.context, &copy);
}

static void on_notice(void *context, const PGresult *notice)
{
    struct session *session = context;
    if (session->events.notice != NULL)
        session->events.notice(session->events.context, notice);
}

static void on_notified(void *context, const char *channel, const char *payload)
{
    struct session *session = context;
    (void)channel; /* we listen to one */
    if (session->events.notified != NULL)
        session->events.notified(session->events.context, payload);
}

/* ---- verbs and questions ---- */

void session_close(struct session *session)
{
    uv_timer_stop(session->later);
    pooler_proof_destroy(session->proof);
    session->proof = NULL;
    same_database_destroy(session->same);
    session->same = NULL;
    db_conn_close(session->conn);
    text_finish(&session->sql);
    session->state = CLOSED;
}

void session_send(struct session *session, const struct db_request *request)
{
    db_conn_send(session->conn, request);
}

void session_send_text(struct session *session, struct text *sql, int64_t deadline_ms)
{
    text_finish(&session->sql);
    session->sql = *sql;
    *sql = (struct text){0};
    db_conn_send(session->conn, &(struct db_request){.sql = text_string(&session->sql), .deadline_ms = deadline_ms});
}

void session_cancel(struct session *session)
{
    struct error error;
    if (session->state != PROVING) {
        db_conn_cancel(session->conn);
        return;
    }
    session_close(session);
    error_set(&error, ERROR_UNREACHABLE, "given up while it was looked whether the pooler keeps a session's backend");
    fail_later(session, &error);
}

bool session_is_open(const struct session *session)
{
    return session->state == OPEN;
}

bool session_is_asking(const struct session *session)
{
    return session->state == ASKING;
}

bool session_is_own(const struct session *session)
{
    return session_is_direct(session) || session->proven;
}

bool session_timed_out(const struct session *session)
{
    return db_conn_timed_out(session->conn);
}

bool session_in_transaction(const struct session *session)
{
    return db_conn_in_transaction(session->conn);
}

const struct books_facts *session_facts(const struct session *session)
{
    return &session->facts;
}

const struct ledger *session_ledger(const struct session *session)
{
    return &session->ledger;
}

const char *session_display(const struct session *session)
{
    return session->display;
}

bool session_is_direct(const struct session *session)
{
    return db_conn_backend_pid(session->conn) == session->facts.pid;
}

bool session_can_migrate(const struct session *session, struct error *error)
{
    if (!session->facts.in_recovery)
        return true;
    error_set(error, ERROR_CONFIG, "the server at %s is a standby: nothing can be migrated through it",
              session->display);
    return error_next(error, "give the primary's address, or several hosts and target_session_attrs=primary");
}

bool session_counts_bytes(const struct session *session)
{
    return strcmp(db_conn_parameter(session->conn, "server_encoding"), "SQL_ASCII") == 0;
}
