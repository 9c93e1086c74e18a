/* dbmate: a row for each version (pkg/driver/postgres/postgres.go: InsertMigration, DeleteMigration). */
#include "adopt_parts.h"

const struct adopted_tool adopted_dbmate = {
    .name = "dbmate",
    .title = "dbmate",
    .layout = "dbmate",
    .table = "schema_migrations",
    .rows = "SELECT version::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .insert = "INSERT INTO" ADOPTED_TABLE "(version) SELECT :'version' WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
              "WHERE version OPERATOR(pg_catalog.=) :'version') RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version' RETURNING 1",
};
