#include "db/books.h"

#include "array.h"
#include "base/arena.h"
#include "base/memory.h"
#include "db/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char facts_sql[] =
#include "db/sql/facts.inc"
    ;
static const char rows_sql[] =
#include "db/sql/rows.inc"
    ;
static const char rows_django_sql[] =
#include "db/sql/rows_django.inc"
    ;
static const char stored_graph_sql[] =
#include "db/sql/stored_graph.inc"
    ;
static const char try_lock_sql[] =
#include "db/sql/try_lock.inc"
    ;
static const char create_bookkeeping_sql[] =
#include "db/sql/create_bookkeeping.inc"
    ;
static const char create_version_table_sql[] =
#include "db/sql/create_version_table.inc"
    ;
static const char keep_revisions_sql[] =
#include "db/sql/keep_revisions.inc"
    ;
static const char record_failure_sql[] =
#include "db/sql/record_failure.inc"
    ;
static const char record_applied_sql[] =
#include "db/sql/record_applied.inc"
    ;
static const char commands_sql[] =
#include "db/sql/commands.inc"
    ;
static const char record_stamp_sql[] =
#include "db/sql/record_stamp.inc"
    ;
static const char durable_sql[] =
#include "db/sql/durable.inc"
    ;
static const char own_history_sql[] =
#include "db/sql/own_history.inc"
    ;
static const char announce_sql[] =
#include "db/sql/announce.inc"
    ;

/* Whatever the role's defaults are. */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n";

/* ---- reading ---- */

static const char *value(const PGresult *result, int row, const char *column)
{
    return PQgetvalue(result, row, PQfnumber(result, column));
}

static bool is_true(const PGresult *result, int row, const char *column)
{
    return value(result, row, column)[0] == 't';
}

static const char *text_value(struct arena *arena, const PGresult *result, int row, const char *column)
{
    return arena_string(arena, value(result, row, column));
}

void books_add_limits(struct text *sql, int64_t lock_timeout_ms, int64_t statement_timeout_ms)
{
    text_addf(sql, "SET LOCAL lock_timeout = %" PRId64 "; SET LOCAL statement_timeout = %" PRId64 ";\n",
              lock_timeout_ms, statement_timeout_ms);
}

void books_add_facts(struct text *sql, const char *version_schema, const char *version_table, const char *bookkeeping)
{
    const struct sql_value values[] = {
        {"version_schema", version_schema},
        {"version_table", version_table},
        {"bookkeeping", bookkeeping},
    };
    sql_expand(sql, facts_sql, values, sizeof values / sizeof *values);
}

void books_read_facts(struct arena *arena, const PGresult *result, struct books_facts *facts)
{
    *facts = (struct books_facts){
        .pid = (int)strtol(value(result, 0, "pid"), NULL, 10),
        .in_recovery = is_true(result, 0, "in_recovery"),
        .database = text_value(arena, result, 0, "database"),
        .version_schema = PQgetisnull(result, 0, PQfnumber(result, "version_schema"))
                              ? NULL
                              : text_value(arena, result, 0, "version_schema"),
        .version_table_exists = is_true(result, 0, "version_table_exists"),
        .bookkeeping_exists = is_true(result, 0, "bookkeeping_exists"),
        .role = text_value(arena, result, 0, "role"),
        .standard_strings = strcmp(value(result, 0, "standard_conforming_strings"), "on") == 0,
    };
}

void books_add_rows(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, ledger->django ? rows_django_sql : rows_sql, NULL, 0);
}

struct names books_read_rows(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct names rows = {.items = arena_array(arena, count, sizeof *rows.items), .count = count};
    for (size_t i = 0; i < count; i++)
        rows.items[i] = arena_string(arena, PQgetvalue(result, (int)i, 0));
    return rows;
}

size_t books_read_width(const PGresult *result)
{
    enum { HEADER = 4 }; /* varchar(n) has the type modifier n + 4 (VARHDRSZ), -1 without a limit */
    int modifier = PQnfields(result) > 1 ? PQfmod(result, 1) : -1;
    return modifier > HEADER ? (size_t)(modifier - HEADER) : 0;
}

void books_add_stored_graph(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, stored_graph_sql, NULL, 0);
}

struct stored_graph books_read_stored_graph(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct stored_revision *revisions = arena_array(arena, count, sizeof *revisions);
    for (size_t i = 0; i < count; i++) {
        int row = (int)i;
        revisions[i] = (struct stored_revision){
            .id = text_value(arena, result, row, "revision"),
            .down_revisions = db_array_read(arena, value(result, row, "down_revisions")),
            .depends_on = db_array_read(arena, value(result, row, "depends_on")),
            .contract = strcmp(value(result, row, "phase"), phase_name(PHASE_CONTRACT)) == 0,
        };
    }
    return (struct stored_graph){revisions, count};
}

