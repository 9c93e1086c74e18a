#include "core/sql_object.h"

#include "core/sql_class.h"
#include "sql_words.h"

static const struct sql_object unknown = {.kind = SQL_OBJECT_UNKNOWN};
static const struct sql_object repeatable = {.kind = SQL_OBJECT_REPEATABLE};

/* The object, if what was read is whole. */
static struct sql_object if_named(struct sql_object object)
{
    return object.name.length == 0 ? unknown : object;
}

/* Behind INDEX CONCURRENTLY. */
static struct sql_object read_new_index(struct sql_words *words, bool unique)
{
    struct sql_object object = {.kind = SQL_OBJECT_NEW_INDEX, .unique = unique};
    sql_words_take_if_exists(words);
    if (!sql_words_at(words, "ON"))
        object.name = sql_words_take_name(words);
    if (!sql_words_take(words, "ON"))
        return unknown;
    sql_words_take(words, "ONLY");
    object.table = sql_words_take_name(words);
    object.definition = words->token.offset;
    return object.table.length == 0 ? unknown : object;
}

static struct sql_object read_old_index(struct sql_words *words)
{
    struct sql_object object = {.kind = SQL_OBJECT_OLD_INDEX};
    sql_words_take_if_exists(words);
    object.name = sql_words_take_name(words);
    return if_named(object);
}

static struct sql_object read_create(struct sql_words *words)
{
    bool unique = sql_words_take(words, "UNIQUE");
    if (sql_words_take_both(words, "INDEX", "CONCURRENTLY"))
        return read_new_index(words, unique);
    if (sql_words_take(words, "DATABASE"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_DATABASE, .name = sql_words_take_name(words)});
    if (sql_words_take(words, "TABLESPACE"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_TABLESPACE, .name = sql_words_take_name(words)});
    if (sql_words_take(words, "SUBSCRIPTION"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_SUBSCRIPTION, .name = sql_words_take_name(words)});
    return unknown;
}

static struct sql_object read_drop(struct sql_words *words)
{
    enum sql_object_kind kind;
    if (sql_words_take_both(words, "INDEX", "CONCURRENTLY"))
        return read_old_index(words);
    if (sql_words_take(words, "DATABASE"))
        kind = SQL_OBJECT_OLD_DATABASE;
    else if (sql_words_take(words, "TABLESPACE"))
        kind = SQL_OBJECT_OLD_TABLESPACE;
    else if (sql_words_take(words, "SUBSCRIPTION"))
        kind = SQL_OBJECT_OLD_SUBSCRIPTION;
    else
        return unknown;
    sql_words_take_if_exists(words);
    return if_named((struct sql_object){.kind = kind, .name = sql_words_take_name(words)});
}

/* Behind REINDEX; without CONCURRENTLY only that it may be run again is known. */
static struct sql_object read_reindex(struct sql_words *words)
{
    static const char *const scopes[] = {
        [SQL_REINDEX_INDEX] = "INDEX",
        [SQL_REINDEX_TABLE] = "TABLE",
        [SQL_REINDEX_SCHEMA] = "SCHEMA",
        [SQL_REINDEX_DATABASE] = "DATABASE",
    };
    struct sql_object object = {.kind = SQL_OBJECT_REINDEX};
    sql_words_take_parentheses(words);
    size_t scope = 0;
    while (scope < sizeof scopes / sizeof *scopes && !sql_words_take(words, scopes[scope]))
        scope++;
    if (scope == sizeof scopes / sizeof *scopes)
        return repeatable;
    object.scope = (enum sql_reindex_scope)scope;
    sql_words_take(words, "CONCURRENTLY");
    object.name = sql_words_take_name(words);
    return object.name.length == 0 && object.scope != SQL_REINDEX_DATABASE ? repeatable : object;
}

/* ALTER TABLE [IF EXISTS] [ONLY] parent DETACH PARTITION name CONCURRENTLY */
static struct sql_object read_detach(struct sql_words *words)
{
    struct sql_object object = {.kind = SQL_OBJECT_PARTITION};
    sql_words_take_if_exists(words);
    sql_words_take(words, "ONLY");
    object.table = sql_words_take_name(words);
    sql_words_take_symbol(words, '*');
    if (object.table.length == 0 || !sql_words_take_both(words, "DETACH", "PARTITION"))
        return unknown;
    object.name = sql_words_take_name(words);
    return if_named(object);
}

static struct sql_object read_alter(struct sql_words *words)
{
    if (sql_words_take(words, "TABLE"))
        return read_detach(words);
    return sql_words_take(words, "SYSTEM") || sql_words_take(words, "DATABASE") ||
                   sql_words_take(words, "SUBSCRIPTION")
               ? repeatable
               : unknown;
}

struct sql_object sql_object_read(const char *statement, size_t length)
{
    struct sql_words words = sql_words_of(statement, length);
    if (sql_words_take(&words, "CREATE"))
        return read_create(&words);
    if (sql_words_take(&words, "DROP"))
        return read_drop(&words);
    if (sql_words_take(&words, "REINDEX"))
        return sql_classify(statement, length).class == SQL_CONCURRENT ? read_reindex(&words) : repeatable;
    if (sql_words_take(&words, "ALTER"))
        return read_alter(&words);
    return sql_words_take(&words, "VACUUM") || sql_words_take(&words, "CLUSTER") || sql_words_take(&words, "DISCARD")
               ? repeatable
               : unknown;
}

bool sql_is_setting(const char *statement, size_t length)
{
    struct sql_words words = sql_words_of(statement, length);
    if (sql_words_take(&words, "RESET"))
        return true;
    if (sql_words_take(&words, "SET"))
        return !sql_words_take(&words, "LOCAL") && !sql_words_take(&words, "CONSTRAINTS") &&
               !sql_words_take(&words, "TRANSACTION");
    if (!sql_words_take(&words, "SELECT"))
        return false;
    if (sql_words_take(&words, "PG_CATALOG") && !sql_words_take_symbol(&words, '.'))
        return false;
    if (!sql_words_take(&words, "SET_CONFIG"))
        return false;
    sql_words_take_parentheses(&words);
    return sql_words_at_end(&words);
}

bool sql_might_run_alone(const char *statement, size_t length)
{
    static const char *const commands[] = {"ALTER", "CLUSTER", "CREATE", "DROP", "REFRESH", "REINDEX", "VACUUM"};
    struct sql_words words = sql_words_of(statement, length);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (sql_words_take(&words, commands[i]))
            return true;
    return false;
}
