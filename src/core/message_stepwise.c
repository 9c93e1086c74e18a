#include "core/message_stepwise.h"

#include "core/mirror.h"
#include "message_parts.h"

#include <inttypes.h>

static void add_note(struct message *message, const struct ledger *ledger, const struct message_one *one,
                     enum journal_state state)
{
    const struct stepwise_statement *statement = one->statement;
    const struct journal_note note = {
        .attempt = one->step->attempt,
        .revision = one->step->revision,
        .direction = one->step->direction,
        .entry = {.ordinal = statement->ordinal,
                  .state = state,
                  .hash = statement->hash,
                  .words = statement->words,
                  .known = state == JOURNAL_STARTED ? one->known : NULL},
        .reason = one->step->reason,
    };
    journal_add_note(&message->sql, ledger, &note);
    message_end_own(message);
}

/* Each as a statement of the revision, so that an error in it is found in the file. */
static void add_settings(struct message *message, const struct message_one *one)
{
    for (size_t i = 0; i < one->section->n_settings; i++) {
        const struct stepwise_statement *setting = &one->section->settings[i];
        if (setting->ordinal < one->statement->ordinal)
            message_add_statement(message, one->step, &setting->piece, setting->lead, setting->ordinal);
    }
}

static void add_statement(struct message *message, const struct message_one *one)
{
    const struct stepwise_statement *statement = one->statement;
    struct message_statement *added =
        message_add_statement(message, one->step, &statement->piece, statement->lead, statement->ordinal);
    if (statement->has_copy) {
        added->copy_data = one->section->text + one->section->section->offset + statement->copy.offset;
        added->copy_length = statement->copy.length;
    }
}

void message_add_file_settings(struct text *sql, const struct stepwise_section *section, size_t ordinal)
{
    for (size_t i = 0; i < section->n_settings; i++) {
        const struct stepwise_statement *setting = &section->settings[i];
        if (setting->ordinal >= ordinal)
            continue;
        text_add_bytes(sql, stepwise_statement_text(section, setting), setting->piece.length);
        text_add(sql, setting->piece.terminated ? "\n" : "\n;\n");
    }
}

/* The session's lock may have been lost since the journal was read, somebody had it, and gave it back: what he noted
 * tells that his statements are not to be run again. */
