#include "core/sql_table_lock.h"

#include "sql_words.h"

struct reader {
    struct sql_words words;
    void (*found)(void *context, const struct sql_table_lock *lock);
    void *context;
};

static void tell(struct reader *reader, struct sql_table_lock lock)
{
    if (lock.name.length > 0)
        reader->found(reader->context, &lock);
}

static bool take(struct reader *reader, const char *word)
{
    return sql_words_take(&reader->words, word);
}

static struct sql_span take_name(struct reader *reader)
{
    return sql_words_take_name(&reader->words);
}

/* Up to this word, parentheses passed over; false: it does not come. */
static bool seek(struct reader *reader, const char *word)
{
    while (!sql_words_at_end(&reader->words)) {
        if (take(reader, word))
            return true;
        if (sql_words_at_symbol(&reader->words, '('))
            sql_words_take_parentheses(&reader->words);
        else
            sql_words_advance(&reader->words);
    }
    return false;
}

/* ---- ALTER TABLE ---- */

static void tell_referenced(struct reader *reader)
{
    tell(reader, (struct sql_table_lock){
                     .mode = SQL_TABLE_SHARE_ROW_EXCLUSIVE, .name = take_name(reader), .with_children = true});
}

/* The rest of an action; what it REFERENCES is locked too. */
static void pass_action(struct reader *reader)
{
    size_t depth = 0;
    while (!sql_words_at_end(&reader->words) && !(depth == 0 && sql_words_at_symbol(&reader->words, ','))) {
        if (take(reader, "REFERENCES")) {
            tell_referenced(reader);
            continue;
        }
        depth += sql_words_at_symbol(&reader->words, '(');
        depth -= depth > 0 && sql_words_at_symbol(&reader->words, ')');
        sql_words_advance(&reader->words);
    }
}

static bool takes_parameters(const struct reader *reader)
{
    return sql_words_at_symbol(&reader->words, '(');
}

static enum sql_table_mode read_added(struct reader *reader)
{
    if (take(reader, "CONSTRAINT"))
        take_name(reader);
    return sql_words_at(&reader->words, "FOREIGN") ? SQL_TABLE_SHARE_ROW_EXCLUSIVE : SQL_TABLE_ACCESS_EXCLUSIVE;
}

/* ALTER [COLUMN] name SET STATISTICS, SET (...) and RESET (...) let everybody pass. */
static enum sql_table_mode read_altered_column(struct reader *reader)
{
    if (take(reader, "CONSTRAINT"))
        return SQL_TABLE_ACCESS_EXCLUSIVE;
    take(reader, "COLUMN");
    take_name(reader);
    bool sets = take(reader, "SET");
    if (sets ? sql_words_at(&reader->words, "STATISTICS") || takes_parameters(reader)
             : take(reader, "RESET") && takes_parameters(reader))
        return SQL_TABLE_NEW;
    return SQL_TABLE_ACCESS_EXCLUSIVE;
}

/* SET (...) and SET WITHOUT CLUSTER against SET SCHEMA, SET LOGGED ... */
static enum sql_table_mode read_set(struct reader *reader)
{
    bool passes = takes_parameters(reader) || sql_words_take_both(&reader->words, "WITHOUT", "CLUSTER");
    return passes ? SQL_TABLE_NEW : SQL_TABLE_ACCESS_EXCLUSIVE;
}

static enum sql_table_mode read_trigger_switch(struct reader *reader)
{
    if (!take(reader, "REPLICA"))
        take(reader, "ALWAYS");
    return sql_words_at(&reader->words, "TRIGGER") ? SQL_TABLE_SHARE_ROW_EXCLUSIVE : SQL_TABLE_ACCESS_EXCLUSIVE;
}

/* Everybody passes the parent; the new partition itself is closed, with what is below it. */
static enum sql_table_mode read_attached(struct reader *reader)
{
    take(reader, "PARTITION");
    tell(reader, (struct sql_table_lock){
                     .mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = take_name(reader), .with_children = true});
    return SQL_TABLE_NEW;
}

static enum sql_table_mode read_detached(struct reader *reader)
{
    take(reader, "PARTITION");
    struct sql_span partition = take_name(reader);
    if (sql_words_at(&reader->words, "CONCURRENTLY") || sql_words_at(&reader->words, "FINALIZE"))
        return SQL_TABLE_NEW;
    tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = partition});
    return SQL_TABLE_ACCESS_EXCLUSIVE;
}

/* What an action asks of the table itself; SQL_TABLE_NEW: nothing that anybody would wait for. */
static enum sql_table_mode read_action(struct reader *reader, bool *with_children)
{
    if (take(reader, "ADD")) {
        *with_children = true;
        return read_added(reader);
    }
    if (take(reader, "ALTER")) {
        *with_children = true;
        return read_altered_column(reader);
    }
    if (take(reader, "RENAME")) {
        *with_children |= !sql_words_at(&reader->words, "TO"); /* a column or constraint */
        return SQL_TABLE_ACCESS_EXCLUSIVE;
    }
    *with_children |= sql_words_at(&reader->words, "DROP");
    if (take(reader, "SET"))
        return read_set(reader);
    if (take(reader, "RESET") || take(reader, "VALIDATE") || take(reader, "CLUSTER"))
        return SQL_TABLE_NEW;
    if (take(reader, "ENABLE") || take(reader, "DISABLE"))
        return read_trigger_switch(reader);
    if (take(reader, "ATTACH"))
        return read_attached(reader);
    if (take(reader, "DETACH"))
        return read_detached(reader);
    return SQL_TABLE_ACCESS_EXCLUSIVE;
}

