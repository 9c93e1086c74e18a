/*
 * golang-migrate: one row, the newest version, and whether it is half done (database/postgres/postgres.go: SetVersion,
 * Version). Mattermost's morph has the same files, but a row for each version (drivers/postgres/postgres.go:
 * addMigrationQuery; models/migration.go: the name is what stands between the number and ".up.").
 */
#include "adopt_parts.h"

const struct adopted_tool adopted_golang_migrate = {
    .name = "golang-migrate",
    .title = "golang-migrate",
    .layout = "golang-migrate",
    .table = "schema_migrations",
    .rows = "SELECT version::pg_catalog.text, CASE WHEN dirty THEN 'failed' ELSE 'through' END::pg_catalog.text, "
            "NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .failed =
        "look at what that version has left, finish or undo it by hand, and say so with `migrate force VERSION`",
    .insert = "INSERT INTO" ADOPTED_TABLE "(version, dirty) SELECT :'version'::pg_catalog.int8, false "
              "WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE ") RETURNING 1",
    .move = "UPDATE" ADOPTED_TABLE "SET version = :'version'::pg_catalog.int8 WHERE version OPERATOR(pg_catalog.=) "
            ":'previous'::pg_catalog.int8 AND NOT dirty RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8 AND NOT "
              "dirty RETURNING 1",
};

const struct adopted_tool adopted_morph = {
    .name = "morph",
    .title = "morph",
    .layout = "golang-migrate",
    .table = "db_migrations",
    .rows = "SELECT version::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .insert = "INSERT INTO" ADOPTED_TABLE "(version, name) SELECT :'version'::pg_catalog.int8, "
              "pg_catalog.regexp_replace(:'script', '^[0-9]+_(.*)[.]up[.]sql$', E'\\\\1') "
              "WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
              "WHERE version OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8) RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8 "
              "RETURNING 1",
};
