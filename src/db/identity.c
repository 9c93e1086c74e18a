#include "db/identity.h"

#include "array.h"
#include "base/arena.h"

static const char identity_sql[] =
#include "db/sql/identity.inc"
    ;
static const char identity_bare_sql[] =
#include "db/sql/identity_bare.inc"
    ;

void identity_add_question(struct text *sql, bool bare)
{
    text_add(sql, bare ? identity_bare_sql : identity_sql);
}

static const char *value(struct arena *arena, const PGresult *result, const char *column)
{
    int field = PQfnumber(result, column);
    return PQgetisnull(result, 0, field) ? NULL : arena_string(arena, PQgetvalue(result, 0, field));
}

struct identity identity_read(struct arena *arena, const PGresult *result)
{
    return (struct identity){
        .database = value(arena, result, "database"),
        .oid = value(arena, result, "oid"),
        .system = value(arena, result, "system"),
        .started_us = value(arena, result, "started_us"),
        .in_recovery = value(arena, result, "in_recovery")[0] == 't',
        .path = db_array_read(arena, value(arena, result, "path")),
    };
}
