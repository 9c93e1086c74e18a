#include "core/mirror.h"
#include "message_parts.h"

#include <inttypes.h>
#include <string.h>

void message_add_own(struct message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message->sql, format, arguments);
    va_end(arguments);
    text_add(&message->sql, ";\n");
    message->total++;
}

void message_end_own(struct message *message)
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
void message_add_complaint(struct text *sql, const struct message_step *step, const char *check)
{
    struct text words = {0};
    text_addf(&words, "migrated:%s:%s:", step->attempt, check);
    text_add_char(sql, '(');
    sql_quote_literal(sql, text_string(&words));
    text_finish(&words);
    text_add(sql, " OPERATOR(pg_catalog.||) ");
}

/* The quotes that the server puts around it are of its language. */
void message_end_complaint(struct text *sql)
{
    text_add(sql, " OPERATOR(pg_catalog.||) '|')::pg_catalog.int4 END");
}

void message_add_rows_check(struct message *message, const struct ledger *ledger, const struct message_step *step,
                            const struct names *expected, const char *check)
{
    struct text *sql = &message->sql;
    text_add(sql, "SELECT CASE WHEN found.rows OPERATOR(pg_catalog.=) ");
    sql_quote_array(sql, expected);
    text_add(sql, " THEN 1 ELSE ");
    message_add_complaint(sql, step, check);
    text_add(sql, "pg_catalog.array_to_string(found.rows, ', '::pg_catalog.text)");
    message_end_complaint(sql);
    text_add(sql, " FROM (SELECT ");
    add_rows(sql, ledger);
    text_add(sql, " AS rows) AS found");
    message_end_own(message);
}

void message_add_keepalives(struct text *sql)
{
    text_add(sql, "pg_catalog.set_config('tcp_keepalives_idle', '15', false), "
                  "pg_catalog.set_config('tcp_keepalives_interval', '5', false), "
                  "pg_catalog.set_config('tcp_keepalives_count', '4', false), "
                  "pg_catalog.set_config('tcp_user_timeout', '30000', false)");
}

static void add_settings(struct message *message, const struct ledger *ledger, const struct message_step *step,
                         bool keep_idle)
{
    struct text *sql = &message->sql;
    text_addf(sql,
              "SELECT pg_catalog.set_config('lock_timeout', '%" PRId64 "', true), "
              "pg_catalog.set_config('statement_timeout', '%" PRId64 "', true), "
              "pg_catalog.set_config('idle_in_transaction_session_timeout', '0', %s)",
              step->lock_timeout_ms, step->statement_timeout_ms, keep_idle ? "false" : "true");
    if (ledger->server_version >= 140000)
        text_add(sql, ", pg_catalog.set_config('client_connection_check_interval', '1000', true)");
    if (keep_idle) {
        text_add(sql, ", ");
        message_add_keepalives(sql);
    }
    if (ledger->server_version >= 170000)
        text_add(sql, ", pg_catalog.set_config('transaction_timeout', '0', true)");
    message_end_own(message);
}

void message_add_settings(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    add_settings(message, ledger, step, false);
}

void message_add_settings_again(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    add_settings(message, ledger, step, true);
}

void message_add_lock_check(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_addf(sql, "SELECT CASE WHEN pg_catalog.pg_try_advisory_xact_lock(%" PRId64 ") THEN 1 ELSE ",
              ledger->lock_key);
    message_add_complaint(sql, step, "lock");
    text_add(sql, "pg_catalog.pg_backend_pid()::pg_catalog.text");
    message_end_complaint(sql);
    message_end_own(message);
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
              message_section(step)->statements);
    sql_quote_literal(sql, ledger->host);
    text_add(sql, ", ");
    sql_quote_literal(sql, ledger->program);
    text_add(sql, ", ");
    if (step->reason != NULL)
        sql_quote_literal(sql, step->reason);
    else
        text_add(sql, "NULL");
    text_add(sql, ")");
    message_end_own(message);
}

