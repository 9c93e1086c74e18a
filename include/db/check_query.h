/* A check's query on the wire: one message, read-only, within its time, of which no more rows come back than are judged. */
#ifndef MIGRATED_DB_CHECK_QUERY_H
#define MIGRATED_DB_CHECK_QUERY_H

#include "base/text.h"
#include "core/check.h"
#include "db/conn.h"

struct arena;

void check_query_add(struct text *sql, const char *query, int64_t timeout_ms);

/* The values are borrowed from the reply, the arrays owned by the arena. False: the answer is not one to that message. */
bool check_query_read(struct arena *arena, const struct db_reply *reply, struct check_answer *answer);

#endif
