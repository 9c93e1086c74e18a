#include "cli/job.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/log.h"
#include "cli/audit_look.h"
#include "cli/database.h"
#include "cli/each_target.h"
#include "cli/job_report.h"
#include "cli/job_script.h"
#include "cli/json_print.h"
#include "cli/plan_print.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "core/script_graph.h"
#include "flows/runner.h"
#include "flows/tree.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPAINT_MS   100
#define LAST_MS      1000 /* for what is still in libuv's pool at the end */
#define POOL_THREADS "2"  /* a name is looked up while files are read; later a cancel, or a file */

static const int stop_signals[] = {SIGINT, SIGTERM};
#define N_SIGNALS (sizeof stop_signals / sizeof *stop_signals)

struct job {
    uv_loop_t loop;
    struct invocation *invocation; /* borrowed */
    struct runner *run;            /* opens its connection while the files are read */
    struct tree *tree;             /* held; NULL: being read */
    bool ended;                    /* the run, maybe before the files were known */
    struct progress progress;
    struct job_times times;
    uv_signal_t signals[N_SIGNALS];
    uv_timer_t repaint, last;
    enum direction direction;
    bool json, asked_to_stop;
    int status;
};

/* ---- events ---- */

static void on_changed(void *context, const struct runner *run)
{
    struct job *job = context;
    job_times_note(&job->times, run);
    progress_show(&job->progress, run);
}

static void on_output(void *context, const char *line)
{
    struct job *job = context;
    progress_end(&job->progress);
    log_info("%s", line);
}

static void on_repaint(uv_timer_t *timer)
{
    struct job *job = timer->data;
    progress_show(&job->progress, job->run);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct job *job = handle->data;
    struct error why;
    const char *name = signal == SIGINT ? "SIGINT" : "SIGTERM";
    error_set(&why, signal == SIGINT ? ERROR_INTERRUPTED : ERROR_TERMINATED, "%s: asked to stop", name);
    if (job->asked_to_stop) {
        progress_end(&job->progress);
        log_error("%s again: giving up the connection; the server rolls back, or ends, what it has begun", name);
        _exit(error_exit_status(why.code));
    }
    job->asked_to_stop = true;
    runner_stop(job->run, &why);
}

/* A cancel that hangs in libuv's pool is not waited for: exit() would. */
static void on_last(uv_timer_t *timer)
{
    struct job *job = timer->data;
    int status = job->status;
    if (status == 0 && job->invocation->is_one_of_several) {
        struct error error;
        error_set(&error, ERROR_INTERNAL, "a request to cancel hangs: what comes after this target was not done");
        error_next(&error, "run the command again");
        status = report_error(&error);
    }
    report_finish();
    json_print_for(NULL);
    fflush(stdout);
    _exit(status);
}

static void end(struct job *job)
{
    runner_destroy(job->run);
    uv_close((uv_handle_t *)&job->repaint, NULL);
    for (size_t i = 0; i < N_SIGNALS; i++)
        uv_close((uv_handle_t *)&job->signals[i], NULL);
    uv_timer_start(&job->last, on_last, LAST_MS, 0);
    uv_unref((uv_handle_t *)&job->last);
}

static void report_end(struct job *job)
{
    const struct runner_result *result = runner_result(job->run);
    progress_end(&job->progress);
    job->status =
        job->json ? job_report_json(result, job->direction, &job->times) : job_report_text(result, job->direction);
    if (job->status == 0 && !job->json && !job->invocation->is_one_of_several)
        job_report_success(result->applied.count);
    job->invocation->applied += result->applied.count;
    end(job);
}

static void on_finished(void *context, struct runner *run)
{
    struct job *job = context;
    (void)run;
    job->ended = true;
    if (job->tree != NULL)
        report_end(job);
}

/* Faults of the files come before whatever the database has to say. */
static void on_files(void *context, struct tree *tree, const struct error *error)
{
    struct job *job = context;
    job->status = invocation_judge_tree(tree, error);
    if (job->status == 0 && job->direction == DIRECTION_UPGRADE)
        job->status = invocation_demand_files(job->invocation, &tree->files);
    if (job->status != 0) {
        tree_release(tree);
        end(job);
        return;
    }
    job->tree = tree;
    if (job->ended)
        report_end(job);
    else
        runner_set_graph(job->run, tree->files.graph);
}

