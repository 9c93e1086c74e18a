/*
 * A session with a target's database: opens the connection, asks the server what must be known, and resolves where the
 * books are kept. Both the watching and the migrating connection are sessions.
 *
 * Happy path: session_open -> connecting -> asking -> opened(NULL); then session_send -> reply.
 * Failure modes: the address is faulty, the server is not there, refuses us, or has no schema to keep books in:
 * opened(error) and the session is closed; lost while idle: lost(error). It may be opened again. Behind a pooler it may
 * be used to read, and to apply only once session_prove has found that it keeps its backend.
 */
#ifndef MIGRATED_FLOWS_SESSION_H
#define MIGRATED_FLOWS_SESSION_H

#include "config/config.h"
#include "config/conninfo.h"
#include "db/books.h"
#include "db/conn.h"

struct session;

struct session_events {
    void (*opened)(void *context, const struct error *error); /* NULL: open */
    void (*reply)(void *context, const struct db_reply *reply);
    void (*lost)(void *context, const struct error *error);
    void (*notice)(void *context, const PGresult *notice); /* may be NULL */
    void (*notified)(void *context, const char *payload);  /* may be NULL */
    void *context;
};

/* `target` is borrowed and must outlive the session (or be replaced by session_set_target while closed). */
struct session *session_create(uv_loop_t *loop, const struct target_config *target,
                               const struct session_events *events);
void session_destroy(struct session *session); /* NULL is fine */
/* Another one of the same kind, at the same address. */
struct session *session_create_beside(const struct session *other, const struct session_events *events);
/*
 * It is there to apply revisions: it goes to the target's migrate_url if there is one, and is not opened (ERROR_CONFIG)
 * where that is another database than database_url's. Before session_open.
 */
void session_set_migrating(struct session *session);
/* It looks at one that is: it goes there too, as it is. */
void session_set_beside_migrating(struct session *session);
void session_set_target(struct session *session, const struct target_config *target);

void session_open(struct session *session);
void session_close(struct session *session);
/* Ask the server again what session_open asked (a version table appeared): answers through `opened`. */
void session_ask_again(struct session *session);

/*
 * Make sure that its backend stays with it to its end, where a pooler stands in between (session_is_direct): answers
 * through `opened`, as session_is_own does from then on. With an error the session is closed only if it was lost.
 */
void session_prove(struct session *session);

/* `request` and its SQL are borrowed until the reply. */
void session_send(struct session *session, const struct db_request *request);
/* The text is handed over: it is emptied here and freed after the reply. */
void session_send_text(struct session *session, struct text *sql, int64_t deadline_ms);
/* Of a session that is being proven: gives up, it is closed. */
void session_cancel(struct session *session);

bool session_is_open(const struct session *session);
/* Connected, and its first question waits for the answer. */
bool session_is_asking(const struct session *session);
/* The last opening or request was given up at its deadline. */
bool session_timed_out(const struct session *session);
bool session_in_transaction(const struct session *session);
const struct books_facts *session_facts(const struct session *session);
const struct ledger *session_ledger(const struct session *session);
/* Where it goes to; owned by the arena. Errors: ERROR_CONFIG. */
bool session_resolve(const struct session *session, struct arena *arena, struct conninfo *info, struct error *error);
const char *
session_display(const struct session *session); /* "host:port/dbname as user"; borrowed, "" before opening */
/* The backend that answers is the one that was promised: no pooler in between. */
bool session_is_direct(const struct session *session);
/* Locks and settings stay with it, and go when it ends: it is direct, or was proven. */
bool session_is_own(const struct session *session);
/* False: its server is a standby, ERROR_CONFIG. */
bool session_can_migrate(const struct session *session, struct error *error);
/* Positions in errors count bytes (an SQL_ASCII database). */
bool session_counts_bytes(const struct session *session);

#endif