void message_add_begin(struct message *message)
{
    message_add_own(message, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
}

void message_add_mirror_guards(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    const struct adopted_tool *tool = mirror_tool(ledger, step->revision);
    if (tool == NULL)
        return;
    mirror_add_presence(&message->sql, ledger, tool, step->attempt);
    message_end_own(message);
    mirror_add_lock(&message->sql, ledger, tool);
    message_end_own(message);
}

void message_add_guards(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    message_add_begin(message);
    message_add_settings(message, ledger, step);
    message_add_lock_check(message, ledger, step);
    text_add(&message->sql, "LOCK TABLE ");
    ledger_add_version_table(ledger, &message->sql);
    text_add(&message->sql, " IN SHARE ROW EXCLUSIVE MODE");
    message_end_own(message);
    message_add_rows_check(message, ledger, step, &step->before, "rows");
    message_add_mirror_guards(message, ledger, step);
    add_history(message, ledger, step);
}

void message_add_mirror(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    const struct mirror_change change = {
        .revision = step->revision,
        .direction = step->direction,
        .before = &step->before,
        .after = &step->after,
        .text = step->text,
        .text_length = step->text_length,
        .attempt = step->attempt,
    };
    const struct adopted_tool *tool = mirror_tool(ledger, step->revision);
    if (tool == NULL)
        return;
    mirror_add_change(&message->sql, message->arena, ledger, tool, &change);
    message_end_own(message);
}

/* The net change of the rows with Alembic's kinds of statements: an UPDATE where one goes and one comes; then the same in
 * the table that is mirrored. */
void message_add_version_writes(struct message *message, const struct ledger *ledger, const struct message_step *step)
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
            break;

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
        message_end_own(message);
    }
    message_add_mirror(message, ledger, step);
}

void message_add_transaction_check(struct message *message, const struct ledger *ledger,
                                   const struct message_step *step, const char *table, const char *set)
{
    struct text *sql = &message->sql;
    text_add(sql, "WITH mine AS (UPDATE ");
    ledger_add_table(ledger, sql, table);
    text_addf(sql, " SET %s WHERE attempt OPERATOR(pg_catalog.=) ", set);
    sql_quote_literal(sql, step->attempt);
    text_add(sql, " AND xmin OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()::pg_catalog.xid RETURNING 1) "
                  "SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 1 THEN 1 ELSE ");
    message_add_complaint(sql, step, "transaction");
    text_add(sql, "pg_catalog.count(*)::pg_catalog.text");
    message_end_complaint(sql);
    text_add(sql, " FROM mine");
    message_end_own(message);
}

/* What a session begins with is its pooler's, not ours: RESET ALL went back to that. */
static void add_beginning(struct message *message, const struct ledger *ledger)
{
    struct text *sql = &message->sql;
    text_add(sql, "SELECT pg_catalog.set_config('client_encoding', 'UTF8', false), "
                  "pg_catalog.set_config('application_name', ");
    sql_quote_literal(sql, ledger->pooled_name);
    text_add(sql, ", false)");
    message_end_own(message);
}

void message_add_session_cleanup(struct message *message, const struct ledger *ledger, const struct section *section)
{
    message_add_own(message, "RESET SESSION AUTHORIZATION");
    message_add_own(message, "RESET ROLE");
    message_add_own(message, "RESET ALL");
    if (ledger->pooled_name != NULL)
        add_beginning(message, ledger);
    message_add_own(message, "DISCARD TEMP");
    if (!section->leaves_session_state)
        return;
    message_add_own(message, "DEALLOCATE ALL");
    message_add_own(message, "CLOSE ALL");
    message_add_own(message, "UNLISTEN *");
}

/* remote_apply stays as it is: somebody needs it; off is made durable at the end of a run. */
void message_add_durability(struct message *message, bool durable)
{
    message_add_own(
        message,
        "SELECT pg_catalog.set_config('synchronous_commit', CASE pg_catalog.current_setting('synchronous_commit') "
        "WHEN 'remote_apply' THEN 'remote_apply' WHEN 'off' THEN %s ELSE %s END, true)",
        durable ? "'on'" : "'off'", durable ? "pg_catalog.current_setting('synchronous_commit')" : "'off'");
}

void message_add_closing(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    message_add_session_cleanup(message, ledger, message_section(step));
    message_add_settings_again(message, ledger,
                               step); /* RESET ALL took them, and COMMIT may have constraints to check */
    message_add_transaction_check(message, ledger, step, "history",
                                  "duration = pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) started");
    message_add_version_writes(message, ledger, step);
    message_add_rows_check(message, ledger, step, &step->after, "rows_after");
    message_add_durability(message, step->durable);
    message_add_own(message, "COMMIT");
}
