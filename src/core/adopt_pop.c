/*
 * pop, and Ory's popx: a row for each version (gobuffalo/pop: migrator.go, schema_migrations.go; ory/x: popx/migrator.go,
 * whose table has one more column, with a default).
 */
#include "adopt_parts.h"

const struct adopted_tool adopted_pop = {
    .name = "pop",
    .title = "pop",
    .layout = "pop",
    .table = "schema_migration",
    .rows = "SELECT version::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .insert = "INSERT INTO" ADOPTED_TABLE "(version) SELECT :'version' WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
              "WHERE version OPERATOR(pg_catalog.=) :'version') RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version' RETURNING 1",
};
