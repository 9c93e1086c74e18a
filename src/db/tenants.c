#include "db/tenants.h"

#include "base/arena.h"
#include "db/books.h"

#include <string.h>

static const char tenants_sql[] =
#include "db/sql/tenants.inc"
    ;

/* The query may end in a comment, or in a semicolon of its own. */
void tenants_add_list(struct text *sql, const char *query)
{
    text_addf(sql, "%s\n;\n", query);
}

struct names tenants_read_list(struct arena *arena, const PGresult *result, const char *shared)
{
    size_t rows = (size_t)PQntuples(result), kept = 0;
    struct names names = {.items = arena_array(arena, rows, sizeof *names.items)};
    for (size_t i = 0; i < rows; i++) {
        const char *name = PQgetvalue(result, (int)i, 0);
        if (!PQgetisnull(result, (int)i, 0) && strcmp(name, shared) != 0)
            names.items[names.count++] = arena_string(arena, name);
    }
    names_sort(&names);
    for (size_t i = 0; i < names.count; i++)
        if (kept == 0 || strcmp(names.items[i], names.items[kept - 1]) != 0)
            names.items[kept++] = names.items[i];
    names.count = kept;
    return names;
}

/* {"acme","b\"c"} */
static void add_array(struct text *text, const struct names *names)
{
    text_add_char(text, '{');
    for (size_t i = 0; i < names->count; i++) {
        text_add(text, i > 0 ? ",\"" : "\"");
        for (const char *at = names->items[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\')
                text_add_char(text, '\\');
            text_add_char(text, *at);
        }
        text_add_char(text, '"');
    }
    text_add_char(text, '}');
}

void tenants_add_digests(struct text *sql, const struct ledger *ledger, const struct names *schemas)
{
    struct text array = {0};
    add_array(&array, schemas);
    const struct sql_value values[] = {{"schemas", text_string(&array)}};
    ledger_expand(ledger, sql, tenants_sql, values, 1);
    text_finish(&array);
}

const char *tenants_read_digest(const PGresult *result, size_t row)
{
    return PQgetisnull(result, (int)row, 1) ? NULL : PQgetvalue(result, (int)row, 1);
}

void tenants_add_rows(struct text *sql, const struct ledger *ledger, const char *schema)
{
    struct ledger tenant = *ledger;
    tenant.version_schema = schema;
    books_add_rows(sql, &tenant);
}
