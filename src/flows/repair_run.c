#include "flows/repair_run.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/retry.h"
#include "core/verdict.h"
#include "db/audit.h"
#include "flows/denied.h"
#include "flows/session.h"

#include <assert.h>
#include <string.h>

#define ANSWER_MS    60000 /* the server's own limits end first, and say why */
#define STATEMENT_MS 40000
#define LOCK_MS      20000
#define POLL_BASE_MS 50
#define POLL_MOST_MS 1000

enum state { CONNECTING, LOCKING, WAITING, READING, WRITING, ANNOUNCING, DONE, N_STATES };

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CONNECTING] = TO(LOCKING) | TO(DONE), [LOCKING] = TO(WAITING) | TO(READING) | TO(DONE),
    [WAITING] = TO(LOCKING) | TO(DONE),    [READING] = TO(WRITING) | TO(DONE),
    [WRITING] = TO(ANNOUNCING) | TO(DONE), [ANNOUNCING] = TO(DONE),
};

struct repair {
    uv_loop_t loop;
    uv_timer_t sleep;
    const struct repair_options *options;
    struct repair_result *result;
    struct arena *arena; /* borrowed */
    struct session *session;
    enum state state;
    int64_t started_ms;
    unsigned polls;
};

static void move(struct repair *repair, enum state next)
{
    assert(next_states[repair->state] & TO(next));
    repair->state = next;
}

static void finish(struct repair *repair)
{
    move(repair, DONE);
    session_destroy(repair->session);
    repair->session = NULL;
    uv_close((uv_handle_t *)&repair->sleep, NULL);
}

static void fail(struct repair *repair, const struct error *error)
{
    repair->result->error = *error;
    finish(repair);
}

static void ask(struct repair *repair, struct text *sql)
{
    session_send_text(repair->session, sql, ANSWER_MS);
}

/* ---- one function a step ---- */

static bool can_repair(const struct repair *repair, struct error *error)
{
    const struct books_facts *facts = session_facts(repair->session);
    if (facts->in_recovery)
        return error_set(error, ERROR_CONFIG, "the server is a standby: nothing can be repaired through it");
    if (!facts->version_table_exists || !facts->bookkeeping_exists)
        return error_set(error, ERROR_USAGE, "nothing was ever applied to this database: there is nothing to repair");
    return true;
}

static void try_lock(struct repair *repair)
{
    struct text sql = {0};
    move(repair, LOCKING);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    books_add_try_lock(&sql, session_ledger(repair->session));
    ask(repair, &sql);
}

static void check_session(struct repair *repair)
{
    struct error error;
    if (!can_repair(repair, &error))
        fail(repair, &error);
    else if (!session_is_own(repair->session))
        session_prove(repair->session);
    else
        try_lock(repair);
}

static void on_sleep(uv_timer_t *timer)
{
    try_lock(timer->data);
}

static void read_records(struct repair *repair)
{
    struct text sql = {0};
    move(repair, READING);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    audit_add_question(&sql, session_ledger(repair->session), "");
    books_add_rows(&sql, session_ledger(repair->session));
    ask(repair, &sql);
}

static void take_lock(struct repair *repair, const struct db_reply *reply)
{
    struct books_holder holder;
    struct error error;
    if (books_read_try_lock(repair->arena, reply->results[reply->n_results - 1], &holder)) {
        read_records(repair);
        return;
    }
    if (clock_monotonic_ms() - repair->started_ms > repair->options->timeout_ms) {
        error_set(&error, ERROR_BUSY, "the lock was not had within the time limit: pid %d (%s) holds it", holder.pid,
                  holder.application);
        fail(repair, &error);
        return;
    }
    move(repair, WAITING);
    uv_timer_start(&repair->sleep, on_sleep,
                   (uint64_t)retry_delay_ms(repair->polls++, POLL_BASE_MS, POLL_MOST_MS, clock_random()), 0);
}

static const struct audit_finding *find_edited(const struct audit *audit, const char *revision)
{
    for (size_t i = 0; i < audit->count; i++)
        if (audit->findings[i].kind == AUDIT_EDITED && strcmp(audit->findings[i].revision, revision) == 0)
            return &audit->findings[i];
    return NULL;
}

