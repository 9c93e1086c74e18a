#include "base/arena.h"
#include "base/duration.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/each_target.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "core/readiness.h"
#include "db/error.h"
#include "flows/auditor.h"
#include "flows/detail.h"
#include "flows/refresh.h"
#include "flows/tree.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WAIT_MS     60000
#define INTERVAL_MS 1000

static const int stop_signals[] = {SIGINT, SIGTERM};
#define N_SIGNALS (sizeof stop_signals / sizeof *stop_signals)

/*
 * Happy path: a reading -> in sync -> the audit -> out. Otherwise the next reading follows after a second, or at once when
 * another
 * replica announces a change or the connection drops, until the time is over.
 */
struct waiting {
    uv_loop_t loop;
    const struct target_config *target;
    struct tree *tree; /* borrowed */
    struct refresh *refresh;
    struct auditor *auditor;
    uv_timer_t interval, deadline;
    uv_signal_t signals[N_SIGNALS];
    struct arena *arena;       /* of the last reading */
    const struct audit *audit; /* borrowed; NULL: not made, or not possible */
    struct verdict verdict;
    struct readiness readiness;
    struct error error; /* of the last reading; code ERROR_NONE: it went well */
    bool judged;        /* verdict and readiness are of a reading */
    bool once;          /* the first reading is the last one */
    int signal_number;  /* 0: not interrupted */
};

static void stop(struct waiting *waiting)
{
    uv_stop(&waiting->loop);
}

/* ---- readings ---- */

static const struct graph *graph_of(const struct waiting *waiting)
{
    return waiting->tree->files.graph;
}

static void judge(struct waiting *waiting)
{
    struct readiness_facts facts = {
        .asked = true,
        .verdict = &waiting->verdict,
        .stale_after_ms = INTERVAL_MS,
        .audit = waiting->audit,
        .changed_fails = waiting->target->on_changed == CHANGED_FAIL,
        .ahead_fails = waiting->target->ahead == AHEAD_FAIL,
    };
    readiness_judge(waiting->arena, &facts, &waiting->readiness);
    waiting->judged = true;
}

static void take_rows(struct waiting *waiting, const struct refresh_result *result)
{
    arena_destroy(waiting->arena);
    waiting->arena = arena_create();
    waiting->audit = NULL;
    struct names rows = names_copy(waiting->arena, &result->rows);
    verdict_judge(waiting->arena, graph_of(waiting), &rows, result->stored, &waiting->verdict);
    tenants_judge(waiting->arena, graph_of(waiting), tenants_copy(waiting->arena, result->tenants),
                  &waiting->verdict);
    judge(waiting);
}

static void on_interval(uv_timer_t *timer)
{
    struct waiting *waiting = timer->data;
    refresh_now(waiting->refresh);
}

static bool is_in_sync(const struct waiting *waiting)
{
    return waiting->judged && waiting->readiness.ok && waiting->error.code == ERROR_NONE;
}

/* Out, or another reading. */
static void decide(struct waiting *waiting)
{
    bool final = waiting->error.code != ERROR_NONE && db_error_is_final(&waiting->error);
    if (final || is_in_sync(waiting) || waiting->once)
        stop(waiting);
    else
        uv_timer_start(&waiting->interval, on_interval, INTERVAL_MS, 0);
}

static void on_result(void *context, const struct refresh_result *result)
{
    struct waiting *waiting = context;
    waiting->error = (struct error){0};
    if (result->error != NULL)
        waiting->error = *result->error;
    else
        take_rows(waiting, result);

    bool good = result->error == NULL && waiting->readiness.ok && refresh_has_books(waiting->refresh);
    if (!good) {
        decide(waiting);
        return;
    }
    if (waiting->target->on_changed == CHANGED_FAIL)
        error_set(&waiting->error, ERROR_BUSY, "whether applied revisions were edited is not known yet");
    auditor_ask(waiting->auditor, waiting->tree, &waiting->verdict.pending);
}

/* Who may not read the history gets what the version table tells; one that is locked may yet tell. */
static bool must_be_known(const struct waiting *waiting, const struct error *error)
{
    return waiting->target->on_changed == CHANGED_FAIL && strcmp(error->sqlstate, "42501") != 0;
}

static void on_audited(void *context, const struct audit *audit, const struct error *error)
{
    struct waiting *waiting = context;
    if (error != NULL)
        log_warning("edited revisions are not seen: %s", error->message);
    waiting->error = (struct error){0};
    if (error != NULL && must_be_known(waiting, error))
        waiting->error = *error;
    waiting->audit = audit;
    judge(waiting);
    decide(waiting);
}

static void on_announced(void *context)
{
    struct waiting *waiting = context;
    refresh_now(waiting->refresh);
}

static void on_dropped(void *context, const struct error *error)
{
    struct waiting *waiting = context;
    waiting->error = *error;
    refresh_now(waiting->refresh);
}

/* ---- the end of it ---- */

static void on_deadline(uv_timer_t *timer)
{
    struct waiting *waiting = timer->data;
    stop(waiting);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct waiting *waiting = handle->data;
    waiting->signal_number = number;
    stop(waiting);
}

