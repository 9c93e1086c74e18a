/* The questions of core/lineage.h, and their answer. A standby refuses them, and so may a server that hides its WAL. */
#ifndef MIGRATED_DB_LINEAGE_H
#define MIGRATED_DB_LINEAGE_H

#include "core/ledger.h"
#include "core/lineage.h"

#include <libpq-fe.h>

struct arena;

/* With all rows of a run, whose id begins its attempts' ids. */
void lineage_add_mark_question(struct text *sql, const struct ledger *ledger, const char *run);
/* With what is there of these revisions since then: microseconds since 1970. */
void lineage_add_question(struct text *sql, const struct ledger *ledger, const struct names *revisions,
                          int64_t since_us);
/* Where there is no history. */
void lineage_add_bare_question(struct text *sql);
/* Strings are owned by the arena. */
struct lineage lineage_read(struct arena *arena, const PGresult *result);

#endif
