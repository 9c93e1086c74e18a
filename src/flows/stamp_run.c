#include "flows/stamp_run.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/message.h"
#include "core/retry.h"
#include "db/journal.h"
#include "flows/denied.h"
#include "flows/session.h"
#include "mirroring.h"
#include "taking_over.h"

#include <assert.h>
#include <string.h>

#define ANSWER_MS    60000 /* the server's own limits end first, and say why */
#define STATEMENT_MS 40000
#define LOCK_MS      20000
#define GRAPH_BYTES  ((size_t)1 << 20)
#define POLL_BASE_MS 50
#define POLL_MOST_MS 1000

enum state {
    CONNECTING,
    LOCKING,
    WAITING,
    READING,
    MAKING_BOOKS,
    KEEPING_GRAPH,
    WRITING,
    LOOKING_AGAIN,
    ANNOUNCING,
    DONE,
    N_STATES
};

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CONNECTING] = TO(LOCKING) | TO(READING) | TO(DONE), /* at once to the reading: dry */
    [LOCKING] = TO(WAITING) | TO(READING) | TO(DONE),
    [WAITING] = TO(LOCKING) | TO(DONE),
    [READING] = TO(MAKING_BOOKS) | TO(KEEPING_GRAPH) | TO(LOOKING_AGAIN) | TO(DONE),
    [MAKING_BOOKS] = TO(KEEPING_GRAPH) | TO(LOOKING_AGAIN) | TO(DONE),
    [KEEPING_GRAPH] = TO(KEEPING_GRAPH) | TO(WRITING) | TO(LOOKING_AGAIN) | TO(DONE),
    [WRITING] = TO(ANNOUNCING) | TO(LOOKING_AGAIN) | TO(DONE),
    [LOOKING_AGAIN] = TO(READING) | TO(DONE),
    [ANNOUNCING] = TO(DONE),
};

struct stamp {
    uv_loop_t loop;
    uv_timer_t sleep;
    const struct stamp_options *options;
    struct stamp_result *result;
    struct arena *arena; /* borrowed */
    struct session *session;
    enum state state;
    struct names targets;
    const char *seal;     /* of the other tool's rows; NULL: nothing is taken over */
    struct names settled; /* half done revisions that the stamp decides about */
    size_t graph_kept;
    bool looked_again; /* where the books are: once is enough */
    unsigned creations;
    int64_t started_ms;
    unsigned polls;
    char attempt[CLOCK_UUID_SIZE]; /* key of the history row */
};

static void move(struct stamp *stamp, enum state next)
{
    assert(next_states[stamp->state] & TO(next));
    stamp->state = next;
}

static void finish(struct stamp *stamp)
{
    move(stamp, DONE);
    session_destroy(stamp->session);
    stamp->session = NULL;
    uv_close((uv_handle_t *)&stamp->sleep, NULL);
}

static void fail(struct stamp *stamp, const struct error *error)
{
    stamp->result->error = *error;
    finish(stamp);
}

static void ask(struct stamp *stamp, struct text *sql)
{
    session_send_text(stamp->session, sql, ANSWER_MS);
}

/* ---- one function a step ---- */

static void try_lock(struct stamp *stamp)
{
    struct text sql = {0};
    move(stamp, LOCKING);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    books_add_try_lock(&sql, session_ledger(stamp->session));
    ask(stamp, &sql);
}

static void read_rows(struct stamp *stamp);

static void check_session(struct stamp *stamp)
{
    struct error error;
    if (stamp->options->dry) {
        read_rows(stamp);
    } else if (session_facts(stamp->session)->in_recovery) {
        error_set(&error, ERROR_CONFIG, "the server is a standby: nothing can be stamped through it");
        fail(stamp, &error);
    } else if (!session_is_own(stamp->session)) {
        session_prove(stamp->session);
    } else {
        try_lock(stamp);
    }
}

