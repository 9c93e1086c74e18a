#include "db/conn.h"

#include "base/memory.h"
#include "db/error.h"
#include "db/hosts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COPY_CHUNK      ((size_t)64 * 1024)
#define CANCEL_AGAIN_MS 500

enum state { CLOSED, RESOLVING, CONNECTING, READY, SENDING, RECEIVING, COPYING };

/* What is to be told to the owner: the end of db_conn_open, of a request, or that the idle connection is gone. */
enum report { REPORT_OPENED, REPORT_REPLY, REPORT_LOST };

/* What a state function waits for. */
enum want { WANT_NOTHING, WANT_READ = UV_READABLE, WANT_WRITE = UV_WRITABLE, WANT_BOTH = UV_READABLE | UV_WRITABLE };

struct db_conn {
    uv_loop_t *loop;
    struct db_events events;
    enum state state;
    PGconn *pg;             /* owned; NULL while closed */
    struct db_hosts *hosts; /* owned while RESOLVING */
    uv_poll_t *poll;        /* ours until its close callback; remade when libpq changes the socket */
    int poll_socket;
    uv_timer_t *deadline; /* of the opening or the request */
    uv_timer_t *report;   /* 0 ms: answers come from the loop */
    uv_timer_t *cancel_again;
    struct cancel *cancel;   /* of the request under way, in the pool; NULL: none */
    enum report report_kind; /* what the answer is about */
    bool finished;           /* an answer stands ready, waiting for the loop and for a cancel to return */
    bool timed_out;          /* the last opening or request */
    unsigned silences;       /* openings in a row that timed out */
    struct db_request request;
    size_t next_copy, copied; /* COPY: which data, bytes of it handed to libpq */
    struct db_reply reply;
    PGresult **results; /* owned: reply.results */
    size_t results_capacity;
    PGresult *refusal; /* owned: reply.refusal */
};

struct cancel {
    uv_work_t work;
    PGcancel *cancel;     /* owned */
    struct db_conn *conn; /* NULL: that connection is gone, nobody waits */
};

static void wait_for(struct db_conn *conn, enum want want);
static enum want finish(struct db_conn *conn, enum db_outcome outcome);

/* ---- life ---- */

static void on_report(uv_timer_t *timer);
static void on_deadline(uv_timer_t *timer);

static uv_timer_t *new_timer(struct db_conn *conn)
{
    uv_timer_t *timer = memory_alloc(sizeof *timer);
    uv_timer_init(conn->loop, timer);
    timer->data = conn;
    return timer;
}

