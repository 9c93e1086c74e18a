/*
 * graphile-migrate: a row for each committed file, by its number, with the hash that stood in it (src/migration.ts:
 * _migrateMigrationSchema, getAllMigrations, runStringMigration). It is no checksum of ours: the headers tell it.
 */
#include "adopt_parts.h"
#include "layout_parts.h"

const struct adopted_tool adopted_graphile_migrate = {
    .name = "graphile-migrate",
    .title = "graphile-migrate",
    .layout = "graphile-migrate",
    .schema = "graphile_migrate",
    .table = "migrations",
    .rows = "SELECT pg_catalog.regexp_replace(filename, '[.]sql$', ''), 'applied'::pg_catalog.text, "
            "hash::pg_catalog.text FROM" ADOPTED_TABLE,
    .checksum = layout_graphile_migrate_hash,
};
