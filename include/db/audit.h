/* What the books know of applied revisions, and the rows by which a repair changes it. */
#ifndef MIGRATED_DB_AUDIT_H
#define MIGRATED_DB_AUDIT_H

#include "core/audit.h"
#include "core/ledger.h"

#include <libpq-fe.h>

/* Records come only if the digest of the history is another (audit_digest); "" asks for them in any case. */
void audit_add_question(struct text *sql, const struct ledger *ledger, const char *digest);
/* Owned by the arena. */
struct audit_records audit_read(struct arena *arena, const PGresult *result);

/* A durable transaction that records `count` edited findings as repaired; `attempt` names them. `reason` NULL: none. */
void audit_add_repair(struct text *sql, const struct ledger *ledger, const struct audit_finding *findings,
                      size_t count, const char *attempt, const char *reason);

#endif