static void read_alter_table(struct reader *reader)
{
    struct sql_table_lock lock = {.mode = SQL_TABLE_NEW};
    sql_words_take_if_exists(&reader->words);
    bool only = take(reader, "ONLY"), more = true;
    lock.name = take_name(reader);
    sql_words_take_symbol(&reader->words, '*');
    while (more) {
        enum sql_table_mode mode = read_action(reader, &lock.with_children);
        lock.mode = mode > lock.mode ? mode : lock.mode;
        pass_action(reader);
        more = sql_words_take_symbol(&reader->words, ',');
    }
    lock.with_children &= !only;
    if (lock.mode != SQL_TABLE_NEW)
        tell(reader, lock);
}

/* ---- the others ---- */

/* name, name ... */
static void read_names(struct reader *reader, struct sql_table_lock lock)
{
    do {
        struct sql_table_lock one = lock;
        one.with_children &= !take(reader, "ONLY");
        one.name = take_name(reader);
        sql_words_take_symbol(&reader->words, '*');
        tell(reader, one);
    } while (sql_words_take_symbol(&reader->words, ','));
}

static void read_named_behind(struct reader *reader, const char *word, enum sql_table_mode mode)
{
    if (seek(reader, word))
        tell(reader, (struct sql_table_lock){.mode = mode, .name = take_name(reader)});
}

static bool take_view(struct reader *reader)
{
    return take(reader, "VIEW") || sql_words_take_both(&reader->words, "MATERIALIZED", "VIEW");
}

static void read_alter(struct reader *reader)
{
    take(reader, "FOREIGN");
    if (take(reader, "TABLE")) {
        read_alter_table(reader);
    } else if (take_view(reader)) {
        sql_words_take_if_exists(&reader->words);
        tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = take_name(reader)});
    } else if (take(reader, "POLICY") || take(reader, "RULE") || take(reader, "TRIGGER")) {
        read_named_behind(reader, "ON", SQL_TABLE_ACCESS_EXCLUSIVE);
    }
}

static void read_drop(struct reader *reader)
{
    struct sql_table_lock lock = {.mode = SQL_TABLE_ACCESS_EXCLUSIVE};
    if (take(reader, "POLICY") || take(reader, "RULE") || take(reader, "TRIGGER")) {
        read_named_behind(reader, "ON", SQL_TABLE_ACCESS_EXCLUSIVE);
        return;
    }
    take(reader, "FOREIGN");
    lock.with_children = take(reader, "TABLE");
    lock.of_index = !lock.with_children && take(reader, "INDEX");
    if (lock.of_index && sql_words_at(&reader->words, "CONCURRENTLY"))
        return;
    if (lock.with_children || lock.of_index || take_view(reader)) {
        sql_words_take_if_exists(&reader->words);
        read_names(reader, lock);
    }
}

/* Behind INDEX. */
static void read_new_index(struct reader *reader)
{
    struct sql_table_lock lock = {.mode = SQL_TABLE_SHARE};
    if (sql_words_at(&reader->words, "CONCURRENTLY"))
        return;
    sql_words_take_if_exists(&reader->words);
    if (!sql_words_at(&reader->words, "ON"))
        take_name(reader);
    if (!take(reader, "ON"))
        return;
    lock.with_children = !take(reader, "ONLY");
    lock.name = take_name(reader);
    tell(reader, lock);
}

/* With IF NOT EXISTS it may be an old one. */
static struct sql_span take_new_name(struct reader *reader)
{
    bool may_exist = sql_words_at(&reader->words, "IF");
    sql_words_take_if_exists(&reader->words);
    struct sql_span name = take_name(reader);
    if (may_exist)
        name = (struct sql_span){0};
    return name;
}

/* Behind TABLE. */
static void read_new_table(struct reader *reader)
{
    tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_NEW, .name = take_new_name(reader)});
    if (sql_words_take_both(&reader->words, "PARTITION", "OF"))
        tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = take_name(reader)});
    for (pass_action(reader); sql_words_take_symbol(&reader->words, ',');)
        pass_action(reader);
}

