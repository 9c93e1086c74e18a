/*
 * What a target's tenants hold, as questions for whoever has a session: ask, send, take, until nothing is left to ask. The
 * list, then digests for a stretch of schemas at a time (each stretch a transaction of its own, for the sake of the server's
 * lock table), then the rows of one schema for each digest. Memory is that of the names and of what differs.
 */
#ifndef MIGRATED_FLOWS_TENANT_READING_H
#define MIGRATED_FLOWS_TENANT_READING_H

#include "core/ledger.h"
#include "core/tenants.h"
#include "db/conn.h"

struct tenant_reading;

/* Everything is borrowed, and the result owned by the arena. */
struct tenant_reading *tenant_reading_begin(struct arena *arena, const char *query, const struct ledger *ledger);
/* The next question; false: there is none, the result is whole. */
bool tenant_reading_ask(struct tenant_reading *reading, struct text *sql);
void tenant_reading_take(struct tenant_reading *reading, const struct db_reply *reply);
/* The server has refused a question: that is the result. */
void tenant_reading_refuse(struct tenant_reading *reading, const struct error *error);
/* NULL: there is no reading. */
const struct tenants *tenant_reading_result(const struct tenant_reading *reading);

#endif
