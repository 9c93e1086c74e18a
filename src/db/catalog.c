#include "db/catalog.h"

#include "base/arena.h"
#include "base/memory.h"
#include "core/sql_quote.h"

#include <stdlib.h>
#include <string.h>

static const char look_new_index_sql[] =
#include "db/sql/look_new_index.inc"
    ;
static const char look_old_index_sql[] =
#include "db/sql/look_old_index.inc"
    ;
static const char look_reindex_sql[] =
#include "db/sql/look_reindex.inc"
    ;
static const char look_partition_sql[] =
#include "db/sql/look_partition.inc"
    ;
static const char look_shared_sql[] =
#include "db/sql/look_shared.inc"
    ;
static const char compare_index_sql[] =
#include "db/sql/compare_index.inc"
    ;

/* Which question, and its word for the kind of thing. */
static const struct {
    const char *sql, *kind;
} questions[] = {
    [SQL_OBJECT_NEW_INDEX] = {look_new_index_sql, NULL},
    [SQL_OBJECT_OLD_INDEX] = {look_old_index_sql, NULL},
    [SQL_OBJECT_REINDEX] = {look_reindex_sql, NULL},
    [SQL_OBJECT_PARTITION] = {look_partition_sql, NULL},
    [SQL_OBJECT_NEW_DATABASE] = {look_shared_sql, "DATABASE"},
    [SQL_OBJECT_OLD_DATABASE] = {look_shared_sql, "DATABASE"},
    [SQL_OBJECT_NEW_TABLESPACE] = {look_shared_sql, "TABLESPACE"},
    [SQL_OBJECT_OLD_TABLESPACE] = {look_shared_sql, "TABLESPACE"},
    [SQL_OBJECT_NEW_SUBSCRIPTION] = {look_shared_sql, "SUBSCRIPTION"},
    [SQL_OBJECT_OLD_SUBSCRIPTION] = {look_shared_sql, "SUBSCRIPTION"},
};

static const char *const scopes[] = {
    [SQL_REINDEX_INDEX] = "INDEX",
    [SQL_REINDEX_TABLE] = "TABLE",
    [SQL_REINDEX_SCHEMA] = "SCHEMA",
    [SQL_REINDEX_DATABASE] = "DATABASE",
};

/* As typed, to be freed; NULL for a name that does not stand there. */
static char *typed(const char *statement, struct sql_span span)
{
    if (span.length == 0)
        return NULL;
    char *copy = memory_alloc(span.length + 1);
    memcpy(copy, statement + span.offset, span.length);
    return copy;
}

void catalog_add_question(struct text *sql, const struct sql_object *object, const char *statement, const char *known)
{
    char *name = typed(statement, object->name), *table = typed(statement, object->table);
    const struct sql_value values[] = {
        {"name", name},
        {"table", table},
        {"known", known},
        {"kind", object->kind == SQL_OBJECT_REINDEX ? scopes[object->scope] : questions[object->kind].kind},
    };
    sql_expand(sql, questions[object->kind].sql, values, sizeof values / sizeof *values);
    free(name);
    free(table);
}

static const char *value(const PGresult *result, int row, const char *column)
{
    return PQgetvalue(result, row, PQfnumber(result, column));
}

static bool is_null(const PGresult *result, int row, const char *column)
{
    return PQgetisnull(result, row, PQfnumber(result, column)) != 0;
}

static bool is_true(const PGresult *result, int row, const char *column)
{
    return value(result, row, column)[0] == 't';
}

struct catalog_facts catalog_read(struct arena *arena, const PGresult *result, const char **present)
{
    size_t rows = (size_t)PQntuples(result);
    struct catalog_object *objects = arena_array(arena, rows, sizeof *objects);
    struct catalog_facts facts = {.objects = objects};
    *present = rows > 0 && !is_null(result, 0, "present") ? arena_string(arena, value(result, 0, "present")) : NULL;
    for (int row = 0; row < (int)rows; row++) {
        if (is_null(result, row, "name"))
            continue;
        objects[facts.count++] = (struct catalog_object){
            .name = arena_string(arena, value(result, row, "name")),
            .wanted = is_true(result, row, "wanted"),
            .valid = is_true(result, row, "valid"),
            .known = is_true(result, row, "known"),
            .theirs = PQfnumber(result, "theirs") >= 0 && is_true(result, row, "theirs"),
            .builder = (int)strtol(value(result, row, "builder"), NULL, 10),
        };
    }
    return facts;
}

void catalog_add_comparison(struct text *sql, const struct sql_object *object, const char *statement, size_t length,
                            const char *found)
{
    const struct sql_value values[] = {{"found", found}};
    text_add(sql, "CREATE TEMPORARY TABLE migrated_compare (LIKE ");
    text_add_bytes(sql, statement + object->table.offset, object->table.length);
    text_addf(sql, ");\nCREATE %sINDEX migrated_compare_index ON pg_temp.migrated_compare ",
              object->unique ? "UNIQUE " : "");
    text_add_bytes(sql, statement + object->definition, length - object->definition);
    text_add(sql, "\n;\n");
    sql_expand(sql, compare_index_sql, values, 1);
}

enum catalog_definition catalog_read_comparison(const PGresult *result)
{
    if (PQntuples(result) != 1)
        return DEFINITION_UNKNOWN;
    return is_true(result, 0, "same") ? DEFINITION_SAME : DEFINITION_OTHER;
}
