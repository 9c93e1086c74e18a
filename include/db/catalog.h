/* What the catalog holds of the object of a non-transactional statement (core/stepwise.h decides from it). */
#ifndef MIGRATED_DB_CATALOG_H
#define MIGRATED_DB_CATALOG_H

#include "core/stepwise.h"

#include <libpq-fe.h>

struct arena;

/* `known`: the oids of the journal's "started" row, NULL: everything that is there is known. To be asked under the
 * file's settings, which say where names are looked up. */
void catalog_add_question(struct text *sql, const struct sql_object *object, const char *statement,
                          const char *known);
/* Owned by the arena. `present` gets the oids for the journal, NULL: none. */
struct catalog_facts catalog_read(struct arena *arena, const PGresult *result, const char **present);

/* Is the index `found` (a name as in the facts) what the statement would make? Several statements, in a transaction that
 * is to be rolled back; only the last gives rows. */
void catalog_add_comparison(struct text *sql, const struct sql_object *object, const char *statement, size_t length,
                            const char *found);
enum catalog_definition catalog_read_comparison(const PGresult *result);

#endif
