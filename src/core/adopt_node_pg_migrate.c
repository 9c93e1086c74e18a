/* node-pg-migrate: a row for each name (src/runner.ts: ensureMigrationsTable, getRunMigrations; src/migration.ts: _getMarkAsRun). */
#include "adopt_parts.h"

const struct adopted_tool adopted_node_pg_migrate = {
    .name = "node-pg-migrate",
    .title = "node-pg-migrate",
    .layout = "node-pg-migrate",
    .table = "pgmigrations",
    .rows = "SELECT name::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .insert =
        "INSERT INTO" ADOPTED_TABLE "(name, run_on) SELECT :'version', pg_catalog.now() "
        "WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE "WHERE name OPERATOR(pg_catalog.=) :'version') RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE name OPERATOR(pg_catalog.=) :'version' RETURNING 1",
};
