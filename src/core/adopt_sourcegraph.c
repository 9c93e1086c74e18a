/*
 * Sourcegraph: a row for each try, up or down, and the newest of a version counts, but for a way down that failed and what
 * was filled in afterwards (internal/database/migration/store/store.go: EnsureSchemaTable, Versions). One table may hold
 * the rows of several of its databases, by names that humanizeSchemaName shortens to those of the directories.
 */
#include "adopt_parts.h"

#define DATABASE                                                                                                     \
    "CASE WHEN schema OPERATOR(pg_catalog.=) 'schema_migrations' THEN 'frontend' "                                   \
    "ELSE pg_catalog.regexp_replace(schema, '_schema_migrations$', '') END"

#define NEWEST                                                                                                       \
    "(SELECT DISTINCT ON (schema, version) " DATABASE " AS database, version, up, success FROM" ADOPTED_TABLE        \
    "WHERE NOT (NOT up AND NOT success AND finished_at IS NOT NULL) "                                                \
    "ORDER BY schema, version, backfilled, started_at DESC) AS newest "                                              \
    "WHERE up OR success IS NOT TRUE"

#define IS_ALONE "(SELECT pg_catalog.count(DISTINCT schema) OPERATOR(pg_catalog.=) 1 FROM" ADOPTED_TABLE ")"

const struct adopted_tool adopted_sourcegraph = {
    .name = "sourcegraph",
    .title = "Sourcegraph",
    .layout = "sourcegraph",
    .table = "migration_logs",
    .rows = "SELECT CASE WHEN own THEN version::pg_catalog.text ELSE pg_catalog.concat(database, '/', version) END, "
            "CASE WHEN NOT own THEN 'apart' WHEN success THEN 'applied' ELSE 'failed' END::pg_catalog.text, "
            "NULL::pg_catalog.text FROM (SELECT *, database OPERATOR(pg_catalog.=) :'directory' OR " IS_ALONE
            " AS own FROM " NEWEST ") AS placed",
    .failed = "run what is left of its up.sql by hand, and say so with `migrator add-log`",
};
