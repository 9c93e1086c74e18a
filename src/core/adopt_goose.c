/*
 * goose: rows are added, and the newest of a version counts; version 0 stands for the table itself
 * (internal/dialect/dialectquery/postgres.go; older versions added a row with is_applied = false on the way down, today
 * all rows of the version are deleted).
 */
#include "adopt_parts.h"

#define NEWEST                                                                                                       \
    "(SELECT DISTINCT ON (version_id) version_id, is_applied FROM" ADOPTED_TABLE                                     \
    "ORDER BY version_id, id DESC) AS newest WHERE is_applied AND version_id OPERATOR"

const struct adopted_tool adopted_goose = {
    .name = "goose",
    .title = "goose",
    .layout = "goose",
    .table = "goose_db_version",
    .rows = "SELECT version_id::pg_catalog.text, 'applied'::pg_catalog.text, NULL::pg_catalog.text FROM " NEWEST
            "(pg_catalog.>) 0",
    .insert = "INSERT INTO" ADOPTED_TABLE "(version_id, is_applied) SELECT :'version'::pg_catalog.int8, true "
              "WHERE NOT EXISTS (SELECT FROM " NEWEST "(pg_catalog.=) :'version'::pg_catalog.int8) RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version_id OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8 "
              "RETURNING 1",
};
