/*
 * Flyway: rows are added, ordered by installed_rank, and the newest of a version counts: applied, undone (UNDO_SQL) or
 * forgotten by `repair` (DELETE). A baseline stands for all versions up to its own; rows without version are
 * repeatables. The checksum is a CRC-32 over the lines without their ends (flyway-core: schemahistory/
 * JdbcTableSchemaHistory.java, resolver/ChecksumCalculator.java, api/CoreMigrationType.java).
 */
#include "adopt_parts.h"
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

static uint32_t crc32_add(uint32_t crc, unsigned char byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
    return crc;
}

/* CR, LF and CRLF all end a line, and none of them is counted; as Java writes it, with a sign. */
static const char *checksum(struct arena *arena, const char *text, size_t length)
{
    uint32_t crc = UINT32_MAX;
    size_t at = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (; at < length; at++)
        if (text[at] != '\n' && text[at] != '\r')
            crc = crc32_add(crc, (unsigned char)text[at]);
    crc = ~crc;
    int64_t number = crc > INT32_MAX ? (int64_t)crc - ((int64_t)1 << 32) : (int64_t)crc;
    return arena_printf(arena, "%lld", (long long)number);
}

#define NEWEST                                                                                                       \
    "(SELECT DISTINCT ON (version, CASE WHEN version IS NULL THEN description END) version, description, type, "     \
    "success, checksum FROM" ADOPTED_TABLE "WHERE type OPERATOR(pg_catalog.<>) 'SCHEMA' "                            \
    "ORDER BY version, CASE WHEN version IS NULL THEN description END, installed_rank DESC) AS newest "              \
    "WHERE type OPERATOR(pg_catalog.<>) 'DELETE' AND type OPERATOR(pg_catalog.!~~) 'UNDO%'"

#define INSERT(type_of)                                                                                              \
    "INSERT INTO" ADOPTED_TABLE "(installed_rank, version, description, type, script, checksum, installed_by, "      \
    "execution_time, success) SELECT (SELECT COALESCE(pg_catalog.max(installed_rank), 0) OPERATOR(pg_catalog.+) 1 "  \
    "FROM" ADOPTED_TABLE "), :'version', :'description', '" type_of "', :'script', :'checksum'::pg_catalog.int4, "   \
    "CURRENT_USER, (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) "              \
    "pg_catalog.now()) OPERATOR(pg_catalog.*) 1000)::pg_catalog.int4, true WHERE"

#define IS_APPLIED " EXISTS (SELECT FROM " NEWEST " AND version OPERATOR(pg_catalog.=) :'version'"

/* What a baseline stands for was never applied by Flyway, and does not become pending there again. */
#define WAS_RUN IS_APPLIED " AND type OPERATOR(pg_catalog.!~~) '%BASELINE') RETURNING 1"

const struct adopted_tool adopted_flyway = {
    .name = "flyway",
    .title = "Flyway",
    .layout = "flyway",
    .table = "flyway_schema_history",
    .rows =
        "SELECT COALESCE(version, description)::pg_catalog.text, CASE WHEN NOT success THEN 'failed' WHEN version "
        "IS NULL THEN 'apart' WHEN type OPERATOR(pg_catalog.~~) '%BASELINE' THEN 'baseline' ELSE 'applied' "
        "END::pg_catalog.text, CASE WHEN type OPERATOR(pg_catalog.=) 'SQL' THEN checksum END::pg_catalog.text "
        "FROM " NEWEST,
    .failed = "look at what it has left, undo it by hand, and run `flyway repair`",
    .insert = INSERT("SQL") " NOT" IS_APPLIED ") RETURNING 1",
    .remove = INSERT("UNDO_SQL") WAS_RUN,
    .forget = INSERT("DELETE") WAS_RUN,
    .checksum = checksum,
};
