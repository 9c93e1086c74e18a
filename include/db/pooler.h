/* What a session behind a pooler sees of its backend, and of another one: the marks of core/stickiness.h. */
#ifndef MIGRATED_DB_POOLER_H
#define MIGRATED_DB_POOLER_H

#include "base/text.h"
#include "core/stickiness.h"

#include <libpq-fe.h>

/* `other` is a backend's pid, 0: none; `nonce` marks all questions of one proof. */
void pooler_add_question(struct text *sql, int other, const char *nonce);
/* False: there is no such answer. */
bool pooler_read_mark(const PGresult *result, struct stickiness_mark *mark);

#endif
