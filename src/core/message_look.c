#include "message_parts.h"

#include "base/arena.h"
#include "core/sql_quote.h"
#include "core/sql_table_lock.h"
#include "sql_words.h"

#include <inttypes.h>
#include <string.h>

#define uthash_malloc(size)      arena_alloc(look->arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

#define AHEAD_BYTES ((size_t)1024 * 1024) /* a file of data is not read twice */

/* A table that a statement locks, as it is named there. */
struct wanted {
    struct sql_table_lock lock;
    const char *name;    /* owned by the arena */
    struct wanted *next; /* of the same name, in another way; NULL: none */
    UT_hash_handle hh;   /* of the first of its name */
};

struct look {
    struct arena *arena;
    const char *statement;  /* the one being read; borrowed */
    struct wanted **wanted; /* in order */
    struct wanted *by_name;
    size_t count, capacity;
    size_t read, due; /* statements so far, and the first of them that locks what others may have; 0: none does */
};

/* ---- what the statements lock ---- */

static struct wanted *find_name(const struct look *look, const char *name, size_t length)
{
    struct wanted *first;
    HASH_FIND(hh, look->by_name, name, length, first);
    return first;
}

static bool is_known(const struct look *look, const struct sql_table_lock *lock, const char *name)
{
    for (const struct wanted *known = find_name(look, name, lock->name.length); known != NULL; known = known->next)
        if (known->lock.mode == SQL_TABLE_NEW ||
            (known->lock.mode == lock->mode && known->lock.of_index == lock->of_index &&
             known->lock.with_children >= lock->with_children))
            return true;
    return false;
}

static void add_wanted(struct look *look, const struct sql_table_lock *lock, const char *name)
{
    size_t length = lock->name.length;
    struct wanted *first = find_name(look, name, length), *added = arena_alloc(look->arena, sizeof *added);
    *added = (struct wanted){.lock = *lock, .name = arena_copy(look->arena, name, length)};
    look->wanted = arena_grow(look->arena, look->wanted, look->count, &look->capacity, sizeof *look->wanted);
    look->wanted[look->count++] = added;
    if (first == NULL) {
        HASH_ADD_KEYPTR(hh, look->by_name, added->name, length, added);
        return;
    }
    added->next = first->next;
    first->next = added;
}

/* Comments between a name's parts: the server's to_regclass does not know them. */
static bool is_plain(const char *name, size_t length)
{
    return memchr(name, '-', length) == NULL && memchr(name, '/', length) == NULL;
}

static void note(void *context, const struct sql_table_lock *lock)
{
    struct look *look = context;
    const char *name = look->statement + lock->name.offset;
    if (!is_plain(name, lock->name.length) || is_known(look, lock, name))
        return;
    if (lock->mode != SQL_TABLE_NEW && look->due == 0)
        look->due = look->read;
    add_wanted(look, lock, name);
}

static void read_statement(struct look *look, const char *statement, size_t length)
{
    look->statement = statement;
    look->read++;
    sql_table_lock_read(statement, length, note, look);
}

static bool is_setting(const char *statement, size_t length)
{
    struct sql_words words = sql_words_of(statement, length);
    return sql_words_at(&words, "SET") || sql_is_setting(statement, length);
}

/* ---- the question ---- */

static bool is_of(const struct wanted *wanted, enum sql_table_mode mode, bool children)
{
    return wanted->lock.mode == mode && (!children || wanted->lock.with_children);
}

/* ARRAY[to_regclass(...), ...]: NULL for a table that is not there. False: there is none of this kind. */
static bool add_tables(struct text *sql, const struct look *look, enum sql_table_mode mode, bool children)
{
    bool any = false;
    for (size_t i = 0; i < look->count; i++) {
        if (!is_of(look->wanted[i], mode, children))
            continue;
        text_add(sql, any ? ", " : "ARRAY[");
        any = true;
        bool of_index = look->wanted[i]->lock.of_index;
        if (of_index)
            text_add(sql, "(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) ");
        text_add(sql, "pg_catalog.to_regclass(");
        sql_quote_literal(sql, look->wanted[i]->name);
        text_add(sql, of_index ? ")::pg_catalog.oid)" : ")::pg_catalog.oid");
    }
    if (any)
        text_add(sql, "]::pg_catalog.oid[]");
    return any;
}

static void add_modes(struct text *sql, enum sql_table_mode mode)
{
    const char *const *names;
    size_t count = sql_table_lock_conflicts(mode, &names);
    if (mode == SQL_TABLE_ACCESS_EXCLUSIVE) /* any */
        return;
    text_add(sql, " AND held.mode OPERATOR(pg_catalog.=) ANY ('{");
    for (size_t i = 0; i < count; i++)
        text_addf(sql, "%s%s", i > 0 ? "," : "", names[i]);
    text_add(sql, "}'::pg_catalog.text[])");
}

/* Of a lock that somebody holds: does one of ours wait for it? As lists, so that each name is looked up once, not once
 * for each lock on the server. */
