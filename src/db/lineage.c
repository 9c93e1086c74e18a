#include "db/lineage.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char lineage_sql[] =
#include "db/sql/lineage.inc"
    ;
static const char lineage_bare_sql[] =
#include "db/sql/lineage_bare.inc"
    ;

void lineage_add_mark_question(struct text *sql, const struct ledger *ledger, const char *run)
{
    const struct sql_value values[] = {{"run", run}, {"revisions", NULL}, {"since_us", NULL}};
    ledger_expand(ledger, sql, lineage_sql, values, sizeof values / sizeof *values);
}

void lineage_add_question(struct text *sql, const struct ledger *ledger, const struct names *revisions,
                          int64_t since_us)
{
    struct arena *arena = arena_create();
    const struct sql_value values[] = {
        {"run", NULL},
        {"revisions", names_list(arena, revisions)},
        {"since_us", arena_printf(arena, "%" PRId64, since_us)},
    };
    ledger_expand(ledger, sql, lineage_sql, values, sizeof values / sizeof *values);
    arena_destroy(arena);
}

void lineage_add_bare_question(struct text *sql)
{
    text_add(sql, lineage_bare_sql);
}

static const char *value(const PGresult *result, const char *column)
{
    return PQgetvalue(result, 0, PQfnumber(result, column));
}

/* Joined by commas, which no id holds. */
static struct names read_names(struct arena *arena, const char *joined)
{
    size_t most = 1;
    for (const char *at = joined; *at != '\0'; at++)
        most += *at == ',';
    struct names names = {.items = arena_array(arena, most, sizeof *names.items)};
    while (*joined != '\0') {
        size_t length = strcspn(joined, ",");
        names.items[names.count++] = arena_copy(arena, joined, length);
        joined += length + (joined[length] == ',');
    }
    names_sort(&names);
    return names;
}

struct lineage lineage_read(struct arena *arena, const PGresult *result)
{
    return (struct lineage){
        .system = arena_string(arena, value(result, "system")),
        .timeline = arena_string(arena, value(result, "timeline")),
        .rows = strtoull(value(result, "rows"), NULL, 10),
        .since_us = strtoll(value(result, "since_us"), NULL, 10),
        .applied = read_names(arena, value(result, "applied")),
    };
}