static void write_rows(struct stamp *stamp)
{
    struct text sql = {0}, beside = {0};
    struct error error;
    move(stamp, WRITING);
    if (stamp->seal != NULL) {
        struct adopt_source source = taking_over_source(stamp->options->source, stamp->session);
        adopt_add_check(&beside, &source, stamp->seal, stamp->attempt);
    } else if (!mirroring_add_stamp(&beside, stamp->arena, session_ledger(stamp->session), stamp->options->graph,
                                    &stamp->result->before, &stamp->result->after, stamp->attempt, &error)) {
        text_finish(&beside);
        fail(stamp, &error);
        return;
    }
    books_add_stamp(&sql, session_ledger(stamp->session), &stamp->result->before, &stamp->result->after,
                    names_list(stamp->arena, &stamp->settled), stamp->attempt, stamp->options->reason,
                    text_string(&beside));
    text_finish(&beside);
    ask(stamp, &sql);
}

/* Chunk after chunk; an empty graph has none. */
static void keep_graph(struct stamp *stamp)
{
    struct text sql = {0};
    move(stamp, KEEPING_GRAPH);
    if (stamp->graph_kept == graph_size(stamp->options->graph)) {
        write_rows(stamp);
        return;
    }
    stamp->graph_kept +=
        books_add_graph(&sql, session_ledger(stamp->session), stamp->options->graph, stamp->graph_kept, GRAPH_BYTES);
    ask(stamp, &sql);
}

static void make_books(struct stamp *stamp)
{
    struct text sql = {0};
    const struct books_facts *facts = session_facts(stamp->session);
    if (facts->version_table_exists && facts->bookkeeping_exists) {
        keep_graph(stamp);
        return;
    }
    move(stamp, MAKING_BOOKS);
    stamp->creations++;
    books_add_creation(&sql, session_ledger(stamp->session), facts);
    ask(stamp, &sql);
}

static bool check_width(const struct stamp *stamp, size_t width, struct error *error)
{
    const struct names *before = &stamp->result->before, *after = &stamp->result->after;
    for (size_t i = 0; i < after->count; i++) {
        uint32_t node = graph_find(stamp->options->graph, after->items[i]);
        if (!names_contain(before, after->items[i]) && node != GRAPH_NONE &&
            !revision_check_width(graph_revision(stamp->options->graph, node), width, error))
            return false;
    }
    return true;
}

/* A half done revision elsewhere in the graph goes on as if nothing had been stamped. */
static bool settle(struct stamp *stamp, const struct half_done_list *open, struct error *error)
{
    const struct stamp_options *options = stamp->options;
    struct names ids = half_done_ids(stamp->arena, open);
    if (!plan_stamp_concerns(stamp->arena, options->graph, &ids, &stamp->targets, options->purge, &stamp->settled,
                             error))
        return false;
    stamp->result->left = half_done_without(stamp->arena, open, &stamp->settled);
    struct names left = half_done_ids(stamp->arena, &stamp->result->left);
    stamp->result->closed = half_done_without(stamp->arena, open, &left);
    return true;
}

/* From these rows; what is refused is refused before anything is written. */
static void plan(struct stamp *stamp, const struct names *rows, size_t width, const struct half_done_list *open)
{
    struct error error = {0};
    const struct stamp_options *options = stamp->options;
    struct stamp_result *result = stamp->result;
    result->before = *rows;
    if (!mirror_suits(session_ledger(stamp->session), options->graph, &error) ||
        !plan_stamp(stamp->arena, options->graph, &result->before, &stamp->targets, options->purge, &result->after,
                    &error) ||
        !settle(stamp, open, &error) || !check_width(stamp, width, &error))
        fail(stamp, &error);
    else if (options->dry)
        finish(stamp);
    else
        make_books(stamp);
}

/* What the other tool has applied is what is stamped. False: the end. */
static bool take_over(struct stamp *stamp, const struct names *rows, const PGresult *answer)
{
    struct error error = {0};
    struct stamp_result *result = stamp->result;
    struct adopt_source source = taking_over_source(stamp->options->source, stamp->session);
    struct adopted_rows theirs = adopt_read(stamp->arena, answer, &stamp->seal);
    result->before = result->after = *rows;
    if (!taking_over_judge(stamp->arena, stamp->options, &source, rows, &theirs, &result->adoption, &error)) {
        fail(stamp, &error);
        return false;
    }
    if (result->adoption.taken.count == 0) {
        finish(stamp);
        return false;
    }
    stamp->targets = result->adoption.heads;
    return true;
}