static bool refuse(const struct verdict *verdict, const struct audit_records *records, const char *revision,
                   struct error *error)
{
    if (names_contain(&verdict->pending, revision))
        return error_set(error, ERROR_USAGE, "revision %s is not applied: its file may still be edited", revision);
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(records->items[i].revision, revision) == 0 && records->items[i].checksum != NULL)
            return error_set(error, ERROR_USAGE, "revision %s is as it was applied: there is nothing to repair",
                             revision);
    return error_set(
        error, ERROR_USAGE,
        "the history does not tell with which checksum revision %s was applied: there is nothing to repair",
        revision);
}

/* All that were named, or none. */
static bool choose(struct repair *repair, const struct db_reply *reply, struct error *error)
{
    const struct repair_options *options = repair->options;
    struct names rows = books_read_rows(repair->arena, reply->results[reply->n_results - 1]);
    struct audit_records records = audit_read(repair->arena, reply->results[0]);
    struct audit_finding *chosen = arena_array(repair->arena, options->revisions.count, sizeof *chosen);
    struct verdict verdict;
    struct audit audit;
    verdict_judge(repair->arena, options->graph, &rows, NULL, &verdict);
    audit_judge(repair->arena, options->graph, &verdict.pending, &records, &audit);
    for (uint32_t i = 0; i < options->revisions.count; i++) {
        const char *revision = graph_revision(options->graph, options->revisions.items[i])->id;
        const struct audit_finding *finding = find_edited(&audit, revision);
        if (finding == NULL)
            return refuse(&verdict, &records, revision, error);
        chosen[i] = *finding;
    }
    repair->result->repaired = chosen;
    repair->result->count = options->revisions.count;
    return true;
}

static void write_rows(struct repair *repair, const struct db_reply *reply)
{
    struct text sql = {0};
    struct error error;
    char attempt[CLOCK_UUID_SIZE];
    if (!choose(repair, reply, &error)) {
        fail(repair, &error);
        return;
    }
    move(repair, WRITING);
    clock_uuid(attempt);
    audit_add_repair(&sql, session_ledger(repair->session), repair->result->repaired, repair->result->count, attempt,
                     repair->options->reason);
    ask(repair, &sql);
}

static void announce(struct repair *repair)
{
    struct text sql = {0};
    move(repair, ANNOUNCING);
    books_add_announcement(&sql, session_ledger(repair->session));
    ask(repair, &sql);
}

/* ---- the session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    if (error != NULL)
        fail(context, error);
    else
        check_session(context);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct repair *repair = context;
    if (reply->outcome != DB_DONE) {
        struct error error = reply->error;
        if (reply->outcome == DB_LOST && repair->state == WRITING)
            error_next(&error, "whether it was noted is not known: look at `migrated check`");
        denied_explain(&error, "the history of the bookkeeping cannot be read or written");
        fail(repair, &error);
        return;
    }
    switch (repair->state) {
    case LOCKING:
        take_lock(repair, reply);
        break;
    case READING:
        write_rows(repair, reply);
        break;
    case WRITING:
        announce(repair);
        break;
    case ANNOUNCING:
        finish(repair);
        break;
    default:
        break;
    }
}

static void on_lost(void *context, const struct error *error)
{
    fail(context, error);
}

void repair_run(struct arena *arena, const struct repair_options *options, struct repair_result *result)
{
    struct repair repair = {.options = options, .result = result, .arena = arena, .state = CONNECTING};
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, &repair};

    *result = (struct repair_result){0};
    repair.started_ms = clock_monotonic_ms();
    uv_loop_init(&repair.loop);
    uv_timer_init(&repair.loop, &repair.sleep);
    repair.sleep.data = &repair;
    repair.session = session_create(&repair.loop, options->target, &events);
    session_set_migrating(repair.session);
    session_open(repair.session);
    uv_run(&repair.loop, UV_RUN_DEFAULT);
    uv_loop_close(&repair.loop);
}
