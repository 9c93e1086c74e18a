/* What Django's tenants hold: the questions, and their answers. */
#ifndef MIGRATED_DB_TENANTS_H
#define MIGRATED_DB_TENANTS_H

#include "core/ledger.h"

#include <libpq-fe.h>

struct arena;

/* The user's own query, whose first column names their schemas. */
void tenants_add_list(struct text *sql, const char *query);
/* Sorted bytewise, once each, without the shared schema; owned by the arena. */
struct names tenants_read_list(struct arena *arena, const PGresult *result, const char *shared);

/* What these schemas hold: in their order a row each, with a digest; NULL: nothing is recorded. */
void tenants_add_digests(struct text *sql, const struct ledger *ledger, const struct names *schemas);
const char *tenants_read_digest(const PGresult *result, size_t row); /* borrowed */

/* The records themselves, read with books_read_rows. */
void tenants_add_rows(struct text *sql, const struct ledger *ledger, const char *schema);

#endif