static void add_conflicts(struct text *sql, const struct look *look)
{
    const char *between = "(";
    for (enum sql_table_mode mode = SQL_TABLE_SHARE; mode <= SQL_TABLE_ACCESS_EXCLUSIVE; mode++) {
        struct text tables = {0}, parents = {0};
        if (add_tables(&tables, look, mode, false)) {
            text_addf(sql, "%s(held.relation OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest(%s))", between,
                      text_string(&tables));
            add_modes(sql, mode);
            text_add(sql, ")");
            between = " OR ";
        }
        if (add_tables(&parents, look, mode, true)) {
            text_addf(
                sql,
                " OR (held.relation OPERATOR(pg_catalog.=) ANY (WITH RECURSIVE below (id) AS (SELECT inhrelid "
                "FROM pg_catalog.pg_inherits WHERE inhparent OPERATOR(pg_catalog.=) ANY (SELECT "
                "pg_catalog.unnest(%s)) UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN below ON inhparent "
                "OPERATOR(pg_catalog.=) below.id) SELECT id FROM below)",
                text_string(&parents));
            add_modes(sql, mode);
            text_add(sql, ")");
        }
        text_finish(&tables);
        text_finish(&parents);
    }
    text_add(sql, ")");
}

/*
 * Of one who holds it: will he keep it? Whoever has had his transaction for a while, or prepared it then, may have it for
 * long. A dump keeps its locks to its end, and breaks when another one queues for them. An autovacuum gives way to
 * who waits longer than deadlock_timeout, unless it prevents wraparound. Times and queries that the role may not
 * see are NULL: then nothing is known, and the short lock_timeout is all there is.
 */
static void add_patience(struct text *sql, int64_t look_ms)
{
    struct text since = {0};
    text_addf(&since,
              " OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '%" PRId64
              " ms'::pg_catalog.interval)",
              look_ms);
    text_addf(sql,
              "CASE WHEN held.pid IS NULL THEN held.virtualtransaction OPERATOR(pg_catalog.=) ANY (SELECT "
              "own.virtualtransaction FROM pg_catalog.pg_prepared_xact() AS prepared, pg_catalog.pg_lock_status() AS "
              "own WHERE own.pid IS NULL AND own.transactionid OPERATOR(pg_catalog.=) prepared.transaction AND "
              "prepared.prepared%s) ",
              text_string(&since));
    text_addf(sql,
              "ELSE EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(held.pid) AS session WHERE "
              "session.application_name OPERATOR(pg_catalog.=) 'pg_dump' OR CASE WHEN session.backend_type "
              "OPERATOR(pg_catalog.=) 'autovacuum worker' THEN pg_catalog.strpos(session.query, "
              "'(to prevent wraparound)') OPERATOR(pg_catalog.>) 0 ELSE session.xact_start%s END) END",
              text_string(&since));
    text_finish(&since);
}

static void add_question(struct message *message, const struct message_step *step, const struct look *look)
{
    struct text *sql = &message->sql;
    text_add(sql, "SELECT CASE WHEN found.holders IS NULL THEN 1 ELSE ");
    message_add_complaint(sql, step, "awaited");
    text_add(sql, "found.holders");
    message_end_complaint(sql);
    text_add(sql,
             " FROM (SELECT "
             "pg_catalog.min(held.relation)::pg_catalog.regclass::pg_catalog.text OPERATOR(pg_catalog.||) ' ' "
             "OPERATOR(pg_catalog.||) pg_catalog.string_agg(DISTINCT held.virtualtransaction, ',') AS holders FROM "
             "pg_catalog.pg_lock_status() AS held WHERE held.locktype OPERATOR(pg_catalog.=) 'relation' AND "
             "held.granted AND COALESCE(held.pid, 0) OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND ");
    add_conflicts(sql, look);
    text_add(sql, " AND held.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname "
                  "OPERATOR(pg_catalog.=) pg_catalog.current_database()) AND ");
    if (step->awaited != NULL) { /* else one such after the other would keep us from ever asking */
        text_add(sql, "held.virtualtransaction OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(");
        sql_quote_literal(sql, step->awaited);
        text_add(sql, ", ',')) AND ");
    }
    add_patience(sql, step->look_ms);
    text_add(sql, ") AS found");
    message_end_own(message);
}

/* Up to the next setting, or to data. */
static void read_passage(struct look *look, const struct message_step *step, struct sql_scan scan)
{
    const struct section *section = message_section(step);
    const char *body = step->text + section->offset;
    size_t begin = scan.position;
    struct sql_piece piece;
    while (!scan.copy_follows && scan.position - begin < AHEAD_BYTES && sql_scan_next(&scan, &piece)) {
        if (!message_sends(section, &piece, body + piece.offset))
            continue;
        if (is_setting(body + piece.offset, piece.length))
            return;
        read_statement(look, body + piece.offset, piece.length);
    }
}

void message_look(struct message *message, const struct message_step *step, struct message_cursor *cursor,
                  const struct sql_scan *scan, const struct sql_piece *next)
{
    const struct section *section = message_section(step);
    struct look look = {.arena = message->arena};
    if (step->look_ms == 0 || section->lock != SQL_LOCK_STRONG || cursor->looked)
        return;
    if (is_setting(step->text + section->offset + next->offset, next->length)) {
        cursor->passage = false;
        return;
    }
    if (cursor->passage)
        return;
    cursor->passage = true;
    read_passage(&look, step, *scan);
    cursor->looked = look.due > 0;
    if (!cursor->looked)
        return;
    message->spans[message->n_spans - 1].look = cursor->statements + look.due;
    add_question(message, step, &look);
}

void message_look_one(struct message *message, const struct message_step *step, const char *statement, size_t length)
{
    struct look look = {.arena = message->arena};
    if (step->look_ms == 0)
        return;
    read_statement(&look, statement, length);
    if (look.due > 0)
        add_question(message, step, &look);
}
