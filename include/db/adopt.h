/* The question for another tool's table (core/adopt.h), and what keeps it as it was read. */
#ifndef MIGRATED_DB_ADOPT_H
#define MIGRATED_DB_ADOPT_H

#include "base/text.h"
#include "core/adopt.h"

#include <libpq-fe.h>

struct arena;

/* Whose table, and where. Borrowed. */
struct adopt_source {
    const struct adopted_tool *tool;
    const char *schema, *table;
    const char *directory; /* the name of the first one of revisions */
};

void adopt_add_question(struct text *sql, const struct adopt_source *source);
/* Owned by the arena. The seal stands for these very rows; "" if there are none. */
struct adopted_rows adopt_read(struct arena *arena, const PGresult *result, const char **seal);

/* For the transaction that relies on them: nobody writes to the table until it ends, and the rows are those of the seal,
 * else it fails as a check of `attempt` (message_failed_check: CHECK_OTHER). */
void adopt_add_check(struct text *sql, const struct adopt_source *source, const char *seal, const char *attempt);

#endif
