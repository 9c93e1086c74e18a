#include "db/adopt.h"

#include "base/arena.h"
#include "core/sql_quote.h"

/* One statement, so one snapshot: the seal is of the rows that come with it. */
static void add_rows(struct text *sql, const struct adopt_source *source)
{
    const struct sql_value values[] = {
        {"schema", source->schema}, {"table", source->table}, {"directory", source->directory}};
    text_add(sql, "WITH found (version, state, checksum) AS MATERIALIZED (");
    sql_expand(sql, source->tool->rows, values, sizeof values / sizeof *values);
    text_add(sql,
             "), sealed (seal) AS (SELECT COALESCE(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to("
             "pg_catalog.array_agg(ARRAY[version, state, checksum] ORDER BY version COLLATE pg_catalog.\"C\", state, "
             "checksum)::pg_catalog.text, 'UTF8')), 'hex'), '') FROM found) ");
}

void adopt_add_question(struct text *sql, const struct adopt_source *source)
{
    add_rows(sql, source);
    text_add(sql, "SELECT version, state, checksum, seal FROM found CROSS JOIN sealed "
                  "ORDER BY version COLLATE pg_catalog.\"C\", state;\n");
}

struct adopted_rows adopt_read(struct arena *arena, const PGresult *result, const char **seal)
{
    size_t count = (size_t)PQntuples(result);
    struct adopted_rows rows = {arena_array(arena, count, sizeof *rows.items), count};
    *seal = count == 0 ? "" : arena_string(arena, PQgetvalue(result, 0, 3));
    for (size_t i = 0; i < count; i++) {
        int row = (int)i;
        rows.items[i] = (struct adopted_row){
            .version = arena_string(arena, PQgetvalue(result, row, 0)),
            .state = adopted_state_find(PQgetvalue(result, row, 1)),
            .checksum = PQgetisnull(result, row, 2) ? NULL : arena_string(arena, PQgetvalue(result, row, 2)),
        };
    }
    return rows;
}

void adopt_add_check(struct text *sql, const struct adopt_source *source, const char *seal, const char *attempt)
{
    const struct sql_value values[] = {
        {"schema", source->schema}, {"table", source->table}, {"seal", seal}, {"attempt", attempt}};
    const size_t n_values = sizeof values / sizeof *values;
    sql_expand(sql, "LOCK TABLE :\"schema\".:\"table\" IN SHARE MODE;\n", values, n_values);
    add_rows(sql, source);
    sql_expand(
        sql,
        "SELECT CASE WHEN seal OPERATOR(pg_catalog.=) :'seal' THEN 1 ELSE ('migrated:' OPERATOR(pg_catalog.||) "
        ":'attempt' OPERATOR(pg_catalog.||) ':other:' OPERATOR(pg_catalog.||) seal OPERATOR(pg_catalog.||) "
        "'|')::pg_catalog.int4 END FROM sealed;\n",
        values, n_values);
}
