/*
 * Watches a target's database on one connection: reads the version rows (and the stored graph when they hold strangers),
 * on demand and single flight, and listens for what other replicas announce.
 *
 * Happy path: refresh_now -> opening -> reading -> (awaiting the graph) -> (reading the stored graph) -> (listening, once,
 * and reading again what changed in between) -> idle, with one `result` for each reading. Asked while a reading is under
 * way, it reads once more right after.
 * Failure modes: the database cannot be reached, or refuses the reading: result with an error. A connection that was
 * there before drops, idle or not: `dropped`; the next refresh_now opens it again.
 */
#ifndef MIGRATED_FLOWS_REFRESH_H
#define MIGRATED_FLOWS_REFRESH_H

#include "core/tenants.h"
#include "flows/session.h"

struct refresh;

/* What a reading brought. Everything is borrowed for the time of the callback. */
struct refresh_result {
    const struct error *error; /* NULL: read well; otherwise the fields below are empty */
    bool passing;              /* the error only means "not now" (a timeout, a lock): the last verdict stands */
    bool refused;              /* the error is the server's answer: it is there, but does not let us read */
    struct names rows;
    size_t version_width;              /* characters that the version column holds; 0: any, or no table yet */
    const struct stored_graph *stored; /* NULL: not needed, not there or not readable */
    const struct tenants *tenants;     /* NULL: not asked for, or there is no version table yet */
    double connect_ms, read_ms;        /* how long the reading took; connect_ms 0 when the connection was there */
};

struct refresh_events {
    void (*result)(void *context, const struct refresh_result *result);
    void (*announced)(void *context);                          /* another replica changed something */
    void (*dropped)(void *context, const struct error *error); /* the connection is gone */
    void *context;
};

/* `target` and `graph` are borrowed. A graph of NULL is on its way: the first reading goes on meanwhile and gives its
 * result when refresh_set_graph brings it. Later that replaces the graph (a reload): a reading under way gives no result
 * then, but is made again. */
struct refresh *refresh_create(uv_loop_t *loop, const struct target_config *target, const struct graph *graph,
                               const struct refresh_events *events);
void refresh_set_graph(struct refresh *refresh, const struct graph *graph);
/* A new configuration: closes the connection, the next reading opens it with the new one. */
void refresh_set_target(struct refresh *refresh, const struct target_config *target);
void refresh_destroy(struct refresh *refresh); /* NULL is fine */

void refresh_now(struct refresh *refresh);
/* For a single look: never listens. */
void refresh_set_once(struct refresh *refresh);
uv_loop_t *refresh_loop(const struct refresh *refresh);
bool refresh_is_busy(const struct refresh *refresh);

const char *refresh_display(const struct refresh *refresh); /* of the database; borrowed */
/* The ledger, once a reading has gone well; else NULL. */
const struct ledger *refresh_ledger(const struct refresh *refresh);
bool refresh_has_books(const struct refresh *refresh); /* our own tables were there at the last look */
bool refresh_is_standby(const struct refresh *refresh);
const char *refresh_role(const struct refresh *refresh); /* ours in the database; NULL: not open. Borrowed */

/* One more question on the watching connection, between readings (blockers, progress). Refused (false) while busy. The
 * text is handed over. */
bool refresh_ask(struct refresh *refresh, struct text *sql,
                 void (*answer)(void *context, const struct db_reply *reply), void *context);

#endif