struct db_conn *db_conn_create(uv_loop_t *loop, const struct db_events *events)
{
    struct db_conn *conn = memory_alloc(sizeof *conn);
    conn->loop = loop;
    conn->events = *events;
    conn->deadline = new_timer(conn);
    conn->report = new_timer(conn);
    conn->cancel_again = new_timer(conn);
    return conn;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void drop_poll(struct db_conn *conn)
{
    if (conn->poll == NULL)
        return;
    uv_poll_stop(conn->poll);
    uv_close((uv_handle_t *)conn->poll, free_handle);
    conn->poll = NULL;
}

static void clear_reply(struct db_conn *conn)
{
    for (size_t i = 0; i < conn->reply.n_results; i++)
        PQclear(conn->results[i]);
    PQclear(conn->refusal);
    conn->refusal = NULL;
    conn->reply = (struct db_reply){0};
}

/* It names one backend: with the connection gone it can hit nothing of ours, and may hang as long as it likes. */
static void forget_cancel(struct db_conn *conn)
{
    if (conn->cancel != NULL)
        conn->cancel->conn = NULL;
    conn->cancel = NULL;
}

/* The socket is libpq's: our handle goes first. */
static void hang_up(struct db_conn *conn)
{
    forget_cancel(conn);
    drop_poll(conn);
    uv_timer_stop(conn->deadline);
    uv_timer_stop(conn->cancel_again);
    db_hosts_forget(conn->hosts);
    conn->hosts = NULL;
    PQfinish(conn->pg);
    conn->pg = NULL;
    conn->state = CLOSED;
}

void db_conn_close(struct db_conn *conn)
{
    hang_up(conn);
    uv_timer_stop(conn->report);
    conn->finished = false;
    clear_reply(conn);
}

void db_conn_destroy(struct db_conn *conn)
{
    if (conn == NULL)
        return;
    db_conn_close(conn);
    uv_close((uv_handle_t *)conn->deadline, free_handle);
    uv_close((uv_handle_t *)conn->report, free_handle);
    uv_close((uv_handle_t *)conn->cancel_again, free_handle);
    free(conn->results);
    free(conn);
}

/* ---- reporting: one door out ---- */

static void report_opened(struct db_conn *conn)
{
    struct error error = conn->reply.error;
    bool opened = conn->reply.outcome == DB_DONE;
    clear_reply(conn);
    if (opened)
        wait_for(conn, WANT_READ); /* notices, notifications and the end of the connection */
    conn->events.opened(conn->events.context, opened ? NULL : &error);
}

static void report_reply(struct db_conn *conn)
{
    struct db_reply reply = conn->reply;
    PGresult **results = conn->results;
    PGresult *refusal = conn->refusal;
    reply.results = results;
    reply.refusal = refusal;

    /* The callback may send the next request or destroy the connection: hand the answer over first. */
    conn->results = NULL;
    conn->results_capacity = 0;
    conn->refusal = NULL;
    conn->reply = (struct db_reply){0};
    if (conn->state == READY)
        wait_for(conn, WANT_READ);
    conn->events.reply(conn->events.context, &reply);

    for (size_t i = 0; i < reply.n_results; i++)
        PQclear(results[i]);
    free(results);
    PQclear(refusal);
}

static void report_lost(struct db_conn *conn)
{
    struct error error = conn->reply.error;
    clear_reply(conn);
    conn->events.lost(conn->events.context, &error);
}

static void on_report(uv_timer_t *timer)
{
    struct db_conn *conn = timer->data;
    conn->finished = false;
    switch (conn->report_kind) {
    case REPORT_OPENED:
        report_opened(conn);
        break;
    case REPORT_REPLY:
        report_reply(conn);
        break;
    case REPORT_LOST:
        report_lost(conn);
        break;
    }
}

/* The end of what was under way; the answer goes out from the loop, and after a cancel of it has come back. */
static enum want finish(struct db_conn *conn, enum db_outcome outcome)
{
    uv_timer_stop(conn->deadline);
    uv_timer_stop(conn->cancel_again);
    conn->reply.outcome = outcome;
    conn->finished = true;
    if (outcome == DB_LOST) {
        if (conn->reply.error.code == ERROR_NONE)
            db_error_from_conn(&conn->reply.error, conn->pg);
        hang_up(conn);
    } else {
        conn->state = READY;
    }
    if (conn->cancel == NULL)
        uv_timer_start(conn->report, on_report, 0, 0);
    return WANT_NOTHING;
}

/* ---- the states: each does what it can and says what it waits for ---- */

/* PQconnectPoll may close its socket and open another (the next host): the handle on the old one goes first. */
static enum want connecting(struct db_conn *conn)
{
    drop_poll(conn);
    switch (PQconnectPoll(conn->pg)) {
    case PGRES_POLLING_READING:
        return WANT_READ;
    case PGRES_POLLING_WRITING:
        return WANT_WRITE;
    case PGRES_POLLING_OK:
        PQsetnonblocking(conn->pg, 1);
        conn->silences = 0;
        return finish(conn, DB_DONE);
    default:
        return finish(conn, DB_LOST);
    }
}

static void pass_notifications(struct db_conn *conn)
{
    for (PGnotify *notify; (notify = PQnotifies(conn->pg)) != NULL; PQfreemem(notify))
        if (conn->events.notified != NULL)
            conn->events.notified(conn->events.context, notify->relname, notify->extra);
}

static enum want ready(struct db_conn *conn)
{
    if (PQconsumeInput(conn->pg) && PQstatus(conn->pg) == CONNECTION_OK) {
        pass_notifications(conn);
        if (conn->state == READY)
            return WANT_READ;
        return conn->pg == NULL ? WANT_NOTHING : WANT_BOTH; /* a notification led to a request, or to a close */
    }
    conn->report_kind = REPORT_LOST;
    db_error_from_conn(&conn->reply.error, conn->pg);
    conn->reply.error.code = ERROR_UNREACHABLE;
    return finish(conn, DB_LOST);
}

static void keep(struct db_conn *conn, PGresult *result)
{
    if (conn->reply.n_results == conn->results_capacity) {
        conn->results_capacity = conn->results_capacity == 0 ? 4 : conn->results_capacity * 2;
        conn->results = memory_resize(conn->results, conn->results_capacity * sizeof *conn->results);
    }
    conn->results[conn->reply.n_results++] = result;
}

/* One result of the answer. True if data for a COPY is wanted now. */
static bool take(struct db_conn *conn, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
        PQclear(result);
        conn->copied = 0;
        return true;
    case PGRES_TUPLES_OK:
        conn->reply.completed++;
        if (!conn->request.discard_rows) {
            keep(conn, result);
            return false;
        }
        break;
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        conn->reply.completed++;
        break;
    case PGRES_SINGLE_TUPLE:
    case PGRES_COPY_OUT: /* refused by the scanner; libpq drains it */
        break;
    default:
        if (conn->refusal == NULL) {
            conn->refusal = result;
            return false;
        }
        break;
    }
    PQclear(result);
    return false;
}