/* ---- the run ---- */

static bool read_flags(const struct invocation *invocation, struct runner_options *options, int *status)
{
    const char *timeout = invocation_flag(invocation, "timeout"),
               *retries = invocation_flag(invocation, "max-retries");
    options->max_retries = UINT_MAX;
    options->reason = invocation_flag(invocation, "reason");
    if (timeout != NULL && !duration_parse(timeout, true, &options->timeout_ms)) {
        *status = report_usage("--timeout %s: not a duration such as 30s or 10min", timeout);
        return false;
    }
    options->timeout_ms = each_target_time_left(invocation, options->timeout_ms);
    if (retries != NULL) {
        char *end;
        errno = 0;
        unsigned long number = strtoul(retries, &end, 10);
        if (*end != '\0' || retries[0] < '0' || retries[0] > '9' || errno != 0 || number > UINT_MAX) {
            *status = report_usage("--max-retries %s: not a number", retries);
            return false;
        }
        options->max_retries = (unsigned)number;
    }
    return true;
}

static int apply(struct invocation *invocation, enum direction direction, const char *revision,
                 struct stepwise_resolution resolution)
{
    struct job job = {
        .invocation = invocation,
        .direction = direction,
        .json = invocation->json,
        .times = {.arena = invocation->arena},
    };
    struct runner_events events = {on_changed, on_finished, &job, on_output};
    struct runner_options options = {
        .target = invocation->target,
        .direction = direction,
        .revision = revision,
        .stop_timeout_ms = invocation->config->stop_timeout_ms,
        .build_grace_ms = invocation->config->stop_timeout_ms / 4 * 3,
        .max_message = invocation->config->max_message,
        .resolution = resolution,
    };
    if (!read_flags(invocation, &options, &job.status))
        return job.status;

    setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0); /* before the first that needs one: each costs time to start */
    uv_loop_init(&job.loop);
    progress_init(&job.progress);
    uv_timer_init(&job.loop, &job.repaint);
    uv_timer_init(&job.loop, &job.last);
    job.repaint.data = job.last.data = &job;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_init(&job.loop, &job.signals[i]);
        job.signals[i].data = &job;
        uv_signal_start(&job.signals[i], on_signal, stop_signals[i]);
    }
    job.run = runner_create(&job.loop, &options, &events);
    if (job.progress.bar)
        uv_timer_start(&job.repaint, on_repaint, REPAINT_MS, REPAINT_MS);
    tree_read_later(&job.loop, invocation->target, NULL, NULL, on_files, &job);
    runner_start(job.run);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&job.last, NULL);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    uv_loop_close(&job.loop);
    tree_release(job.tree);
    return job.status;
}

/* The plan that a run would make of these rows; none when somebody newer was here. */
static bool make_plan(struct invocation *invocation, const struct graph *graph, const struct database_look *look,
                      enum direction direction, const char *revision, const struct verdict *verdict,
                      struct plan *plan, struct error *error)
{
    struct arena *arena = invocation->arena;
    if (direction == DIRECTION_DOWNGRADE)
        return plan_downgrade(arena, graph, &look->rows, revision, plan, error);
    size_t foreign;
    if (verdict->kind != VERDICT_AHEAD)
        return plan_upgrade(arena, script_graph_after(arena, graph, &look->rows, &foreign), &look->rows, revision,
                            plan, error);
    plan_print_ahead(arena, verdict);
    *plan = (struct plan){.graph = graph};
    return true;
}

/* As the run itself would: edited revisions are told before anything more is applied. */
static bool check_applied(struct invocation *invocation, const struct verdict *verdict, const struct plan *plan,
                          struct error *error)
{
    struct audit audit;
    if (plan->count == 0 || plan->steps[0].direction == DIRECTION_DOWNGRADE)
        return true;
    if (!audit_look(invocation, plan->graph, verdict, &audit, error))
        return false;
    if (audit.count > 0 && invocation->target->on_changed != CHANGED_WARN)
        return audit_refuse(invocation->arena, &audit, error);
    audit_look_warn(invocation, &audit);
    return true;
}

