/*
 * One libpq connection, driven by the libuv loop without ever blocking it. One request at a time; every answer comes
 * from the loop, never from inside the call that asked.
 *
 * Happy path: db_conn_create, db_conn_open -> opened; db_conn_send -> reply, again and again; db_conn_destroy.
 * Failure modes: opening fails (opened with an error); a request is refused (reply with DB_REFUSED, the connection is
 * usable); the connection is gone, in a request or idle (reply with DB_LOST, or lost). After a loss the connection may
 * be opened again.
 */
#ifndef MIGRATED_DB_CONN_H
#define MIGRATED_DB_CONN_H

#include "base/error.h"

#include <libpq-fe.h>
#include <stdint.h>
#include <uv.h>

struct db_conn;

/* Data for a COPY FROM stdin of a message, in the order of the COPY statements. */
struct db_copy {
    const char *data; /* borrowed until the reply; NULL: the statement gets no data and fails */
    size_t length;
};

struct db_request {
    const char *sql;              /* borrowed until the reply */
    const struct db_copy *copies; /* borrowed until the reply */
    size_t n_copies;
    bool discard_rows;   /* rows of the answer are dropped as they come: memory stays small */
    int64_t deadline_ms; /* 0: none; when it has passed, the connection is given up (DB_LOST) */
};

enum db_outcome {
    DB_DONE,
    DB_REFUSED, /* the server said no: `refusal` */
    DB_LOST,    /* the connection is gone; what the server did is not known */
};

struct db_reply {
    enum db_outcome outcome;
    PGresult *const *results; /* with rows, in order; borrowed for the time of the callback */
    size_t n_results;
    size_t completed;        /* statements of the message that were answered before an error; a COPY counts once */
    const PGresult *refusal; /* DB_REFUSED: fields of the error; borrowed for the time of the callback */
    struct error error;      /* DB_REFUSED and DB_LOST */
};

struct db_events {
    void (*opened)(void *context, const struct error *error); /* error: NULL, or why not (ERROR_UNREACHABLE ...) */
    void (*reply)(void *context, const struct db_reply *reply);
    void (*lost)(void *context, const struct error *error); /* while no request was under way */
    void (*notice)(void *context, const PGresult *notice);
    void (*notified)(void *context, const char *channel, const char *payload);
    void *context;
};

struct db_conn *db_conn_create(uv_loop_t *loop, const struct db_events *events);

/*
 * Open with libpq's keywords and values (NULL-terminated arrays, copied). Host names are looked up in libuv's pool. The
 * deadline is for all hosts together: after it has passed, the next opening begins with the next address, so that a
 * silent host does not hide those behind it.
 */
void db_conn_open(struct db_conn *conn, const char *const *keywords, const char *const *values, int64_t deadline_ms);
/* Close at once, without an answer to what was under way. */
void db_conn_close(struct db_conn *conn);
/* Close and free; the memory goes when the loop has closed its handles. NULL is fine. */
void db_conn_destroy(struct db_conn *conn);

void db_conn_send(struct db_conn *conn, const struct db_request *request);

/*
 * Ask the server to cancel the request under way (PQcancel, in libuv's pool). The reply still comes, and not before
 * the cancel request has been delivered: nothing sent later can be hit by it. Only a connection that is closed or lost
 * does not wait for it: there it has nothing left to hit.
 */
void db_conn_cancel(struct db_conn *conn);

bool db_conn_in_transaction(const struct db_conn *conn); /* also in a failed one */
bool db_conn_is_open(const struct db_conn *conn);
bool db_conn_is_busy(const struct db_conn *conn);
/* The last opening or request was given up at its deadline: nothing is known about the server but its silence. */
bool db_conn_timed_out(const struct db_conn *conn);
int db_conn_backend_pid(const struct db_conn *conn);    /* as the peer said at the start: a pooler's own number */
int db_conn_server_version(const struct db_conn *conn); /* 150020 */
const char *db_conn_parameter(const struct db_conn *conn, const char *name); /* "" if unknown; borrowed */

#endif