static enum want copying(struct db_conn *conn);

static enum want receiving(struct db_conn *conn)
{
    if (!PQconsumeInput(conn->pg))
        return finish(conn, DB_LOST);
    while (!PQisBusy(conn->pg)) {
        PGresult *result = PQgetResult(conn->pg);
        if (result == NULL) {
            pass_notifications(conn);
            if (PQstatus(conn->pg) != CONNECTION_OK)
                return finish(conn, DB_LOST);
            if (conn->refusal == NULL)
                return finish(conn, DB_DONE);
            db_error_from_result(&conn->reply.error, conn->refusal);
            return finish(conn, DB_REFUSED);
        }
        if (take(conn, result)) {
            conn->state = COPYING;
            return copying(conn);
        }
    }
    return WANT_READ;
}

static enum want sending(struct db_conn *conn)
{
    if (!PQconsumeInput(conn->pg))
        return finish(conn, DB_LOST);
    switch (PQflush(conn->pg)) {
    case 0:
        conn->state = RECEIVING;
        return receiving(conn);
    case 1:
        return WANT_BOTH; /* the server may block on its own output first */
    default:
        return finish(conn, DB_LOST);
    }
}

/* Data goes out in chunks, each flushed before the next, so that libpq's buffer stays small. */
static enum want copying(struct db_conn *conn)
{
    const struct db_copy *copy = NULL;
    if (conn->next_copy < conn->request.n_copies)
        copy = &conn->request.copies[conn->next_copy];

    for (;;) {
        int flushed = PQflush(conn->pg);
        if (flushed < 0)
            return finish(conn, DB_LOST);
        if (flushed > 0)
            return WANT_WRITE;
        if (copy == NULL || copy->data == NULL || conn->copied == copy->length)
            break;
        size_t chunk = copy->length - conn->copied;
        if (chunk > COPY_CHUNK)
            chunk = COPY_CHUNK;
        if (PQputCopyData(conn->pg, copy->data + conn->copied, (int)chunk) < 0)
            return finish(conn, DB_LOST);
        conn->copied += chunk;
    }

    bool given = copy != NULL && copy->data != NULL;
    if (PQputCopyEnd(conn->pg, given ? NULL : "migrated: no data for this COPY stands in the file") < 0)
        return finish(conn, DB_LOST);
    conn->next_copy++;
    conn->state = SENDING;
    return sending(conn);
}

static enum want advance(struct db_conn *conn)
{
    switch (conn->state) {
    case CONNECTING:
        return connecting(conn);
    case READY:
        return ready(conn);
    case SENDING:
        return sending(conn);
    case RECEIVING:
        return receiving(conn);
    case COPYING:
        return copying(conn);
    case CLOSED:
    case RESOLVING:
        break;
    }
    return WANT_NOTHING;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct db_conn *conn = poll->data;
    (void)status; /* libpq meets the error itself and words it better */
    (void)events;
    if (conn->finished) { /* an answer waits for a cancel to return */
        uv_poll_stop(poll);
        return;
    }
    enum want want = advance(conn);
    if (want != WANT_NOTHING)
        wait_for(conn, want);
    else if (conn->poll == poll)
        uv_poll_stop(poll);
}

static void wait_for(struct db_conn *conn, enum want want)
{
    int socket = PQsocket(conn->pg);
    if (conn->poll != NULL && conn->poll_socket != socket)
        drop_poll(conn);
    if (conn->poll == NULL) {
        conn->poll = memory_alloc(sizeof *conn->poll);
        conn->poll_socket = socket;
        uv_poll_init(conn->loop, conn->poll, socket);
        conn->poll->data = conn;
    }
    uv_poll_start(conn->poll, (int)want, on_ready);
}

/* ---- verbs ---- */

static void on_deadline(uv_timer_t *timer)
{
    struct db_conn *conn = timer->data;
    if (conn->finished)
        return;
    conn->timed_out = true;
    conn->silences += conn->report_kind == REPORT_OPENED;
    error_set(&conn->reply.error, ERROR_UNREACHABLE, "%s",
              conn->report_kind == REPORT_OPENED ? "no answer from the database server within the time limit"
                                                 : "the database server did not answer in time");
    finish(conn, DB_LOST);
}

static void on_notice(void *context, const PGresult *notice)
{
    struct db_conn *conn = context;
    if (conn->events.notice != NULL)
        conn->events.notice(conn->events.context, notice);
}