static void read_rows(struct stamp *stamp)
{
    struct text sql = {0};
    const struct books_facts *facts = session_facts(stamp->session);
    move(stamp, READING);
    bool has_source = stamp->options->source != NULL;
    if (!facts->version_table_exists && !facts->bookkeeping_exists &&
        !has_source) { /* nothing is applied, nothing begun */
        plan(stamp, &(struct names){0}, 0, &(struct half_done_list){0});
        return;
    }
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    if (facts->version_table_exists)
        books_add_rows(&sql, session_ledger(stamp->session));
    if (facts->bookkeeping_exists)
        journal_add_open_question(&sql, session_ledger(stamp->session));
    if (has_source) {
        struct adopt_source source = taking_over_source(stamp->options->source, stamp->session);
        adopt_add_question(&sql, &source);
    }
    ask(stamp, &sql);
}

static void take_rows(struct stamp *stamp, const struct db_reply *reply)
{
    const struct books_facts *facts = session_facts(stamp->session);
    struct half_done_list open = {0};
    struct names rows = {0};
    size_t width = 0, next = 0;
    if (facts->version_table_exists) {
        rows = books_read_rows(stamp->arena, reply->results[next]);
        width = books_read_width(reply->results[next++]);
    }
    if (facts->bookkeeping_exists)
        open = journal_read_open(stamp->arena, reply->results[next++]);
    if (stamp->options->source == NULL || take_over(stamp, &rows, reply->results[next]))
        plan(stamp, &rows, width, &open);
}

static void on_sleep(uv_timer_t *timer)
{
    try_lock(timer->data);
}

static void take_lock(struct stamp *stamp, const struct db_reply *reply)
{
    struct books_holder holder;
    struct error error;
    if (books_read_try_lock(stamp->arena, reply->results[reply->n_results - 1], &holder)) {
        read_rows(stamp);
        return;
    }
    if (clock_monotonic_ms() - stamp->started_ms > stamp->options->timeout_ms) {
        error_set(&error, ERROR_BUSY, "the lock was not had within the time limit: pid %d (%s) holds it", holder.pid,
                  holder.application);
        fail(stamp, &error);
        return;
    }
    move(stamp, WAITING);
    uv_timer_start(&stamp->sleep, on_sleep,
                   (uint64_t)retry_delay_ms(stamp->polls++, POLL_BASE_MS, POLL_MOST_MS, clock_random()), 0);
}

static void announce(struct stamp *stamp)
{
    struct text sql = {0};
    move(stamp, ANNOUNCING);
    books_add_announcement(&sql, session_ledger(stamp->session));
    ask(stamp, &sql);
}

/* ---- the session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    struct stamp *stamp = context;
    if (error != NULL)
        fail(stamp, error);
    else if (stamp->state == CONNECTING)
        check_session(stamp);
    else if (stamp->state == LOOKING_AGAIN)
        read_rows(stamp);
    else
        keep_graph(stamp); /* the books were made */
}

/* What was there a moment ago is gone. */
static bool has_vanished(struct stamp *stamp, const struct error *error)
{
    bool gone = strcmp(error->sqlstate, "42P01") == 0 || strcmp(error->sqlstate, "3F000") == 0;
    bool may = stamp->state == READING || stamp->state == KEEPING_GRAPH || stamp->state == WRITING;
    if (!gone || !may || stamp->looked_again)
        return false;
    stamp->looked_again = true;
    return true;
}

/* Another target of the database has made the books meanwhile. */
static bool has_appeared(const struct stamp *stamp, const struct error *error)
{
    return stamp->state == MAKING_BOOKS && retry_was_race(error->sqlstate, stamp->creations);
}