int job_show_plan(struct invocation *invocation, const struct graph *graph, enum direction direction,
                  const char *revision)
{
    struct database_look look;
    struct error error = {0};
    struct verdict verdict;
    struct plan plan;
    if (!database_read(invocation, graph, &look, &error))
        return report_error(&error);
    verdict_judge(invocation->arena, graph, &look.rows, look.has_stored ? &look.stored : NULL, &verdict);
    if (!make_plan(invocation, graph, &look, direction, revision, &verdict, &plan, &error))
        return report_error(&error);
    bool good = apply_check_plan(&plan, look.version_width, &error) &&
                check_applied(invocation, &verdict, &plan, &error) &&
                audit_look_half_done(invocation, &plan, &look.rows, &error);
    if (invocation->json)
        plan_print_json(&plan, &error);
    else
        plan_print(invocation->arena, &plan);
    return good ? 0 : report_error(&error);
}

/* What the server says while revisions run: warnings as they come, notices for those who ask for more. */
static void set_log(const struct invocation *invocation)
{
    static const enum log_severity severities[] = {
        [LOG_LEVEL_DEBUG] = LOG_SEVERITY_DEBUG,
        [LOG_LEVEL_INFO] = LOG_SEVERITY_INFO,
        [LOG_LEVEL_WARNING] = LOG_SEVERITY_WARNING,
        [LOG_LEVEL_ERROR] = LOG_SEVERITY_ERROR,
    };
    log_init(LOG_STYLE_PLAIN, invocation->verbose ? LOG_SEVERITY_DEBUG : severities[invocation->config->log_level]);
}

/* What needs no run has the files read before anything else. */
static int show(struct invocation *invocation, enum direction direction, const char *revision)
{
    int status;
    struct tree *tree = invocation_tree(invocation, &status);
    if (tree == NULL)
        return status;
    if (direction == DIRECTION_UPGRADE)
        status = invocation_demand_files(invocation, &tree->files);
    if (status == 0 && invocation_flag(invocation, "sql") != NULL)
        status = job_script(invocation, tree->files.graph, direction, revision);
    else if (status == 0)
        status = job_show_plan(invocation, tree->files.graph, direction, revision);
    tree_release(tree);
    return status;
}

/* The command is what it is: it cannot be told how far to go. */
static int check_command(const struct invocation *invocation, const char *revision)
{
    struct error error = {0};
    if (!engine_is_foreign(invocation->target->engine))
        return 0;
    if (invocation_flag(invocation, "sql") != NULL || invocation_flag(invocation, "dry-run") != NULL)
        error_set(&error, ERROR_USAGE, "upgrade_command is run as it stands: --sql and --dry-run do not go with it");
    else if (strcmp(revision, "heads") != 0 && strcmp(revision, "head") != 0)
        error_set(&error, ERROR_USAGE, "upgrade_command is run as it stands, up to the heads: not up to %s",
                  revision);
    if (error.code == ERROR_NONE)
        return 0;
    if (invocation->target->engine == ENGINE_DJANGO)
        error_next(&error, "type `python manage.py migrate APP NAME`, with `--plan` for the plan alone");
    else
        error_next(&error, "type `alembic upgrade REV`, or `alembic upgrade REV --sql`");
    return report_error(&error);
}

int job_run(struct invocation *invocation, enum direction direction, const char *revision)
{
    int status = invocation_configure(invocation);
    if (status == 0)
        status = check_command(invocation, revision);
    if (status != 0)
        return status;
    set_log(invocation);
    if (invocation_flag(invocation, "sql") != NULL && invocation->json)
        return report_usage("--sql prints SQL: it does not go with --json");
    if (invocation_flag(invocation, "sql") != NULL || invocation_flag(invocation, "dry-run") != NULL)
        return show(invocation, direction, revision);
    return apply(invocation, direction, revision, (struct stepwise_resolution){0});
}

int job_resume(struct invocation *invocation, enum direction direction, const char *revision,
               struct stepwise_resolution resolution)
{
    set_log(invocation);
    return apply(invocation, direction, revision, resolution);
}
