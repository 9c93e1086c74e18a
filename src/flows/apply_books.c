/* How a run reads the version rows and prepares the books: APPLY_READ and APPLY_PREPARE of core/apply.h. */
#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/log.h"
#include "core/mirror.h"
#include "core/retry.h"
#include "core/script_graph.h"
#include "db/journal.h"
#include "flows/denied.h"

#include <string.h>

#define GRAPH_BYTES    ((size_t)1 << 20)
#define MOST_LOOKS     20
#define MOST_CREATIONS 5 /* made, and not seen: something else is wrong, and what comes next will say it */

/* The rows are known: the machine goes on. */
static void feed_rows(struct apply_run *run, bool ahead)
{
    struct apply_event event = {
        .kind = APPLY_DID,
        .rows = &run->rows,
        .open = &run->open,
        .version_width = run->version_width,
        .recounted = run->recounted,
        .applied = run->result.applied.count,
        .ahead = ahead,
    };
    run->recounted = false;
    apply_run_feed(run, &event);
}

/* ---- reading the rows: on APPLY_READ and at the end of APPLY_PREPARE ---- */

/* Under the lock, after a loss, the history is asked too: its rows committed with their revisions, or not at all. */
static void add_rows_question(struct apply_run *run, struct text *sql)
{
    run->preparing = PREPARE_ROWS;
    run->asked_history = run->in_doubt && run->action.kind == APPLY_PREPARE;
    if (run->asked_history)
        books_add_own_history(sql, session_ledger(run->session), run->uuid);
    run->asked_open = run->action.kind == APPLY_PREPARE;
    if (run->asked_open)
        journal_add_open_question(sql, session_ledger(run->session));
    run->asked_audit = apply_audit_ask(run, sql);
    books_add_rows(sql, session_ledger(run->session));
}

