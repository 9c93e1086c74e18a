/* The version rows, what they say of the command that has ended, and what is written down of it. */
#include "command_run_parts.h"

#include "base/arena.h"
#include "core/retry.h"

#include <limits.h>

#define AGAIN_MS      1000 /* before the command is run again */
#define AGAIN_MOST_MS 60000

/* ---- the record ---- */

void command_judge_announce(struct command_run *run)
{
    struct text sql = {0};
    if (run->result.applied.count == 0) {
        command_run_finish(run);
        return;
    }
    command_run_move(run, COMMAND_ANNOUNCING);
    if (session_in_transaction(run->session)) /* of the history, refused */
        text_add(&sql, "ROLLBACK;\n");
    books_add_announcement(&sql, session_ledger(run->session));
    command_run_ask(run, &sql);
}

void command_judge_record(struct command_run *run)
{
    struct text sql = {0};
    const struct error *error = &run->result.error;
    struct books_applied applied = {run->uuid, run->options.graph, &run->result.applied, run->options.reason};
    struct books_failure failure = {
        .attempt = arena_printf(run->arena, "%s/failed", run->uuid),
        .revision = run->options.revision,
        .checksum = "",
        .direction = DIRECTION_UPGRADE,
        .outcome = run->stopping ? "cancelled" : "failed",
        .message = error->message,
        .reason = run->options.reason,
    };
    bool well = error->code == ERROR_NONE;
    if (!run->has_books || (well && run->result.applied.count == 0)) {
        command_judge_announce(run);
        return;
    }
    command_run_move(run, COMMAND_RECORDING);
    books_add_applied(&sql, session_ledger(run->session), &applied, well ? NULL : &failure);
    command_run_ask(run, &sql);
}

/* ---- judging ---- */

/* In the order of the plan that was made before the first command. */
static void count_applied(struct command_run *run)
{
    struct names *applied = &run->result.applied;
    applied->count = 0;
    if (run->attempts == 0) /* whoever was waited for has applied them */
        return;
    for (size_t i = 0; i < run->before.count; i++)
        if (!names_contain(&run->verdict.pending, run->before.items[i]))
            applied->items[applied->count++] = run->before.items[i];
}

static bool is_good(const struct command_run *run)
{
    return run->verdict.kind == VERDICT_IN_SYNC || run->verdict.kind == VERDICT_AHEAD;
}

static unsigned most_retries(const struct command_run *run)
{
    return run->options.max_retries == UINT_MAX ? (unsigned)run->options.target->upgrade_retries
                                                : run->options.max_retries;
}

static void on_run_again(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    run->retry_at_ms = 0;
    command_judge_read(run);
}

static void run_again(struct command_run *run, const struct error *error)
{
    run->last_retry = *error;
    run->ended = false;
    command_run_log(run, LOG_SEVERITY_WARNING, "%s; it is run again (%u of %u)", error->message, run->attempts,
                    most_retries(run));
    command_run_sleep(run, retry_delay_ms(run->attempts - 1, AGAIN_MS, AGAIN_MOST_MS, clock_random()), on_run_again);
    command_run_move(run, COMMAND_WAITING_TO_RETRY);
}

static void judge_command(struct command_run *run)
{
    struct error error = {0};
    if (run->stopping) {
        command_words_stopped(run, &error);
    } else if (!is_good(run)) {
        command_words_failed(run, &error);
        if (run->attempts <= most_retries(run)) {
            run_again(run, &error);
            return;
        }
    } else if (run->status != 0) {
        command_run_log(run, LOG_SEVERITY_WARNING,
                        "the upgrade command ended with exit status %d, but nothing is pending any more",
                        run->status);
    }
    run->result.error = error;
    command_judge_record(run);
}

/* Django's plan is what is pending, in the order of its graph; last what only a squash applied in parts brings up. */
static bool list_django(struct command_run *run, struct names *ids, struct error *error)
{
    const struct graph *graph = run->options.graph;
    const struct names *pending = &run->verdict.pending;
    if (run->verdict.reason != NULL)
        return error_set(error, ERROR_FILES, "%s", run->verdict.reason);
    *ids = (struct names){.items = arena_array(run->arena, pending->count, sizeof *ids->items)};
    for (uint32_t node = 0; node < graph_size(graph); node++)
        if (names_contain(pending, graph_revision(graph, node)->id))
            ids->items[ids->count++] = graph_revision(graph, node)->id;
    for (size_t i = 0; i < pending->count; i++)
        if (graph_find(graph, pending->items[i]) == GRAPH_NONE)
            ids->items[ids->count++] = pending->items[i];
    return true;
}

