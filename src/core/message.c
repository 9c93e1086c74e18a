#include "core/message.h"

#include "base/arena.h"
#include "core/sql_class.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void message_init(struct message *message, struct arena *arena)
{
    *message = (struct message){.arena = arena};
}

void message_finish(struct message *message)
{
    text_finish(&message->sql);
}

static const struct section *section_of(const struct message_step *step)
{
    return step->direction == DIRECTION_UPGRADE ? &step->revision->up : &step->revision->down;
}

/* One statement of ours; the final semicolon is added here. */
__attribute__((format(printf, 2, 3))) static void add_own(struct message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message->sql, format, arguments);
    va_end(arguments);
    text_add(&message->sql, ";\n");
    message->total++;
}

static void end_own(struct message *message)
{
    text_add(&message->sql, ";\n");
    message->total++;
}

/* The version rows as a sorted array; a subquery so that an empty table still gives a row to check. */
static void add_rows(struct text *sql, const struct ledger *ledger)
{
    text_add(sql, "(SELECT COALESCE(pg_catalog.array_agg(version_num::pg_catalog.text ORDER BY "
                  "version_num::pg_catalog.text COLLATE pg_catalog.\"C\"), ARRAY[]::pg_catalog.text[]) FROM ");
    ledger_add_version_table(ledger, sql);
    text_add_char(sql, ')');
}

/* The error that a failed check raises: a text that is no number, built from a value so that it is not folded. */
static void add_complaint(struct text *sql, const struct message_step *step, const char *check)
{
    struct text words = {0};
    text_addf(&words, "migrated:%s:%s:", step->attempt, check);
    text_add_char(sql, '(');
    sql_quote_literal(sql, text_string(&words));
    text_finish(&words);
    text_add(sql, " OPERATOR(pg_catalog.||) ");
}

static void add_rows_check(struct message *message, const struct ledger *ledger, const struct message_step *step,
                           const struct names *expected, const char *check)
{
    struct text *sql = &message->sql;
    text_add(sql, "SELECT CASE WHEN found.rows OPERATOR(pg_catalog.=) ");
    sql_quote_array(sql, expected);
    text_add(sql, " THEN 1 ELSE ");
    add_complaint(sql, step, check);
    text_add(sql,
             "pg_catalog.array_to_string(found.rows, ', '::pg_catalog.text))::pg_catalog.int4 END FROM (SELECT ");
    add_rows(sql, ledger);
    text_add(sql, " AS rows) AS found");
    end_own(message);
}

/* For the rest of the transaction: what the role, the database or the revision have set does not bind us. */
static void add_settings(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_addf(sql,
              "SELECT pg_catalog.set_config('lock_timeout', '%" PRId64 "', true), "
              "pg_catalog.set_config('statement_timeout', '%" PRId64 "', true), "
              "pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true)",
              step->lock_timeout_ms, step->statement_timeout_ms);
    if (ledger->server_version >= 140000)
        text_add(sql, ", pg_catalog.set_config('client_connection_check_interval', '1000', true)");
    if (ledger->server_version >= 170000)
        text_add(sql, ", pg_catalog.set_config('transaction_timeout', '0', true)");
    end_own(message);
}

static void add_lock_check(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_addf(sql, "SELECT CASE WHEN pg_catalog.pg_try_advisory_xact_lock(%" PRId64 ") THEN 1 ELSE ",
              ledger->lock_key);
    add_complaint(sql, step, "lock");
    text_add(sql, "pg_catalog.pg_backend_pid()::pg_catalog.text)::pg_catalog.int4 END");
    end_own(message);
}

static void add_history(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_add(sql, "INSERT INTO ");
    ledger_add_table(ledger, sql, "history");
    text_add(sql,
             " (attempt, target, version_table, revision, direction, outcome, checksum, statements, host, program, "
             "reason) VALUES (");
    sql_quote_literal(sql, step->attempt);
    text_add(sql, ", ");
    ledger_add_key(ledger, sql);
    text_add(sql, ", ");
    sql_quote_literal(sql, step->revision->id);
    text_addf(sql, ", '%s', 'applied', '%s', %zu, ", direction_name(step->direction), step->revision->checksum,
              section_of(step)->statements);
    sql_quote_literal(sql, ledger->host);
    text_add(sql, ", ");
    sql_quote_literal(sql, ledger->program);
    text_add(sql, ", ");
    if (step->reason != NULL)
        sql_quote_literal(sql, step->reason);
    else
        text_add(sql, "NULL");
    text_add(sql, ")");
    end_own(message);
}

