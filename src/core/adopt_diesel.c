/* diesel: a row for each version (diesel/src/migration/setup_migration_table.sql, diesel_migrations/src/migration_harness.rs). */
#include "adopt_parts.h"

const struct adopted_tool adopted_diesel = {
    .name = "diesel",
    .title = "diesel",
    .layout = "diesel",
    .table = "__diesel_schema_migrations",
    .rows = "SELECT version::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .insert = "INSERT INTO" ADOPTED_TABLE "(version) SELECT :'version' WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
              "WHERE version OPERATOR(pg_catalog.=) :'version') RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version' RETURNING 1",
};