/* Look where the books are, and begin anew. Nothing is written yet. */
static bool look_again(struct stamp *stamp, const struct error *error)
{
    struct text sql = {0};
    if (!has_vanished(stamp, error) && !has_appeared(stamp, error))
        return false;
    stamp->graph_kept = 0;
    move(stamp, LOOKING_AGAIN);
    if (session_in_transaction(stamp->session)) {
        text_add(&sql, "ROLLBACK");
        ask(stamp, &sql);
    } else {
        session_ask_again(stamp->session);
    }
    return true;
}

static const char *const tried[N_STATES] = {
    [READING] = "the version table cannot be read",
    [MAKING_BOOKS] = "the version table and the bookkeeping cannot be made",
    [KEEPING_GRAPH] = "the revisions cannot be written to the bookkeeping",
    [WRITING] = "the version rows cannot be written",
};

/* The statement's own check of the rows failed: somebody else was quicker. */
static void refuse(struct stamp *stamp, const struct db_reply *reply)
{
    struct error error = reply->error;
    const char *found;
    size_t length;
    switch (message_failed_check(error.sqlstate, reply->error.message, stamp->attempt, &found, &length)) {
    case CHECK_ROWS:
        error_set(&error, ERROR_BUSY, "the version rows were changed by somebody else: they are now {%.*s}",
                  (int)(length > 500 ? 500 : length), found);
        error_next(&error, "look at `migrated current`, then run the command again");
        break;
    case CHECK_OTHER:
        error_set(&error, ERROR_BUSY, "%s wrote to %s meanwhile: nothing was stamped",
                  stamp->options->source->tool->title, stamp->result->adoption.table);
        error_next(&error, "wait until it is through, then run the command again");
        break;
    case CHECK_MIRROR:
        error_set(&error, ERROR_FILES, "this stamp can't be mirrored: %.*s", (int)(length > 500 ? 500 : length),
                  found);
        error_next(&error, "`migrated adopt` tells what that table holds; mirror = no leaves it alone");
        break;
    default:
        break;
    }
    if (stamp->state == READING && stamp->options->source != NULL) {
        struct adopt_source source = taking_over_source(stamp->options->source, stamp->session);
        taking_over_explain(&source, &error);
    }
    if (tried[stamp->state] != NULL)
        denied_explain(&error, tried[stamp->state]);
    fail(stamp, &error);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct stamp *stamp = context;
    if (stamp->state == ANNOUNCING) { /* the rows are written, whether others hear of it at once or not */
        finish(stamp);
        return;
    }
    if (reply->outcome == DB_LOST && stamp->state == WRITING) {
        struct error error;
        error_set(&error, ERROR_UNREACHABLE,
                  "the connection was lost while the version rows were written: whether they were is not known");
        error_next(&error, "look at `migrated current`, then run the command again");
        fail(stamp, &error);
        return;
    }
    if (reply->outcome != DB_DONE) {
        if (reply->outcome != DB_REFUSED || !look_again(stamp, &reply->error))
            refuse(stamp, reply);
        return;
    }
    switch (stamp->state) {
    case LOCKING:
        take_lock(stamp, reply);
        break;
    case READING:
        take_rows(stamp, reply);
        break;
    case MAKING_BOOKS:
    case LOOKING_AGAIN:
        session_ask_again(stamp->session);
        break;
    case KEEPING_GRAPH:
        keep_graph(stamp);
        break;
    case WRITING:
        announce(stamp);
        break;
    default:
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    fail(context, error);
}

void stamp_run(struct arena *arena, const struct stamp_options *options, struct stamp_result *result)
{
    struct stamp stamp = {.options = options, .result = result, .arena = arena, .state = CONNECTING};
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, &stamp};

    *result = (struct stamp_result){0};
    stamp.targets = options->targets;
    stamp.started_ms = clock_monotonic_ms();
    clock_uuid(stamp.attempt);
    uv_loop_init(&stamp.loop);
    uv_timer_init(&stamp.loop, &stamp.sleep);
    stamp.sleep.data = &stamp;
    stamp.session = session_create(&stamp.loop, options->target, &events);
    session_set_migrating(stamp.session);
    session_open(stamp.session);
    uv_run(&stamp.loop, UV_RUN_DEFAULT);
    uv_loop_close(&stamp.loop);
}