static void read_create(struct reader *reader)
{
    bool replaces = sql_words_take_both(&reader->words, "OR", "REPLACE");
    bool unique = take(reader, "UNIQUE");
    if (take(reader, "INDEX")) {
        read_new_index(reader);
        return;
    }
    if (unique)
        return;
    take(reader, "CONSTRAINT");
    if (take(reader, "TRIGGER")) {
        read_named_behind(reader, "ON", SQL_TABLE_SHARE_ROW_EXCLUSIVE);
        return;
    }
    if (take(reader, "POLICY")) {
        read_named_behind(reader, "ON", SQL_TABLE_ACCESS_EXCLUSIVE);
        return;
    }
    if (take(reader, "RULE")) {
        read_named_behind(reader, "TO", SQL_TABLE_ACCESS_EXCLUSIVE);
        return;
    }
    while (take(reader, "GLOBAL") || take(reader, "LOCAL") || take(reader, "TEMP") || take(reader, "TEMPORARY") ||
           take(reader, "UNLOGGED") || take(reader, "RECURSIVE") || take(reader, "FOREIGN"))
        continue;
    if (take(reader, "TABLE")) {
        read_new_table(reader);
    } else if (take_view(reader)) {
        tell(reader, (struct sql_table_lock){.mode = replaces ? SQL_TABLE_ACCESS_EXCLUSIVE : SQL_TABLE_NEW,
                                             .name = take_new_name(reader)});
    }
}

/* Behind the names of LOCK TABLE. */
static enum sql_table_mode read_mode(struct sql_words words)
{
    if (!sql_words_take(&words, "IN"))
        return SQL_TABLE_ACCESS_EXCLUSIVE;
    if (sql_words_take(&words, "ACCESS"))
        return sql_words_at(&words, "EXCLUSIVE") ? SQL_TABLE_ACCESS_EXCLUSIVE : SQL_TABLE_NEW;
    if (sql_words_take(&words, "EXCLUSIVE"))
        return SQL_TABLE_EXCLUSIVE;
    if (!sql_words_take(&words, "SHARE") || sql_words_at(&words, "UPDATE"))
        return SQL_TABLE_NEW;
    return sql_words_at(&words, "ROW") ? SQL_TABLE_SHARE_ROW_EXCLUSIVE : SQL_TABLE_SHARE;
}

static void ignore(void *context, const struct sql_table_lock *lock)
{
    (void)context;
    (void)lock;
}

static void read_lock(struct reader *reader)
{
    struct sql_table_lock lock = {.with_children = true};
    take(reader, "TABLE");
    struct reader ahead = {reader->words, ignore, NULL};
    read_names(&ahead, lock);
    lock.mode = read_mode(ahead.words);
    if (lock.mode != SQL_TABLE_NEW)
        read_names(reader, lock);
}

/* CLUSTER [VERBOSE | (...)] name; without one it is every table that was clustered before. */
static void read_cluster(struct reader *reader)
{
    sql_words_take_parentheses(&reader->words);
    take(reader, "VERBOSE");
    tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = take_name(reader)});
}

/* An index that is built again is closed to those who read by it; its table to writers. */
static void read_reindex(struct reader *reader)
{
    sql_words_take_parentheses(&reader->words);
    bool index = take(reader, "INDEX");
    if ((index || take(reader, "TABLE")) && !sql_words_at(&reader->words, "CONCURRENTLY"))
        tell(reader, (struct sql_table_lock){.mode = index ? SQL_TABLE_ACCESS_EXCLUSIVE : SQL_TABLE_SHARE,
                                             .name = take_name(reader)});
}

static void read_refresh(struct reader *reader)
{
    if (sql_words_take_both(&reader->words, "MATERIALIZED", "VIEW") && !sql_words_at(&reader->words, "CONCURRENTLY"))
        tell(reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .name = take_name(reader)});
}

void sql_table_lock_read(const char *statement, size_t length,
                         void (*found)(void *context, const struct sql_table_lock *lock), void *context)
{
    struct reader reader = {sql_words_of(statement, length), found, context};
    if (take(&reader, "ALTER")) {
        read_alter(&reader);
    } else if (take(&reader, "CREATE")) {
        read_create(&reader);
    } else if (take(&reader, "DROP")) {
        read_drop(&reader);
    } else if (take(&reader, "TRUNCATE")) {
        take(&reader, "TABLE");
        read_names(&reader, (struct sql_table_lock){.mode = SQL_TABLE_ACCESS_EXCLUSIVE, .with_children = true});
    } else if (take(&reader, "LOCK")) {
        read_lock(&reader);
    } else if (take(&reader, "CLUSTER")) {
        read_cluster(&reader);
    } else if (take(&reader, "REINDEX")) {
        read_reindex(&reader);
    } else if (take(&reader, "REFRESH")) {
        read_refresh(&reader);
    }
}

size_t sql_table_lock_conflicts(enum sql_table_mode mode, const char *const **names)
{
    /* From the strongest on: each mode here waits for what the next weaker one waits for, but SHARE for itself. */
    static const char *const any[] = {
        "AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareUpdateExclusiveLock",
        "RowExclusiveLock",    "ShareLock",     "RowShareLock",          "AccessShareLock"};
    *names = any;
    switch (mode) {
    case SQL_TABLE_NEW:
        return 0;
    case SQL_TABLE_SHARE:
        return 5;
    case SQL_TABLE_SHARE_ROW_EXCLUSIVE:
        return 6;
    case SQL_TABLE_EXCLUSIVE:
        return 7;
    case SQL_TABLE_ACCESS_EXCLUSIVE:
        break;
    }
    return sizeof any / sizeof *any;
}