void books_add_own_history(struct text *sql, const struct ledger *ledger, const char *run)
{
    const struct sql_value values[] = {{"run", run}};
    ledger_expand(ledger, sql, own_history_sql, values, 1);
}

/* ---- the lock ---- */

void books_add_try_lock(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, try_lock_sql, NULL, 0);
}

static struct books_holder read_holder(struct arena *arena, const PGresult *result)
{
    return (struct books_holder){
        .pid = (int)strtol(value(result, 0, "pid"), NULL, 10),
        .user = text_value(arena, result, 0, "usename"),
        .application = text_value(arena, result, 0, "application_name"),
        .state = text_value(arena, result, 0, "state"),
        .seconds = strtod(value(result, 0, "seconds"), NULL),
    };
}

bool books_read_try_lock(struct arena *arena, const PGresult *result, struct books_holder *holder)
{
    *holder = read_holder(arena, result);
    return is_true(result, 0, "locked");
}

void books_command_name(const struct ledger *ledger, char name[BOOKS_COMMAND_NAME_SIZE])
{
    snprintf(name, BOOKS_COMMAND_NAME_SIZE, "migrated command %" PRId64, ledger->lock_key);
}

void books_add_commands(struct text *sql, const struct ledger *ledger)
{
    char name[BOOKS_COMMAND_NAME_SIZE];
    books_command_name(ledger, name);
    const struct sql_value values[] = {{"application", name}};
    ledger_expand(ledger, sql, commands_sql, values, 1);
}

bool books_read_commands(struct arena *arena, const PGresult *result, struct books_holder *holder)
{
    if (PQntuples(result) == 0)
        return false;
    *holder = read_holder(arena, result);
    return true;
}

/* ---- writing ---- */

static const char create_schema_sql[] = "CREATE SCHEMA IF NOT EXISTS :\"bookkeeping\";\n";

void books_add_creation(struct text *sql, const struct ledger *ledger, const struct books_facts *facts)
{
    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    if (!facts->bookkeeping_exists && strcmp(ledger->version_schema, ledger->bookkeeping) == 0)
        ledger_expand(ledger, sql, create_schema_sql, NULL, 0);
    if (!facts->version_table_exists)
        ledger_expand(ledger, sql, create_version_table_sql, NULL, 0);
    if (!facts->bookkeeping_exists)
        ledger_expand(ledger, sql, create_bookkeeping_sql, NULL, 0);
    text_add(sql, "COMMIT;\n");
}

static struct names dependencies_of(const struct graph *graph, uint32_t node, const char **room)
{
    struct nodes nodes = graph_dependencies(graph, node);
    for (uint32_t i = 0; i < nodes.count; i++)
        room[i] = graph_revision(graph, nodes.items[i])->id;
    return (struct names){.items = room, .count = nodes.count};
}

static void add_revision(struct text *rows, const struct ledger *ledger, const struct graph *graph, uint32_t node)
{
    const struct revision *revision = graph_revision(graph, node);
    const char **room = memory_alloc((graph_dependencies(graph, node).count + 1) * sizeof *room);
    struct names dependencies = dependencies_of(graph, node, room);

    text_add_char(rows, '(');
    ledger_add_key(ledger, rows);
    text_add(rows, ", ");
    sql_quote_literal(rows, revision->id);
    text_add(rows, ", ");
    sql_quote_array(rows, &revision->down_revisions);
    text_add(rows, ", ");
    sql_quote_array(rows, &dependencies);
    text_add(rows, ", ");
    sql_quote_array(rows, &revision->labels);
    text_addf(rows, ", '%s', ", phase_name(revision->phase));
    sql_quote_literal(rows, revision->message);
    text_addf(rows, ", '%s')", revision->checksum);
    free(room);
}

size_t books_add_graph(struct text *sql, const struct ledger *ledger, const struct graph *graph, size_t first,
                       size_t limit)
{
    struct text table = {0};
    size_t begin = sql->length, count = 0;
    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    ledger_add_table(ledger, &table, "revision");
    text_addf(sql,
              "INSERT INTO %s AS known (target, version_table, revision, down_revisions, depends_on, labels, phase, "
              "message, checksum) VALUES\n",
              text_string(&table));
    text_finish(&table);

    for (; first + count < graph_size(graph) && (count == 0 || sql->length - begin < limit); count++) {
        if (count > 0)
            text_add(sql, ",\n");
        add_revision(sql, ledger, graph, (uint32_t)(first + count));
    }
    text_add_char(sql, '\n');
    ledger_expand(ledger, sql, keep_revisions_sql, NULL, 0);
    text_add(sql, "COMMIT;\n");
    return count;
}

