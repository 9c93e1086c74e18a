/*
 * sqlx: a row for each version, with the SHA-384 of its file (sqlx-postgres/src/migrate.rs,
 * sqlx-core/src/migrate/migration.rs). Without success it was begun and not finished.
 */
#include "adopt_parts.h"
#include "base/arena.h"
#include "base/digest.h"

static const char *checksum(struct arena *arena, const char *text, size_t length)
{
    char *hex = arena_alloc(arena, DIGEST_SHA384_HEX_SIZE);
    digest_sha384_hex(text, length, hex);
    return hex;
}

const struct adopted_tool adopted_sqlx = {
    .name = "sqlx",
    .title = "sqlx",
    .layout = "sqlx",
    .table = "_sqlx_migrations",
    .rows = "SELECT version::pg_catalog.text, CASE WHEN success THEN 'applied' ELSE 'failed' END::pg_catalog.text, "
            "pg_catalog.encode(checksum, 'hex') FROM" ADOPTED_TABLE,
    .failed = "look at what that version has left, undo it by hand, and delete its row: sqlx refuses to go on too",
    .insert = "INSERT INTO" ADOPTED_TABLE "(version, description, success, checksum, execution_time) "
              "SELECT :'version'::pg_catalog.int8, :'description', true, pg_catalog.decode(:'checksum', 'hex'), "
              "(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now()) "
              "OPERATOR(pg_catalog.*) 1e9)::pg_catalog.int8 WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
              "WHERE version OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8) RETURNING 1",
    .remove = "DELETE FROM" ADOPTED_TABLE "WHERE version OPERATOR(pg_catalog.=) :'version'::pg_catalog.int8 "
              "RETURNING 1",
    .checksum = checksum,
};
