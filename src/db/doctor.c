#include "db/doctor.h"

#include "base/arena.h"
#include "db/books.h"

#include <inttypes.h>
#include <stdio.h>

#define LOCK_MS      2000
#define STATEMENT_MS 5000

const struct doctor_check doctor_checks[] = {
    {
        "connection",
        diagnose_connection,
#include "db/sql/doctor_connection.inc"
    },
    {
        "clock",
        diagnose_clock,
#include "db/sql/doctor_clock.inc"
    },
    {"pooler", diagnose_pooler, NULL},
    {
        "primary",
        diagnose_primary,
#include "db/sql/doctor_primary.inc"
    },
    {
        "privileges",
        diagnose_privileges,
#include "db/sql/doctor_privileges.inc"
    },
    {
        "ownership",
        diagnose_ownership,
#include "db/sql/doctor_ownership.inc"
    },
    {
        "defaults",
        diagnose_defaults,
#include "db/sql/doctor_defaults.inc"
    },
    {
        "search_path",
        diagnose_search_path,
#include "db/sql/doctor_search_path.inc"
    },
    {
        "lock",
        diagnose_lock,
#include "db/sql/doctor_lock.inc"
    },
    {
        "table_locks",
        diagnose_table_locks,
#include "db/sql/doctor_table_locks.inc"
    },
    {
        "blocked",
        diagnose_blocked,
#include "db/sql/doctor_blocked.inc"
    },
    {
        "long_transactions",
        diagnose_long_transactions,
#include "db/sql/doctor_long_transactions.inc"
    },
    {
        "prepared",
        diagnose_prepared_transactions,
#include "db/sql/doctor_prepared_transactions.inc"
    },
    {
        "wraparound",
        diagnose_wraparound,
#include "db/sql/doctor_wraparound.inc"
    },
    {
        "connections",
        diagnose_connections,
#include "db/sql/doctor_connections.inc"
    },
    {
        "slots",
        diagnose_slots,
#include "db/sql/doctor_slots.inc"
    },
    {
        "replicas",
        diagnose_replicas,
#include "db/sql/doctor_replicas.inc"
    },
    {
        "synchronous",
        diagnose_synchronous,
#include "db/sql/doctor_synchronous.inc"
    },
    {
        "indexes",
        diagnose_indexes,
#include "db/sql/doctor_indexes.inc"
    },
    {
        "constraints",
        diagnose_constraints,
#include "db/sql/doctor_constraints.inc"
    },
    {
        "version_table",
        diagnose_version_table,
#include "db/sql/doctor_version_table.inc"
    },
    {"files", diagnose_files, NULL},
    {"version_rows", diagnose_version_rows, NULL},
    {"half_done", diagnose_half_done, NULL},
    {"changed", diagnose_changed, NULL},
};
const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;

void doctor_add_question(struct text *sql, const struct doctor_check *check, const struct ledger *ledger,
                         int64_t older_than_ms)
{
    char seconds[32];
    const struct sql_value values[] = {{"older_than", seconds}};
    snprintf(seconds, sizeof seconds, "%" PRId64 ".%03d", older_than_ms / 1000, (int)(older_than_ms % 1000));
    books_add_limits(sql, LOCK_MS, STATEMENT_MS);
    text_add(sql, "SET LOCAL transaction_read_only = on; SET LOCAL search_path = pg_catalog, pg_temp;\n");
    ledger_expand(ledger, sql, check->sql, values, 1);
}

struct answer doctor_read_answer(struct arena *arena, const PGresult *result)
{
    size_t n_columns = (size_t)PQnfields(result), n_rows = (size_t)PQntuples(result);
    const char **columns = arena_array(arena, n_columns, sizeof *columns);
    const char **cells = arena_array(arena, n_columns * n_rows, sizeof *cells);
    for (size_t i = 0; i < n_columns; i++)
        columns[i] = arena_string(arena, PQfname(result, (int)i));
    for (size_t i = 0; i < n_columns * n_rows; i++) {
        int row = (int)(i / n_columns), column = (int)(i % n_columns);
        if (!PQgetisnull(result, row, column))
            cells[i] = arena_string(arena, PQgetvalue(result, row, column));
    }
    return (struct answer){columns, n_columns, cells, n_rows};
}