static void add_failure(struct text *sql, const struct ledger *ledger, const struct books_failure *failure)
{
    const struct sql_value values[] = {
        {"attempt", failure->attempt},
        {"revision", failure->revision},
        {"direction", direction_name(failure->direction)},
        {"outcome", failure->outcome},
        {"checksum", failure->checksum},
        {"sqlstate", failure->sqlstate},
        {"message", failure->message},
        {"reason", failure->reason},
    };
    ledger_expand(ledger, sql, record_failure_sql, values, sizeof values / sizeof *values);
}

void books_add_failure(struct text *sql, const struct ledger *ledger, const struct books_failure *failure,
                       bool rollback)
{
    if (rollback)
        text_add(sql, "ROLLBACK;\n");
    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    text_add(sql, durable_sql);
    add_failure(sql, ledger, failure);
    text_add(sql, "COMMIT;\n");
}

static void add_applied(struct text *sql, const struct ledger *ledger, const struct books_applied *applied, size_t i)
{
    char attempt[80];
    const char *id = applied->revisions->items[i];
    uint32_t node = graph_find(applied->graph, id); /* GRAPH_NONE: of Django's, what a squash replaces */
    snprintf(attempt, sizeof attempt, "%s/%zu/applied", applied->run, i + 1);
    const struct sql_value values[] = {
        {"attempt", attempt},
        {"revision", id},
        {"checksum", node == GRAPH_NONE ? "" : graph_revision(applied->graph, node)->checksum},
        {"reason", applied->reason},
    };
    ledger_expand(ledger, sql, record_applied_sql, values, sizeof values / sizeof *values);
}

void books_add_applied(struct text *sql, const struct ledger *ledger, const struct books_applied *applied,
                       const struct books_failure *failure)
{
    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    text_add(sql, durable_sql);
    for (size_t i = 0; i < applied->revisions->count; i++)
        add_applied(sql, ledger, applied, i);
    if (failure != NULL)
        add_failure(sql, ledger, failure);
    text_add(sql, "COMMIT;\n");
}

static void add_stamp_rows(struct text *sql, const struct ledger *ledger, const struct names *before,
                           const struct names *after)
{
    for (size_t i = 0; i < before->count; i++) {
        if (names_contain(after, before->items[i]))
            continue;
        text_add(sql, "DELETE FROM ");
        ledger_add_version_table(ledger, sql);
        text_add(sql, " WHERE version_num OPERATOR(pg_catalog.=) ");
        sql_quote_literal(sql, before->items[i]);
        text_add(sql, ";\n");
    }
    for (size_t i = 0; i < after->count; i++) {
        if (names_contain(before, after->items[i]))
            continue;
        text_add(sql, "INSERT INTO ");
        ledger_add_version_table(ledger, sql);
        text_add(sql, " (version_num) VALUES (");
        sql_quote_literal(sql, after->items[i]);
        text_add(sql, ");\n");
    }
}

void books_add_stamp(struct text *sql, const struct ledger *ledger, const struct names *before,
                     const struct names *after, const char *settled, const char *attempt, const char *reason,
                     const char *beside)
{
    struct text expected = {0}, wanted = {0}, table = {0};
    for (size_t i = 0; i < before->count; i++)
        text_addf(&expected, "%s%s", i > 0 ? ", " : "", before->items[i]);
    for (size_t i = 0; i < after->count; i++)
        text_addf(&wanted, "%s%s", i > 0 ? ", " : "", after->items[i]);
    ledger_add_version_table(ledger, &table);
    const struct sql_value values[] = {
        {"attempt", attempt},
        {"before", text_string(&expected)},
        {"after", text_string(&wanted)},
        {"reason", reason},
    };

    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    text_add(sql, durable_sql);
    text_addf(sql, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE;\n", text_string(&table));
    ledger_expand(ledger, sql, record_stamp_sql, values, sizeof values / sizeof *values);
    journal_add_close(sql, ledger, settled, attempt, reason); /* a person has looked */
    add_stamp_rows(sql, ledger, before, after);
    text_add(sql, beside);
    text_add(sql, "COMMIT;\n");
    text_finish(&expected);
    text_finish(&wanted);
    text_finish(&table);
}

void books_add_settlement(struct text *sql, const struct ledger *ledger, const char *revisions, const char *attempt,
                          const char *reason)
{
    text_add(sql, begin_sql);
    books_add_limits(sql, 5000, 0);
    text_add(sql, durable_sql);
    journal_add_close(sql, ledger, revisions, attempt, reason);
    text_add(sql, "COMMIT;\n");
}

void books_add_announcement(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, announce_sql, NULL, 0);
}