static void add_guards(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    add_own(message, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    add_settings(message, ledger, step);
    add_lock_check(message, ledger, step);
    text_add(&message->sql, "LOCK TABLE ");
    ledger_add_version_table(ledger, &message->sql);
    text_add(&message->sql, " IN SHARE ROW EXCLUSIVE MODE");
    end_own(message);
    add_rows_check(message, ledger, step, &step->before, "rows");
    add_history(message, ledger, step);
}

/* The net change of the rows with Alembic's kinds of statements: an UPDATE where one goes and one comes. */
static void add_version_writes(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    const struct names *before = &step->before, *after = &step->after;
    size_t out = 0, in = 0;

    for (;;) {
        while (out < before->count && names_contain(after, before->items[out]))
            out++;
        while (in < after->count && names_contain(before, after->items[in]))
            in++;
        bool leaves = out < before->count, comes = in < after->count;
        if (!leaves && !comes)
            return;

        text_add(sql, leaves && comes ? "UPDATE " : leaves ? "DELETE FROM " : "INSERT INTO ");
        ledger_add_version_table(ledger, sql);
        if (comes) {
            text_add(sql, leaves ? " SET version_num = " : " (version_num) VALUES (");
            sql_quote_literal(sql, after->items[in++]);
            text_add(sql, leaves ? "" : ")");
        }
        if (leaves) {
            text_add(sql, " WHERE version_num OPERATOR(pg_catalog.=) ");
            sql_quote_literal(sql, before->items[out++]);
        }
        end_own(message);
    }
}

/* The history row must have been written by this very transaction: a hidden COMMIT in the revision shows here. */
static void add_transaction_check(struct message *message, const struct ledger *ledger,
                                  const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_add(sql, "WITH mine AS (UPDATE ");
    ledger_add_table(ledger, sql, "history");
    text_add(sql, " SET duration = pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) started WHERE attempt "
                  "OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->attempt);
    text_add(sql, " AND xmin OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()::pg_catalog.xid RETURNING 1) "
                  "SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 1 THEN 1 ELSE ");
    add_complaint(sql, step, "transaction");
    text_add(sql, "pg_catalog.count(*)::pg_catalog.text)::pg_catalog.int4 END FROM mine");
    end_own(message);
}

static void add_session_cleanup(struct message *message, const struct section *section)
{
    add_own(message, "RESET SESSION AUTHORIZATION");
    add_own(message, "RESET ROLE");
    add_own(message, "RESET ALL");
    add_own(message, "DISCARD TEMP");
    if (!section->leaves_session_state)
        return;
    add_own(message, "DEALLOCATE ALL");
    add_own(message, "CLOSE ALL");
    add_own(message, "UNLISTEN *");
}

/* remote_apply stays as it is: somebody needs it; off is made durable at the end of a run. */
static void add_durability(struct message *message, const struct message_step *step)
{
    add_own(
        message,
        "SELECT pg_catalog.set_config('synchronous_commit', CASE pg_catalog.current_setting('synchronous_commit') "
        "WHEN 'remote_apply' THEN 'remote_apply' WHEN 'off' THEN %s ELSE %s END, true)",
        step->durable ? "'on'" : "'off'",
        step->durable ? "pg_catalog.current_setting('synchronous_commit')" : "'off'");
}

static void add_closing(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    add_session_cleanup(message, section_of(step));
    add_settings(message, ledger, step); /* RESET ALL took them, and COMMIT may have constraints to check */
    add_transaction_check(message, ledger, step);
    add_version_writes(message, ledger, step);
    add_rows_check(message, ledger, step, &step->after, "rows_after");
    add_durability(message, step);
    add_own(message, "COMMIT");
}

static struct message_statement *add_statement(struct message *message, const struct message_step *step,
                                               struct message_cursor *cursor, const struct sql_piece *piece)
{
    size_t base = section_of(step)->offset;
    message->statements = arena_grow(message->arena, message->statements, message->n_statements,
                                     &message->statements_capacity, sizeof *message->statements);
    struct message_statement *statement = &message->statements[message->n_statements++];
    *statement = (struct message_statement){
        .offset = message->sql.length,
        .length = piece->offset + piece->length - cursor->lead,
        .source_offset = base + cursor->lead,
        .own_offset = base + piece->offset,
        .place = piece->place,
        .ordinal = ++cursor->statements,
        .step = message->n_spans - 1,
        .position = message->total++,
    };
    text_add_bytes(&message->sql, step->text + statement->source_offset, statement->length);
    text_add(&message->sql, piece->terminated ? "\n" : "\n;\n");
    return statement;
}

/* What is sent of a section's pieces: not its wrapping BEGIN and COMMIT, its own timeouts (ours hold), \restrict. */
static bool is_sent(const struct section *section, const struct sql_piece *piece, const char *statement)
{
    if (piece->kind != SQL_STATEMENT)
        return false;
    switch (sql_classify(statement, piece->length).class) {
    case SQL_EMPTY:
    case SQL_SET_TIMEOUT:
        return false;
    case SQL_BEGIN:
    case SQL_COMMIT:
        return !section->wrapped;
    default:
        return true;
    }
}

/* At least one statement; a COPY and its data stay together. */
static void add_statements(struct message *message, const struct message_step *step, struct message_cursor *cursor,
                           size_t limit)
{
    const struct section *section = section_of(step);
    const char *body = step->text + section->offset;
    size_t begin = message->sql.length;
    struct message_statement *last = NULL;

    while (cursor->scan.copy_follows || message->sql.length - begin < limit) {
        struct sql_piece piece;
        if (!sql_scan_next(&cursor->scan, &piece)) {
            cursor->finished = true;
            return;
        }
        if (piece.kind == SQL_COPY_DATA && last != NULL) {
            last->copy_data = body + piece.offset;
            last->copy_length = piece.length;
        } else {
            last =
                is_sent(section, &piece, body + piece.offset) ? add_statement(message, step, cursor, &piece) : NULL;
        }
        cursor->lead = piece.kind == SQL_COPY_DATA ? cursor->scan.position : piece.offset + piece.length;
    }
}

static struct message_span *open_span(struct message *message, const struct message_step *step)
{
    message->spans = arena_grow(message->arena, message->spans, message->n_spans, &message->spans_capacity,
                                sizeof *message->spans);
    struct message_span *span = &message->spans[message->n_spans++];
    *span = (struct message_span){.step = step, .first = message->total};
    return span;
}

void message_add_part(struct message *message, const struct ledger *ledger, const struct message_step *step,
                      struct message_cursor *cursor, size_t limit)
{
    struct message_span *span = open_span(message, step);
    const struct section *section = section_of(step);

    if (!cursor->started) {
        add_guards(message, ledger, step);
        sql_scan_init(&cursor->scan, step->text + section->offset, section->length, section->place);
        cursor->started = true;
    }
    span->own_first = message->total;
    add_statements(message, step, cursor, limit);
    span->own_end = message->total;
    if (cursor->finished)
        add_closing(message, ledger, step);
    span->end = message->total;
    span->commits = cursor->finished;
}

void message_add(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct message_cursor cursor = {0};
    message_add_part(message, ledger, step, &cursor, SIZE_MAX);
    assert(cursor.finished);
}

enum message_check message_failed_check(const char *sqlstate, const char *text, const char *attempt,
                                        const char **found, size_t *found_length)
{
    static const struct {
        const char *word;
        enum message_check check;
    } checks[] = {
        {"lock:", CHECK_LOCK},
        {"rows:", CHECK_ROWS},
        {"transaction:", CHECK_TRANSACTION},
        {"rows_after:", CHECK_ROWS_AFTER},
    };

    const char *at = strcmp(sqlstate, "22P02") == 0 ? strstr(text, attempt) : NULL;
    if (at == NULL || at[strlen(attempt)] != ':')
        return CHECK_NONE;
    at += strlen(attempt) + 1;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        size_t length = strlen(checks[i].word);
        if (strncmp(at, checks[i].word, length) != 0)
            continue;
        const char *end = strrchr(at, '"');
        *found = at + length;
        *found_length = end == NULL ? strlen(*found) : (size_t)(end - *found);
        return checks[i].check;
    }
    return CHECK_NONE;
}

size_t message_committed(const struct message *message, size_t completed)
{
    size_t committed = 0;
    while (committed < message->n_spans && message->spans[committed].commits &&
           message->spans[committed].end <= completed)
        committed++;
    return committed;
}

static size_t byte_of(const char *bytes, size_t length, size_t character)
{
    size_t offset = 0;
    for (size_t seen = 0; offset < length; offset++)
        if (((unsigned char)bytes[offset] & 0xC0) != 0x80 && ++seen > character)
            break;
    return offset;
}

static const struct message_statement *statement_at(const struct message *message, size_t position)
{
    for (size_t i = 0; i < message->n_statements; i++)
        if (message->statements[i].position == position)
            return &message->statements[i];
    return NULL;
}

static const struct message_statement *statement_around(const struct message *message, size_t offset)
{
    for (size_t i = 0; i < message->n_statements; i++) {
        const struct message_statement *statement = &message->statements[i];
        if (offset >= statement->offset && offset <= statement->offset + statement->length)
            return statement;
    }
    return NULL;
}

/* Exactly where in the statement: the server's position, moved from the message to the file. */
static void refine(struct message_location *location, size_t offset)
{
    const struct message_statement *statement = location->statement;
    size_t source = statement->source_offset + (offset - statement->offset);
    if (source < statement->own_offset)
        return;
    const char *text = location->step->text;
    location->place = place_after(statement->place, text + statement->own_offset, source - statement->own_offset);
    location->offset = source;
}

struct message_location message_locate(const struct message *message, size_t completed, size_t position,
                                       bool in_bytes)
{
    struct message_location location = {.part = MESSAGE_GUARD};
    size_t offset = 0;
    if (position > 0)
        offset = in_bytes ? position - 1 : byte_of(text_string(&message->sql), message->sql.length, position - 1);

    /* A syntax error comes before anything ran: then the position alone tells where it is. */
    const struct message_statement *statement = position > 0 ? statement_around(message, offset) : NULL;
    if (statement == NULL)
        statement = statement_at(message, completed);

    size_t span = statement != NULL ? statement->step : message_committed(message, completed);
    if (span >= message->n_spans)
        return location;
    location.step = message->spans[span].step;
    if (statement == NULL) {
        location.part = completed < message->spans[span].own_first ? MESSAGE_GUARD : MESSAGE_CLOSING;
        return location;
    }

    location.part = MESSAGE_STATEMENT;
    location.statement = statement;
    location.place = statement->place;
    location.offset = statement->own_offset;
    if (position > 0 && statement_around(message, offset) == statement)
        refine(&location, offset);
    return location;
}