static void on_hosts(void *context, const char *const *keywords, const char *const *values, const struct error *error)
{
    struct db_conn *conn = context;
    conn->hosts = NULL;
    if (error != NULL) {
        conn->reply.error = *error;
        finish(conn, DB_LOST);
        return;
    }
    conn->state = CONNECTING;
    conn->pg = PQconnectStartParams(keywords, values, 0);
    if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD) {
        finish(conn, DB_LOST);
        return;
    }
    PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE); /* for the SQLSTATE: see db/error.h */
    PQsetNoticeReceiver(conn->pg, on_notice, conn);
    wait_for(conn, WANT_WRITE); /* PQconnectStart: behave as if it had last said "writing" */
}

void db_conn_open(struct db_conn *conn, const char *const *keywords, const char *const *values, int64_t deadline_ms)
{
    assert(conn->state == CLOSED);
    uv_timer_stop(conn->report); /* of a loss that nobody has heard of yet */
    clear_reply(conn);
    conn->report_kind = REPORT_OPENED;
    conn->finished = conn->timed_out = false;
    conn->state = RESOLVING;
    if (deadline_ms > 0)
        uv_timer_start(conn->deadline, on_deadline, (uint64_t)deadline_ms, 0);
    conn->hosts = db_hosts_resolve(conn->loop, keywords, values, conn->silences, on_hosts, conn);
}

void db_conn_send(struct db_conn *conn, const struct db_request *request)
{
    clear_reply(conn);
    conn->report_kind = REPORT_REPLY;
    conn->timed_out = false;
    conn->request = *request;
    conn->next_copy = 0;
    if (conn->state != READY) {
        error_set(&conn->reply.error, ERROR_UNREACHABLE, "the connection to the database is closed");
        finish(conn, DB_LOST);
        return;
    }
    if (request->deadline_ms > 0)
        uv_timer_start(conn->deadline, on_deadline, (uint64_t)request->deadline_ms, 0);
    conn->state = SENDING;
    if (!PQsendQuery(conn->pg, request->sql)) {
        finish(conn, DB_LOST);
        return;
    }
    if (request->discard_rows)
        PQsetSingleRowMode(conn->pg);
    enum want want = sending(conn);
    if (want != WANT_NOTHING)
        wait_for(conn, want);
}

/* ---- cancelling ---- */

static void cancel_in_pool(uv_work_t *work)
{
    struct cancel *cancel = work->data;
    char ignored[256]; /* the reply to the request tells what came of it */
    PQcancel(cancel->cancel, ignored, sizeof ignored);
}

static void on_cancel_again(uv_timer_t *timer)
{
    db_conn_cancel(timer->data);
}

/* A server that has not read the request to its end forgets the cancel: so again, until the reply is there. */
static void cancel_done(uv_work_t *work, int status)
{
    struct cancel *cancel = work->data;
    struct db_conn *conn = cancel->conn;
    (void)status;
    PQfreeCancel(cancel->cancel);
    free(cancel);
    if (conn == NULL)
        return;

    conn->cancel = NULL;
    if (conn->finished)
        uv_timer_start(conn->report, on_report, 0, 0);
    else
        uv_timer_start(conn->cancel_again, on_cancel_again, CANCEL_AGAIN_MS, 0);
}

void db_conn_cancel(struct db_conn *conn)
{
    if (conn->cancel != NULL || conn->finished || conn->state < SENDING)
        return;
    struct cancel *cancel = memory_alloc(sizeof *cancel);
    *cancel = (struct cancel){.cancel = PQgetCancel(conn->pg), .conn = conn};
    cancel->work.data = cancel;
    conn->cancel = cancel;
    uv_queue_work(conn->loop, &cancel->work, cancel_in_pool, cancel_done);
}

/* ---- questions ---- */

bool db_conn_in_transaction(const struct db_conn *conn)
{
    PGTransactionStatusType status = PQtransactionStatus(conn->pg);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool db_conn_is_open(const struct db_conn *conn)
{
    return conn->state >= READY;
}

bool db_conn_is_busy(const struct db_conn *conn)
{
    return conn->state != CLOSED && (conn->state != READY || conn->finished);
}

bool db_conn_timed_out(const struct db_conn *conn)
{
    return conn->timed_out;
}

int db_conn_backend_pid(const struct db_conn *conn)
{
    return PQbackendPID(conn->pg);
}

int db_conn_server_version(const struct db_conn *conn)
{
    return PQserverVersion(conn->pg);
}

const char *db_conn_parameter(const struct db_conn *conn, const char *name)
{
    const char *value = PQparameterStatus(conn->pg, name);
    return value == NULL ? "" : value;
}
