/*
 * Prisma: a row for each try; one that is neither finished nor rolled back has failed. The checksum is the SHA-256 of the
 * script, whatever ends its lines (prisma-engines: schema-connector/src/checksum.rs,
 * sql-schema-connector/src/sql_migration_persistence.rs). It has no way down: `migrate resolve --rolled-back` sets
 * rolled_back_at, and so does a stamp here.
 */
#include "adopt_parts.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"

#include <string.h>

static const char *checksum(struct arena *arena, const char *text, size_t length)
{
    unsigned char digest[DIGEST_BYTES];
    char *hex = arena_alloc(arena, DIGEST_HEX_SIZE);
    digest_sha256(text, length, digest);
    digest_hex(digest, hex);
    return hex;
}

/* Every byte's digits without a leading zero: so older versions wrote it. */
static const char *without_zeros(struct arena *arena, const char *hex)
{
    char *old = arena_string(arena, hex), *to = old;
    for (const char *from = hex; *from != '\0'; from += 2) {
        if (from[0] != '0')
            *to++ = from[0];
        *to++ = from[1];
    }
    *to = '\0';
    return old;
}

static bool is_of(struct arena *arena, const char *recorded, const char *text, size_t length)
{
    const char *hex = checksum(arena, text, length);
    return strcmp(recorded, strlen(recorded) == strlen(hex) ? hex : without_zeros(arena, hex)) == 0;
}

/* The text with each CRLF as LF, or each LF as CRLF (as Prisma does: one that has a CR gets a second one). */
static void add_ended(struct text *out, const char *text, size_t length, bool with_returns)
{
    for (size_t i = 0; i < length; i++) {
        if (with_returns && text[i] == '\n')
            text_add_char(out, '\r');
        if (with_returns || text[i] != '\r' || i + 1 == length || text[i + 1] != '\n')
            text_add_char(out, text[i]);
    }
}

static bool matches(struct arena *arena, const char *recorded, const char *text, size_t length)
{
    bool same = is_of(arena, recorded, text, length);
    for (int with_returns = 0; with_returns < 2 && !same; with_returns++) {
        struct text other = {0};
        add_ended(&other, text, length, with_returns);
        same = is_of(arena, recorded, text_string(&other), other.length);
        text_finish(&other);
    }
    return same;
}

const struct adopted_tool adopted_prisma = {
    .name = "prisma",
    .title = "Prisma",
    .layout = "prisma",
    .table = "_prisma_migrations",
    .rows = "SELECT migration_name::pg_catalog.text, CASE WHEN finished_at IS NULL THEN 'failed' ELSE 'applied' "
            "END::pg_catalog.text, checksum::pg_catalog.text FROM" ADOPTED_TABLE "WHERE rolled_back_at IS NULL",
    .failed = "look at what it has left, then `prisma migrate resolve --applied NAME` or `--rolled-back NAME`",
    .insert =
        "INSERT INTO" ADOPTED_TABLE "(id, checksum, finished_at, migration_name, started_at, applied_steps_count) "
        "SELECT pg_catalog.gen_random_uuid()::pg_catalog.text, :'checksum', pg_catalog.clock_timestamp(), "
        ":'version', pg_catalog.now(), 1 WHERE NOT EXISTS (SELECT FROM" ADOPTED_TABLE
        "WHERE migration_name OPERATOR(pg_catalog.=) :'version' AND rolled_back_at IS NULL) RETURNING 1",
    .remove = "UPDATE" ADOPTED_TABLE "SET rolled_back_at = pg_catalog.clock_timestamp() WHERE migration_name "
              "OPERATOR(pg_catalog.=) :'version' AND finished_at IS NOT NULL AND rolled_back_at IS NULL RETURNING 1",
    .checksum = checksum,
    .matches = matches,
};
