#include "db/replicas.h"

#include "base/arena.h"
#include "core/sql_quote.h"

#include <stdlib.h>

static const char replicas_sql[] =
#include "db/sql/replicas.inc"
    ;

void replicas_add_question(struct text *sql, const char *position)
{
    const struct sql_value values[] = {{"position", position}};
    sql_expand(sql, replicas_sql, values, 1);
}

static const char *value(const PGresult *result, int row, const char *column)
{
    return PQgetvalue(result, row, PQfnumber(result, column));
}

void replicas_read(struct arena *arena, const PGresult *result, struct replicas *replicas)
{
    *replicas = (struct replicas){.position = arena_string(arena, value(result, 0, "position"))};
    for (int row = 0; row < PQntuples(result); row++) {
        if (value(result, row, "present")[0] != 't')
            continue;
        if (value(result, row, "hidden")[0] == 't') {
            replicas->hidden = true;
            continue;
        }
        if (replicas->behind++ == 0) {
            replicas->name = arena_string(arena, value(result, row, "application_name"));
            replicas->bytes = strtoll(value(result, row, "bytes"), NULL, 10);
        }
    }
}