static void add_journal_check(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    if (step->last_note == NULL)
        return;
    text_add(sql, "SELECT CASE WHEN last.attempt OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->last_note);
    text_add(sql, " THEN 1 ELSE ");
    message_add_complaint(sql, step, "journal");
    text_add(sql, "last.attempt)::pg_catalog.int4 END FROM (SELECT COALESCE((SELECT attempt FROM ");
    ledger_add_table(ledger, sql, "journal");
    text_add(sql, " WHERE (target, version_table) OPERATOR(pg_catalog.=) (");
    ledger_add_key(ledger, sql);
    text_add(sql, ") AND revision OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->revision->id);
    text_add(sql, " ORDER BY id DESC LIMIT 1), '') AS attempt) AS last");
    message_end_own(message);
}

/* Behind the BEGIN of each transaction of ours around a statement. */
static void add_guards(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    message_add_settings(message, ledger, step);
    message_add_lock_check(message, ledger, step);
    /* Also for the session, once more: an earlier revision may have given it back (pg_advisory_unlock_all), and what runs
     * outside a transaction has no other. The check above has shown that it can be had. */
    message_add_own(message, "SELECT pg_catalog.pg_try_advisory_lock(%" PRId64 ")", ledger->lock_key);
    add_journal_check(message, ledger, step);
}

static void add_commit(struct message *message)
{
    message_add_durability(message, true); /* what follows may not be taken back: the journal must not forget it */
    message_add_own(message, "COMMIT");
}

/* What the mirror would refuse at the end is met here, before anything is run that can't be taken back: its row is
 * written as it will be, and not kept. */
static void rehearse_mirror(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    if (mirror_tool(ledger, step->revision) == NULL)
        return;
    message_add_begin(message);
    message_add_settings(message, ledger, step);
    message_add_mirror_guards(message, ledger, step);
    message_add_mirror(message, ledger, step);
    message_add_own(message, "ROLLBACK");
}

void message_add_try(struct message *message, const struct ledger *ledger, const struct message_one *one)
{
    struct message_span *span = message_open_span(message, one->step);
    rehearse_mirror(message, ledger, one->step);
    message_add_begin(message);
    add_guards(message, ledger, one->step);
    message_add_rows_check(message, ledger, one->step, &one->step->before, "rows");
    add_note(message, ledger, one, JOURNAL_DONE);
    span->own_first = message->total;
    add_settings(message, one);
    message_look_one(message, one->step, stepwise_statement_text(one->section, one->statement),
                     one->statement->piece.length);
    add_statement(message, one);
    span->own_end = message->total;
    message_add_session_cleanup(message, ledger, one->section->section);
    message_add_settings_again(message, ledger, one->step);
    message_add_transaction_check(message, ledger, one->step, "journal",
                                  "duration = pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) noted");
    add_commit(message);
    span->end = message->total;
}

/* As the local ones, but for the session: the statement will run outside a transaction. */
static void add_session_settings(struct message *message, const struct ledger *ledger,
                                 const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_addf(sql,
              "SELECT pg_catalog.set_config('lock_timeout', '%" PRId64 "', false), "
              "pg_catalog.set_config('statement_timeout', '%" PRId64 "', false), "
              "pg_catalog.set_config('default_transaction_read_only', 'off', false), "
              "pg_catalog.set_config('default_transaction_isolation', 'read committed', false)",
              step->lock_timeout_ms, step->statement_timeout_ms);
    if (ledger->server_version >= 140000)
        text_add(sql, ", pg_catalog.set_config('client_connection_check_interval', '1000', false)");
    text_add(sql, ", ");
    message_add_keepalives(sql);
    if (ledger->server_version >= 170000)
        text_add(sql, ", pg_catalog.set_config('transaction_timeout', '0', false)");
    message_end_own(message);
}

/* A setting that the server refuses is met here, while no row says yet that the statement is begun. */
static void rehearse_settings(struct message *message, const struct message_one *one)
{
    if (one->section->n_settings == 0)
        return;
    message_add_begin(message);
    add_settings(message, one);
    message_add_own(message, "ROLLBACK");
}

void message_add_start(struct message *message, const struct ledger *ledger, const struct message_one *one)
{
    struct message_span *span = message_open_span(message, one->step);
    rehearse_settings(message, one);
    rehearse_mirror(message, ledger, one->step);
    message_add_begin(message);
    add_guards(message, ledger, one->step);
    message_add_rows_check(message, ledger, one->step, &one->step->before, "rows");
    add_note(message, ledger, one, JOURNAL_STARTED);
    add_commit(message);
    add_session_settings(message, ledger, one->step);
    span->own_first = message->total;
    add_settings(message, one);
    span->own_end = span->end = message->total;
}

void message_add_run(struct message *message, const struct message_one *one)
{
    struct message_span *span = message_open_span(message, one->step);
    add_statement(message, one);
    span->own_end = span->end = message->total;
}

void message_add_hold(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct message_span *span = message_open_span(message, step);
    message_add_begin(message);
    add_guards(message, ledger, step);
    message_add_own(message, "COMMIT");
    message_add_own(message,
                    "SELECT pg_catalog.set_config('lock_timeout', '0', false), "
                    "pg_catalog.set_config('statement_timeout', '%" PRId64 "', false)",
                    step->statement_timeout_ms);
    span->own_first = span->own_end = span->end = message->total;
}

void message_add_record(struct message *message, const struct ledger *ledger, const struct message_one *one,
                        enum journal_state outcome)
{
    struct message_span *span = message_open_span(message, one->step);
    message_add_begin(message); /* first: DISCARD is a query before which alone an isolation level may be set */
    message_add_session_cleanup(message, ledger, one->section->section);
    add_guards(message, ledger, one->step);
    add_note(message, ledger, one, outcome);
    add_commit(message);
    span->own_first = span->own_end = span->end = message->total;
}

/* The history tells when the first statement was begun, not when the last was done. */
static void add_true_start(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct text *sql = &message->sql;
    text_add(sql, "UPDATE ");
    ledger_add_table(ledger, sql, "history");
    text_add(sql, " SET started = begun.noted, duration = pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) "
                  "begun.noted FROM (SELECT pg_catalog.min(noted) AS noted FROM ");
    ledger_add_table(ledger, sql, "journal");
    text_add(sql, " WHERE (target, version_table) OPERATOR(pg_catalog.=) (");
    ledger_add_key(ledger, sql);
    text_add(sql, ") AND revision OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->revision->id);
    text_add(sql, " AND id OPERATOR(pg_catalog.>) (SELECT COALESCE(pg_catalog.max(id), 0) FROM ");
    ledger_add_table(ledger, sql, "journal");
    text_add(sql, " WHERE (target, version_table) OPERATOR(pg_catalog.=) (");
    ledger_add_key(ledger, sql);
    text_add(sql, ") AND revision OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->revision->id);
    text_add(sql, " AND state OPERATOR(pg_catalog.=) 'closed')) AS begun WHERE attempt OPERATOR(pg_catalog.=) ");
    sql_quote_literal(sql, step->attempt);
    text_add(sql, " AND begun.noted IS NOT NULL");
    message_end_own(message);
}

void message_add_close(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct message_span *span = message_open_span(message, step);
    const struct journal_note note = {
        .attempt = step->attempt,
        .revision = step->revision,
        .direction = step->direction,
        .entry = {.state = JOURNAL_CLOSED, .hash = "", .words = ""},
        .reason = step->reason,
    };
    message_add_guards(message, ledger, step);
    add_journal_check(message, ledger, step);
    add_true_start(message, ledger, step);
    journal_add_note(&message->sql, ledger, &note);
    message_end_own(message);
    message_add_version_writes(message, ledger, step);
    message_add_rows_check(message, ledger, step, &step->after, "rows_after");
    add_commit(message);
    span->own_first = span->own_end = span->end = message->total;
    span->commits = true;
}