static bool list_plan(struct command_run *run, struct names *ids, struct error *error)
{
    struct plan plan;
    const struct graph *graph = run->options.graph;
    if (graph_django(graph) != NULL)
        return list_django(run, ids, error);
    if (!plan_upgrade(run->arena, graph, &run->rows, "heads", &plan, error))
        return false;
    *ids = (struct names){.items = arena_array(run->arena, plan.count, sizeof *ids->items)};
    for (size_t i = 0; i < plan.count; i++)
        ids->items[ids->count++] = graph_revision(graph, plan.steps[i].node)->id;
    return true;
}

/* Something is to be applied: the plan says what, or why it cannot be. */
static bool make_plan(struct command_run *run, struct error *error)
{
    if (!list_plan(run, &run->before, error))
        return false;
    run->result.applied = (struct names){.items = arena_array(run->arena, run->before.count, sizeof(const char *))};
    return true;
}

static void judge(struct command_run *run, const struct stored_graph *stored)
{
    struct error error = {0};
    verdict_judge(run->reading, run->options.graph, &run->rows, stored, &run->verdict);
    tenants_judge(run->reading, run->options.graph, tenant_reading_result(run->tenants), &run->verdict);
    count_applied(run);
    if (run->ended) {
        judge_command(run);
    } else if (is_good(run)) {
        run->result.ahead = run->verdict.kind == VERDICT_AHEAD && run->before.count == 0;
        command_judge_record(run);
    } else if (!run->locked) {
        command_run_lock(run);
    } else if (run->before.count > 0 || make_plan(run, &error)) {
        command_spawn_prepare(run);
    } else {
        command_run_fail(run, &error);
    }
}

/* ---- reading ---- */

void command_judge_compare(struct command_run *run)
{
    struct text sql = {0};
    if (run->options.graph == NULL) {
        command_run_move(run, COMMAND_AWAITING_GRAPH);
        return;
    }
    if (!verdict_needs_stored(run->options.graph, &run->rows) || !session_facts(run->session)->bookkeeping_exists) {
        judge(run, NULL);
        return;
    }
    command_run_move(run, COMMAND_READING_STORED);
    books_add_limits(&sql, COMMAND_LOCK_MS, COMMAND_STATEMENT_MS);
    books_add_stored_graph(&sql, session_ledger(run->session));
    command_run_ask(run, &sql);
}

void command_judge_ask(struct command_run *run)
{
    struct text sql = {0};
    if (!session_facts(run->session)->version_table_exists) {
        command_judge_compare(run);
        return;
    }
    books_add_limits(&sql, COMMAND_LOCK_MS, COMMAND_STATEMENT_MS);
    books_add_rows(&sql, session_ledger(run->session));
    command_run_ask(run, &sql);
}

static void ask_tenants(struct command_run *run)
{
    struct text sql = {0};
    books_add_limits(&sql, COMMAND_LOCK_MS, COMMAND_STATEMENT_MS);
    if (tenant_reading_ask(run->tenants, &sql)) {
        command_run_move(run, COMMAND_READING_TENANTS);
        command_run_ask(run, &sql);
    } else {
        text_finish(&sql);
        command_judge_compare(run);
    }
}

bool command_judge_refused(struct command_run *run, const struct error *error)
{
    if (run->state != COMMAND_READING_TENANTS)
        return false;
    tenant_reading_refuse(run->tenants, error);
    command_judge_compare(run);
    return true;
}

static void take_rows(struct command_run *run, const struct db_reply *reply)
{
    const char *query = run->options.target->tenant_schemas;
    run->rows = books_read_rows(run->reading, reply->results[0]);
    if (query == NULL) {
        command_judge_compare(run);
        return;
    }
    run->tenants = tenant_reading_begin(run->reading, query, session_ledger(run->session));
    ask_tenants(run);
}

/* The table may have been made since. */
void command_judge_read(struct command_run *run)
{
    bool fresh = run->state == COMMAND_CONNECTING;
    arena_destroy(run->reading);
    run->reading = arena_create();
    run->rows = (struct names){0};
    run->tenants = NULL;
    run->verdict = (struct verdict){0};
    command_run_move(run, COMMAND_READING);
    if (fresh || session_facts(run->session)->version_table_exists)
        command_judge_ask(run);
    else
        session_ask_again(run->session);
}

void command_judge_reply(struct command_run *run, const struct db_reply *reply)
{
    struct stored_graph stored;
    switch (run->state) {
    case COMMAND_READING:
        take_rows(run, reply);
        break;
    case COMMAND_READING_TENANTS:
        tenant_reading_take(run->tenants, reply);
        ask_tenants(run);
        break;
    case COMMAND_READING_STORED:
        stored = books_read_stored_graph(run->reading, reply->results[0]);
        judge(run, &stored);
        break;
    case COMMAND_RECORDING:
        command_judge_announce(run);
        break;
    default: /* ANNOUNCING */
        command_run_finish(run);
        break;
    }
}