static void print_judgement(const struct waiting *waiting, bool json)
{
    const struct readiness *readiness = &waiting->readiness;
    for (size_t i = 0; waiting->audit != NULL && i < waiting->audit->count; i++)
        log_warning("%s", audit_line(waiting->arena, &waiting->audit->findings[i]));
    if (json)
        json_print(detail_json(graph_of(waiting), &waiting->verdict, readiness, readiness->message, true));
    else if (is_in_sync(waiting))
        puts(readiness->message);
}

/* The time is over. */
static int give_up(struct waiting *waiting, int64_t wait_ms)
{
    char time[DURATION_SIZE];
    struct error error = waiting->error;
    bool failing = error.code != ERROR_NONE;
    duration_format(wait_ms, time);
    if (waiting->judged) {
        const char *why = failing ? waiting->error.message : waiting->readiness.message;
        error_set(&error, ERROR_NOT_IN_SYNC, "not in sync%s%s: %s", wait_ms == 0 ? "" : " after ",
                  wait_ms == 0 ? "" : time, why);
        error_next(&error, waiting->verdict.pending.count > 0
                               ? "migrated upgrade, or migrated status to see what the daemon does about it"
                               : "migrated current --verbose; migrated heads");
    } else if (!failing) {
        error_set(&error, ERROR_UNREACHABLE, "the database did not answer within %s", time);
        error_next(&error, "check its address, or wait longer with --for");
    } else if (error.code != ERROR_BUSY) {
        error.code = ERROR_UNREACHABLE;
    }
    return report_error(&error);
}

static int conclude(struct waiting *waiting, int64_t wait_ms, bool json)
{
    if (waiting->judged)
        print_judgement(waiting, json);
    if (is_in_sync(waiting))
        return 0;
    if (waiting->signal_number != 0)
        return error_exit_status(waiting->signal_number == SIGINT ? ERROR_INTERRUPTED : ERROR_TERMINATED);
    if (waiting->error.code != ERROR_NONE && db_error_is_final(&waiting->error))
        return report_error(&waiting->error);
    return give_up(waiting, wait_ms);
}

/* ---- life ---- */

static void start(struct waiting *waiting, int64_t wait_ms)
{
    struct refresh_events events = {on_result, on_announced, on_dropped, waiting};
    uv_loop_init(&waiting->loop);
    uv_timer_init(&waiting->loop, &waiting->interval);
    uv_timer_init(&waiting->loop, &waiting->deadline);
    waiting->interval.data = waiting->deadline.data = waiting;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_init(&waiting->loop, &waiting->signals[i]);
        waiting->signals[i].data = waiting;
        uv_signal_start(&waiting->signals[i], on_signal, stop_signals[i]);
    }
    waiting->once = wait_ms == 0;
    if (!waiting->once)
        uv_timer_start(&waiting->deadline, on_deadline, (uint64_t)wait_ms, 0);
    waiting->refresh = refresh_create(&waiting->loop, waiting->target, graph_of(waiting), &events);
    waiting->auditor = auditor_create(&waiting->loop, waiting->refresh, on_audited, waiting);
    refresh_now(waiting->refresh);
}

static void finish(struct waiting *waiting)
{
    refresh_destroy(waiting->refresh);
    auditor_destroy(waiting->auditor);
    uv_close((uv_handle_t *)&waiting->interval, NULL);
    uv_close((uv_handle_t *)&waiting->deadline, NULL);
    for (size_t i = 0; i < N_SIGNALS; i++)
        uv_close((uv_handle_t *)&waiting->signals[i], NULL);
    uv_run(&waiting->loop, UV_RUN_DEFAULT);
    uv_loop_close(&waiting->loop);
    arena_destroy(waiting->arena);
}

static int run(struct invocation *invocation)
{
    int64_t wait_ms = WAIT_MS;
    const char *given = invocation_flag(invocation, "for");
    if (given != NULL && !duration_parse(given, true, &wait_ms))
        return report_usage("--for %s: not a duration such as 30s or 10min", given);
    int status = invocation_configure(invocation);
    struct tree *tree = status == 0 ? invocation_tree(invocation, &status) : NULL;
    if (tree == NULL)
        return status;
    status = invocation_demand_files(invocation, &tree->files);
    if (status != 0) {
        tree_release(tree);
        return status;
    }

    struct waiting waiting = {.target = invocation->target, .tree = tree};
    start(&waiting, each_target_time_left(invocation, wait_ms));
    uv_run(&waiting.loop, UV_RUN_DEFAULT);
    status = conclude(&waiting, wait_ms, invocation->json);
    finish(&waiting);
    tree_release(tree);
    return status;
}

const struct command cmd_wait = {
    .name = "wait",
    .arguments = "",
    .summary = "block until the database is in sync with the files",
    .help =
        "For an application's entrypoint. A database that is not there yet is waited for; a wrong password, or a\n"
        "database that does not exist, ends it at once. Exit 0: in sync (or ahead); 3: not in that time; 69: the\n"
        "database was never reached. --for 0 looks once. Edited revisions are told as a warning, or make it wait\n"
        "(on_changed = fail).\n",
    .json = true,
    .each = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_VERDICT,
    .flags = {{"for", 0, "DURATION", "how long to wait (default 60s)"}},
    .run = run,
};
