#include "db/check_query.h"

#include "base/arena.h"
#include "db/books.h"

/*
 * The cursor bounds the rows, takes nothing but a query, and ends with the message's own transaction; the newline ends a
 * comment behind the query.
 */
void check_query_add(struct text *sql, const char *query, int64_t timeout_ms)
{
    books_add_limits(sql, timeout_ms, timeout_ms);
    text_add(sql, "SET LOCAL transaction_read_only = on; SET LOCAL datestyle = 'ISO';\n"
                  "SELECT clock_timestamp(), clock_timestamp()::timestamp;\n");
    text_addf(sql, "DECLARE migrated_check NO SCROLL CURSOR FOR %s\n;\nFETCH %d FROM migrated_check", query,
              CHECK_MOST_ROWS);
}

bool check_query_read(struct arena *arena, const struct db_reply *reply, struct check_answer *answer)
{
    if (reply->n_results != 2)
        return false;
    const PGresult *clock = reply->results[0], *rows = reply->results[1];
    size_t n_columns = (size_t)PQnfields(rows), n_rows = (size_t)PQntuples(rows);
    unsigned *types = arena_array(arena, n_columns + 1, sizeof *types);
    const char **values = arena_array(arena, n_columns * n_rows + 1, sizeof *values);
    for (size_t column = 0; column < n_columns; column++) {
        types[column] = PQftype(rows, (int)column);
        for (size_t row = 0; row < n_rows; row++)
            values[row * n_columns + column] =
                PQgetisnull(rows, (int)row, (int)column) ? NULL : PQgetvalue(rows, (int)row, (int)column);
    }
    *answer = (struct check_answer){
        .types = types,
        .values = values,
        .n_columns = n_columns,
        .n_rows = n_rows,
        .now = PQgetvalue(clock, 0, 0),
        .local_now = PQgetvalue(clock, 0, 1),
    };
    return true;
}
