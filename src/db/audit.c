#include "db/audit.h"

#include "base/arena.h"
#include "db/books.h"

#include <stdlib.h>

#define LOCK_MS 5000

static const char audit_sql[] =
#include "db/sql/audit.inc"
    ;
static const char record_repair_sql[] =
#include "db/sql/record_repair.inc"
    ;
static const char durable_sql[] =
#include "db/sql/durable.inc"
    ;

void audit_add_question(struct text *sql, const struct ledger *ledger, const char *digest)
{
    const struct sql_value values[] = {{"digest", digest}};
    ledger_expand(ledger, sql, audit_sql, values, 1);
}

/* 0 for NULL. */
static int64_t microseconds(const PGresult *result, int row, const char *column)
{
    return strtoll(PQgetvalue(result, row, PQfnumber(result, column)), NULL, 10);
}

struct audit_records audit_read(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    int checksum = PQfnumber(result, "checksum");
    struct audit_record *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        int row = (int)i;
        items[i] = (struct audit_record){
            .revision = arena_string(arena, PQgetvalue(result, row, PQfnumber(result, "revision"))),
            .applied_us = microseconds(result, row, "applied_us"),
            .known_us = microseconds(result, row, "known_us"),
        };
        if (!PQgetisnull(result, row, checksum))
            items[i].checksum = arena_string(arena, PQgetvalue(result, row, checksum));
    }
    return (struct audit_records){items, count, count > 0 ? microseconds(result, 0, "stamped_us") : 0};
}

void audit_add_repair(struct text *sql, const struct ledger *ledger, const struct audit_finding *findings,
                      size_t count, const char *attempt, const char *reason)
{
    struct text name = {0};
    text_add(sql, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
    books_add_limits(sql, LOCK_MS, 0);
    text_add(sql, durable_sql);
    for (size_t i = 0; i < count; i++) {
        text_clear(&name);
        text_addf(&name, "%s/%zu", attempt, i);
        const struct sql_value values[] = {
            {"attempt", text_string(&name)},          {"revision", findings[i].revision},
            {"checksum", findings[i].checksum},       {"reason", reason},
            {"before", findings[i].applied_checksum},
        };
        ledger_expand(ledger, sql, record_repair_sql, values, sizeof values / sizeof *values);
    }
    text_add(sql, "COMMIT;\n");
    text_finish(&name);
}