static void ask_rows(struct apply_run *run)
{
    struct text sql = {0};
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    add_rows_question(run, &sql);
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void ask_stored_graph(struct apply_run *run)
{
    struct text sql = {0};
    run->preparing = PREPARE_STORED;
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    books_add_stored_graph(&sql, session_ledger(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void rows_are_known(struct apply_run *run)
{
    run->awaiting_graph = run->options.graph == NULL;
    if (run->awaiting_graph || apply_theirs_ask(run))
        return;
    bool strangers =
        run->options.direction == DIRECTION_UPGRADE && verdict_needs_stored(run->options.graph, &run->rows);
    if (strangers && session_facts(run->session)->bookkeeping_exists)
        ask_stored_graph(run);
    else if (apply_script_follow(run))
        apply_books_prepare(run);
    else
        feed_rows(run, false);
}

/* Alembic, say, has applied what broke off here: nobody shall go on with it, and nothing wait for it. */
static bool settle(struct apply_run *run)
{
    struct text sql = {0};
    run->settled = half_done_settled(run->arena, run->options.graph, &run->rows, &run->open);
    if (run->settled.count == 0)
        return false;
    run->preparing = PREPARE_SETTLING;
    const char *attempt = arena_printf(run->arena, "%s/%u/settled", run->uuid, ++run->messages);
    bool script = script_graph_node(run->options.graph) != GRAPH_NONE;
    books_add_settlement(&sql, session_ledger(run->session), names_list(run->arena, &run->settled), attempt,
                         script ? "another version of the script takes its place"
                                : "the version rows say that somebody else has finished it");
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
    return true;
}

static void take_settlement(struct apply_run *run)
{
    for (size_t i = 0; i < run->open.count; i++) {
        const struct half_done *item = &run->open.items[i];
        struct log_about about = {.target = run->options.target->name, .revision = item->revision};
        if (half_done_is_replaced(run->options.graph, item))
            continue; /* as it has to be: statements of a script bear being run again */
        if (item->begun && names_contain(&run->settled, item->revision))
            log_event(LOG_SEVERITY_WARNING, &about,
                      "it broke off half %s here, and the version rows say that somebody else has finished it: its "
                      "journal is closed, and its statements are taken as done",
                      item->direction == DIRECTION_UPGRADE ? "applied" : "taken back");
    }
    run->open = half_done_left(run->arena, run->options.graph, &run->rows, &run->open);
    rows_are_known(run);
}

static void take_rows(struct apply_run *run, const struct db_reply *reply)
{
    struct error error;
    size_t next = 0;
    if (run->asked_history) {
        run->result.applied = books_read_rows(run->arena, reply->results[next++]);
        run->applied_capacity = run->result.applied.count;
        run->in_doubt = false;
        run->recounted = true;
    }
    if (run->asked_open)
        run->open = journal_read_open(run->arena, reply->results[next]);
    run->rows = books_read_rows(run->arena, reply->results[reply->n_results - 1]);
    run->version_width = books_read_width(reply->results[reply->n_results - 1]);
    if (run->recounted)
        run->result.rows = run->rows;
    if (run->options.graph != NULL && !mirror_suits(session_ledger(run->session), run->options.graph, &error)) {
        apply_run_feed(run, &(struct apply_event){.kind = APPLY_REFUSED, .error = error});
        return;
    }
    if (run->asked_audit && !apply_audit_take(run, reply->results[reply->n_results - 2], &error)) {
        apply_run_feed(run, &(struct apply_event){.kind = APPLY_REFUSED, .error = error});
        return;
    }
    run->settled = (struct names){0};
    if (!run->asked_open || !settle(run))
        rows_are_known(run);
}

static void take_stored_graph(struct apply_run *run, const struct db_reply *reply)
{
    struct stored_graph stored = books_read_stored_graph(run->arena, reply->results[0]);
    struct verdict verdict;
    verdict_judge(run->arena, run->options.graph, &run->rows, &stored, &verdict);
    if (verdict.kind != VERDICT_AHEAD && apply_script_follow(run))
        apply_books_prepare(run);
    else
        feed_rows(run, verdict.kind == VERDICT_AHEAD);
}

static void take_theirs(struct apply_run *run, const PGresult *answer)
{
    struct error error;
    if (apply_theirs_take(run, answer, &error))
        rows_are_known(run);
    else
        apply_run_feed(run, &(struct apply_event){.kind = APPLY_REFUSED, .error = error});
}

void apply_books_look(struct apply_run *run)
{
    const struct books_facts *facts = session_facts(run->session);
    run->preparing = PREPARE_LOOKING;
    if (!facts->version_table_exists || !facts->bookkeeping_exists)
        session_ask_again(run->session); /* somebody may have made them since */
    else
        ask_rows(run);
}

/* ---- preparing ---- */

/* A refused message of ours leaves its transaction open. */
static void begin_afresh(const struct apply_run *run, struct text *sql)
{
    if (session_in_transaction(run->session))
        text_add(sql, "ROLLBACK;\n");
}

static void keep_graph(struct apply_run *run)
{
    struct text sql = {0};
    run->preparing = PREPARE_GRAPH;
    begin_afresh(run, &sql);
    run->graph_kept +=
        books_add_graph(&sql, session_ledger(run->session), run->options.graph, run->graph_kept, GRAPH_BYTES);
    if (run->graph_kept == graph_size(run->options.graph)) { /* the rows in the same round trip */
        books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
        add_rows_question(run, &sql);
    }
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

static void create_books(struct apply_run *run)
{
    struct text sql = {0};
    run->preparing = PREPARE_CREATING;
    run->creations++;
    begin_afresh(run, &sql);
    books_add_creation(&sql, session_ledger(run->session), session_facts(run->session));
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

void apply_books_prepare(struct apply_run *run)
{
    const struct books_facts *facts = session_facts(run->session);
    bool missing = !facts->version_table_exists || !facts->bookkeeping_exists;
    if (missing && run->creations < MOST_CREATIONS)
        create_books(run);
    else if (run->graph_kept < graph_size(run->options.graph))
        keep_graph(run);
    else
        ask_rows(run);
}

/* A stop that fell between two questions: the next one is not asked. */
static bool was_cancelled(struct apply_run *run)
{
    if (!run->cancelled)
        return false;
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_REFUSED, .error = run->apply.error});
    return true;
}

void apply_books_reply(struct apply_run *run, const struct db_reply *reply)
{
    if (was_cancelled(run))
        return;
    switch (run->preparing) {
    case PREPARE_LOOKING:
        break;
    case PREPARE_CREATING:
    case PREPARE_AFRESH:
        session_ask_again(run->session);
        break;
    case PREPARE_SETTLING:
        take_settlement(run);
        break;
    case PREPARE_GRAPH:
        keep_graph(run);
        break;
    case PREPARE_ROWS:
        take_rows(run, reply);
        break;
    case PREPARE_STORED:
        take_stored_graph(run, reply);
        break;
    case PREPARE_THEIR_TABLE:
        if (!apply_theirs_ask_rows(run, reply->results[0]))
            rows_are_known(run);
        break;
    case PREPARE_THEIR_ROWS:
        take_theirs(run, reply->results[0]);
        break;
    }
}

void apply_books_opened(struct apply_run *run)
{
    if (was_cancelled(run))
        return;
    if (run->action.kind == APPLY_PREPARE) {
        apply_books_prepare(run);
    } else if (session_facts(run->session)->version_table_exists) {
        ask_rows(run);
    } else {
        run->rows = (struct names){0}; /* no table: nothing is applied */
        rows_are_known(run);
    }
}

void apply_books_graph(struct apply_run *run)
{
    bool waited = run->awaiting_graph && run->action.kind == APPLY_READ; /* else the connection was lost meanwhile */
    run->awaiting_graph = false;
    if (waited && !was_cancelled(run))
        rows_are_known(run);
}

static void ask_afresh(struct apply_run *run)
{
    struct text sql = {0};
    if (!session_in_transaction(run->session)) {
        session_ask_again(run->session);
        return;
    }
    run->preparing = PREPARE_AFRESH;
    text_add(&sql, "ROLLBACK");
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

/* The table was there a moment ago. A backend may see another's CREATE before it hears that its own caches are out of
 * date (the commit is visible before its invalidations are sent): so it is asked again. */
static bool look_again(struct apply_run *run, const struct error *error)
{
    bool gone = strcmp(error->sqlstate, "42P01") == 0 || strcmp(error->sqlstate, "3F000") == 0;
    if (!gone || run->looks++ >= MOST_LOOKS)
        return false;
    run->graph_kept =
        run->graph_foreign; /* of what was on its way nothing is kept, and the rest may have gone with its table */
    ask_afresh(run);
    return true;
}

/* Another target of this database was quicker: what it has made is not to be made again. */
static bool was_race(struct apply_run *run, const struct error *error)
{
    bool creating = run->action.kind == APPLY_PREPARE && run->preparing == PREPARE_CREATING;
    if (!creating || !retry_was_race(error->sqlstate, run->creations))
        return false;
    ask_afresh(run);
    return true;
}

/* What was tried when the server refused it; NULL: nothing of the books. */
static const char *tried(const struct apply_run *run)
{
    static const char *const words[] = {
        [PREPARE_CREATING] = "the version table and the bookkeeping cannot be made",
        [PREPARE_GRAPH] = "the revisions cannot be written to the bookkeeping",
        [PREPARE_ROWS] = "the version table and the bookkeeping cannot be read",
        [PREPARE_SETTLING] = "the journal of the bookkeeping cannot be written to",
        [PREPARE_STORED] = "the bookkeeping cannot be read",
        [PREPARE_THEIR_TABLE] = "the bookkeeping cannot be read",
        [PREPARE_THEIR_ROWS] = "the table of the tool whose files these are cannot be read",
    };
    bool of_books = run->action.kind == APPLY_READ || run->action.kind == APPLY_PREPARE;
    return of_books && run->preparing < sizeof words / sizeof *words ? words[run->preparing] : NULL;
}

bool apply_books_refused(struct apply_run *run, struct error *error)
{
    const char *words = tried(run);
    if (apply_theirs_is_another(run, error)) {
        run->saw_theirs = true;
        ask_afresh(run);
        return false;
    }
    if (look_again(run, error) || was_race(run, error))
        return false;
    if (words != NULL)
        denied_explain(error, words);
    if (run->action.kind != APPLY_PREPARE)
        return true;
    run->graph_kept = run->graph_foreign;
    return true;
}
