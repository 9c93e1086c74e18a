#include "target_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/memory.h"
#include "core/retry.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BAD_VERDICT_MS    5000 /* how soon a bad verdict is looked at again */
#define DROPS_APART_MS    1000
#define RECONNECT_BASE_MS 200
#define RECONNECT_MOST_MS 5000
#define PASSING_ERROR_MS  1000
#define RUN_AGAIN_MS      5000 /* how soon a run that ended on a lock or a lost connection is followed by another */
#define RUN_AGAIN_MOST_MS 60000

static void decide(struct target *target);
static void allow_another_run(struct target *target);

static struct log_about about(const struct target *target)
{
    return (struct log_about){.target = target->own->name};
}

/* ---- what is told ---- */

/* Changes of readiness are what on-call reads in the log; probes themselves are not logged. */
static void tell(struct target *target)
{
    struct arena *arena = arena_create();
    struct readiness readiness;
    target_judge(target, arena, &readiness);
    if (readiness.state != target->logged) {
        struct log_about line = about(target);
        log_event(readiness.ok || readiness.state == READINESS_CONNECTING || readiness.state == READINESS_MIGRATING ||
                          readiness.state == READINESS_PENDING || readiness.state == READINESS_WAITING_FOR_LOCK ||
                          readiness.state == READINESS_STOPPING
                      ? LOG_SEVERITY_INFO
                      : LOG_SEVERITY_WARNING,
                  &line, "%s: %s", readiness_state_name(readiness.state),
                  readiness.state == READINESS_UNREACHABLE ? readiness.db_message : readiness.message);
        target->logged = readiness.state;
    }
    target->was_ready |= readiness.state == READINESS_READY;
    arena_destroy(arena);
    target->events.changed(target->events.context);
}

/* ---- the clock of readings ---- */

static void on_timer(uv_timer_t *timer)
{
    struct target *target = timer->data;
    target->refresh_due = true;
    decide(target);
}

static void read_again_in(struct target *target, int64_t ms)
{
    uv_timer_start(target->timer, on_timer, (uint64_t)ms, 0);
}

static int64_t until_next_reading(const struct target *target)
{
    int64_t ttl = target->config->cache_ttl_ms;
    bool good = target->unreadable.code == ERROR_NONE &&
                (target->verdict.kind == VERDICT_IN_SYNC || target->verdict.kind == VERDICT_AHEAD);
    return good || ttl < BAD_VERDICT_MS ? ttl : BAD_VERDICT_MS;
}

/* ---- events of the watching connection ---- */

static void take_error(struct target *target, const struct refresh_result *result)
{
    if (result->passing && target->has_verdict) { /* "not now": that stands, with its age, until it is stale */
        target->overdue = true;
        read_again_in(target, PASSING_ERROR_MS);
        return;
    }
    if (result->refused) {
        target->unreachable = (struct error){0};
        target->unreadable = *result->error;
        read_again_in(target, until_next_reading(target));
        return;
    }
    target->unreachable = *result->error;
    read_again_in(target,
                  retry_delay_ms(target->failed_connects++, RECONNECT_BASE_MS, RECONNECT_MOST_MS, clock_random()));
}

static void adopt_next_tree(struct target *target)
{
    if (target->next_tree == NULL)
        return;
    tree_release(target->tree);
    target->tree = target->next_tree;
    target->next_tree = NULL;
}

static void forget_failure(struct target *target)
{
    target->failure = (struct error){0};
    free(target->failed_revision);
    target->failed_revision = NULL;
}

/* Somebody else has brought in what failed, or its file is gone. What failed for no revision's sake failed for the rows. */
static bool is_settled(const struct target *target, bool moved)
{
    if (target->failed_revision != NULL)
        return !names_contain(&target->verdict.pending, target->failed_revision);
    return moved && target->failure.code != ERROR_NONE;
}

/* The same files and rows make the same verdict, unless what others know comes in. */
static bool verdict_stands(const struct target *target, const struct refresh_result *result)
{
    return target->has_verdict && target->next_tree == NULL && result->tenants == NULL &&
           !target->verdict.tenants.known && target->verdict.unknown_rows.count == 0 &&
           names_equal(&target->verdict.rows, &result->rows);
}

static void judge_anew(struct target *target, const struct refresh_result *result)
{
    adopt_next_tree(target);
    arena_destroy(target->verdict_arena);
    target->verdict_arena = arena_create();
    verdict_judge(target->verdict_arena, target->tree->files.graph, &result->rows, result->stored, &target->verdict);
    tenants_judge(target->verdict_arena, target->tree->files.graph,
                  tenants_copy(target->verdict_arena, result->tenants), &target->verdict);
    target->has_verdict = true;
}

static void take_verdict(struct target *target, const struct refresh_result *result)
{
    int64_t begin = clock_monotonic_us();
    bool moved = target->has_verdict && !names_equal(&target->verdict.rows, &result->rows);
    bool by_others = moved && !target->moved_by_us;
    target->audit_due |=
        !target->has_verdict || moved || target->changed || (target->audit != NULL && target->audit->count > 0);
    if (!verdict_stands(target, result))
        judge_anew(target, result);
    target->checked_ms = clock_monotonic_ms();
    target->checked_wall_ms = clock_wall_ms();
    target->db_ms = result->connect_ms + result->read_ms;
    target->migrations_ms = (double)(clock_monotonic_us() - begin) / 1000;
    target->unreachable = target->unreadable = (struct error){0};
    target->failed_connects = 0;
    target->overdue = false;
    if (target->verdict.kind == VERDICT_IN_SYNC || target->verdict.kind == VERDICT_AHEAD) {
        forget_failure(target);
        target->may_apply = false; /* from now on only changed files make work for us */
    }
    target->moved_by_us = false;
    if (is_settled(target, by_others)) {
        forget_failure(target);
        allow_another_run(target); /* what stood behind it */
    }
    read_again_in(target, until_next_reading(target));
    if (target->audit_due && !engine_is_foreign(target->own->engine)) /* those keep no checksums, and do not mind */
        auditor_ask(target->auditor, target->tree, &target->verdict.pending);
    if (target->run == NULL && !refresh_is_standby(target->refresh))
        keeper_look(target->keeper, &target->verdict);
    bool told =
        !engine_is_foreign(target->own->engine); /* by each run, as files of ours are applied by nobody else */
    if (!told && target->verdict.kind == VERDICT_IN_SYNC && !refresh_is_standby(target->refresh))
        graph_store_look(target->graph_store, target->own, target->tree);
}

static void on_result(void *context, const struct refresh_result *result)
{
    struct target *target = context;
    if (result->error != NULL)
        take_error(target, result);
    else
        take_verdict(target, result);
    tell(target);
    decide(target);
}

static void on_announced(void *context)
{
    struct target *target = context;
    target->audit_due = true;
    target_refresh(target);
}

static void on_dropped(void *context, const struct error *error)
{
    struct target *target = context;
    struct log_about line = about(target);
    log_event(LOG_SEVERITY_WARNING, &line, "the connection to the database was lost: %s", error->message);
    int64_t since_ms = clock_monotonic_ms() - target->dropped_ms;
    target->dropped_ms += since_ms;
    if (since_ms > DROPS_APART_MS)
        target_refresh(target); /* only a failed reconnect means unreachable */
    else
        read_again_in(target, DROPS_APART_MS); /* something closes every session of ours: not in a hot loop */
}

/* ---- the audit ---- */

static void on_audited(void *context, const struct audit *audit, const struct error *error)
{
    struct target *target = context;
    if (error != NULL) {
        struct log_about line = about(target);
        log_event(LOG_SEVERITY_INFO, &line, "edited revisions are not seen, the history cannot be read: %s",
                  error->message);
    }
    target->audit = audit;
    target->audit_due = false;
    target_log_audit(target);
    if (target->changed && audit != NULL && audit->count == 0) { /* put back, or repaired */
        target->changed = false;
        allow_another_run(target);
    }
    tell(target);
    decide(target);
}

/* ---- what a failover lost ---- */

/* By nobody's wish: as at the start. */
static void on_lost(void *context)
{
    struct target *target = context;
    allow_another_run(target);
    decide(target);
}

/* ---- the run ---- */

static void on_run_changed(void *context, const struct runner *run)
{
    struct target *target = context;
    struct runner_view view;
    if (target->run == NULL)
        return;
    runner_look(run, &view);
    if (target_run_kind(target, &view) != RUN_NONE) /* from now on it is what this one tells */
        forget_failure(target);
    bool at_work = view.state == APPLY_RUNNING || view.state == APPLY_PREPARING || view.awaited != NULL;
    observer_follow(target->observer, at_work ? view.backend_pid : 0, view.awaited);
    tell(target);
}

static void on_run_output(void *context, const char *line)
{
    struct log_about log = about(context);
    log_event(LOG_SEVERITY_INFO, &log, "upgrade_command: %s", line);
}

static void on_observed(void *context)
{
    struct target *target = context;
    target->events.changed(target->events.context);
}

/* Nothing is reported as applied before it is durable: that is now. */
static void log_run(struct target *target, const struct runner_result *result)
{
    char elapsed[DURATION_SIZE];
    for (size_t i = 0; i < result->applied.count && !result->in_doubt; i++) {
        struct log_about line = about(target);
        line.revision = result->applied.items[i];
        log_event(LOG_SEVERITY_INFO, &line, "applied");
    }
    struct log_about line = about(target);
    if (result->error.code == ERROR_NONE) {
        if (result->applied.count > 0)
            log_event(LOG_SEVERITY_INFO, &line, "%zu revision%s applied in %s", result->applied.count,
                      result->applied.count == 1 ? "" : "s", duration_format(result->elapsed_ms, elapsed));
        return;
    }
    line.revision = result->failed;
    if (result->error.code == ERROR_TERMINATED) { /* asked for, and no fault */
        log_event(result->in_doubt ? LOG_SEVERITY_WARNING : LOG_SEVERITY_INFO, &line, "stopped: %s",
                  result->error.next);
        return;
    }
    line.sqlstate = result->error.sqlstate;
    log_event(LOG_SEVERITY_ERROR, &line, "%s%s%.*u%s%s%s%s%s%s", result->error.file,
              result->error.file[0] != '\0' && result->error.line > 0 ? ":" : "", result->error.line > 0 ? 1 : 0,
              result->error.line, result->error.file[0] != '\0' ? ": " : "", result->error.message,
              result->error.detail[0] != '\0' ? "\n" : "", result->error.detail,
              result->error.next[0] != '\0' ? "; next: " : "", result->error.next);
}

static void keep_failure(struct target *target, const struct runner_result *result)
{
    target->failure = result->error;
    free(target->failed_revision);
    target->failed_revision = memory_string(result->failed);
    target->failed_wall_ms = clock_wall_ms();
    /* Locks and lost connections pass, and so does what a failover or a password's rotation brings in the middle of a run:
     * another one may do better, later. Anything else needs a change. */
    bool before_any_revision = result->failed == NULL;
    if (result->error.code == ERROR_BUSY || result->error.code == ERROR_UNREACHABLE ||
        (before_any_revision && (result->error.code == ERROR_CONFIG || result->error.code == ERROR_DENIED)))
        target->next_run_ms = clock_monotonic_ms() + RUN_AGAIN_MS +
                              retry_delay_ms(target->failed_runs++, RUN_AGAIN_MS, RUN_AGAIN_MOST_MS, clock_random());
    else
        target->may_apply = false;
    if (target->changed_meanwhile) /* what failed may be mended */
        allow_another_run(target);
}

/* From now on only changed files make work for us, where they are meant to. */
static void note_success(struct target *target)
{
    bool changed = target->next_tree != NULL || target->tree != target->run_tree;
    forget_failure(target);
    target->failed_runs = 0;
    target->may_apply = changed && target->own->apply == APPLY_WATCH;
}

static void allow_another_run(struct target *target)
{
    target->may_apply = true;
    target->next_run_ms = 0;
}

static void on_run_finished(void *context, struct runner *run)
{
    struct target *target = context;
    const struct runner_result *result = runner_result(run);
    log_run(target, result);
    target->applied_by_us += result->applied.count;
    target->moved_by_us = result->applied.count > 0;
    if (result->applied.count > 0 && !result->in_doubt)
        keeper_applied(target->keeper, &result->applied, result->run);
    observer_follow(target->observer, 0, NULL);
    target->audit_due = true;
    target->changed = result->changed;
    if (result->error.code == ERROR_NONE)
        note_success(target);
    else if (!target->stopping)
        keep_failure(target, result);

    target->run = NULL;
    runner_destroy(run);
    tree_release(target->run_tree);
    target->run_tree = NULL;
    memory_trim();
    target->refresh_due = true; /* the verdict is known to be wrong */
    if (!target->stopping) {
        decide(target);
    } else if (target->stopped != NULL) {
        target->stopped(target->stopped_context);
    }
}

static void start_run(struct target *target)
{
    struct runner_options options = {
        .target = target->own,
        .graph = target->tree->files.graph,
        .direction = DIRECTION_UPGRADE,
        .revision = "heads",
        .max_retries = UINT_MAX,
        .build_grace_ms = target->config->stop_timeout_ms / 4 * 3, /* what is left is for dropping what it leaves */
        .max_message = target->config->max_message,
        .again = "the next start goes on",
        .patient = true,
    };
    struct runner_events events = {on_run_changed, on_run_finished, target, on_run_output};
    target->changed_meanwhile = false;
    target->run_tree = tree_hold(target->tree);
    target->run = runner_create(target->loop, &options, &events);
    runner_start(target->run);
    tell(target);
}

/* ---- the one place that decides ---- */

static bool should_apply(const struct target *target)
{
    bool policy = target->own->apply == APPLY_STARTUP || target->own->apply == APPLY_WATCH;
    bool known = target->has_verdict && target->unreachable.code == ERROR_NONE &&
                 target->unreadable.code == ERROR_NONE && !refresh_is_standby(target->refresh);
    return policy && target->may_apply && target->waits_for == NULL && known &&
           target->verdict.kind == VERDICT_PENDING && target->run == NULL &&
           clock_monotonic_ms() >= target->next_run_ms;
}

static void decide(struct target *target)
{
    if (target->stopping)
        return;
    if (target->refresh_due) {
        target->refresh_due = false;
        target->asked = true;
        uv_timer_stop(target->timer);
        refresh_now(target->refresh);
        return; /* its result brings us back here */
    }
    if (should_apply(target))
        start_run(target);
}

/* ---- life ---- */

struct target *target_create(uv_loop_t *loop, const struct config *config, const struct target_config *own,
                             const struct target_events *events)
{
    struct target *target = memory_alloc(sizeof *target);
    struct refresh_events refresh_events = {on_result, on_announced, on_dropped, target};
    target->loop = loop;
    target->config = config;
    target->own = own;
    target->waits_for = own->after;
    target->events = *events;
    target->refresh = refresh_create(loop, own, NULL, &refresh_events);
    target->observer = observer_create(loop, target->refresh, on_observed, target);
    target->auditor = auditor_create(loop, target->refresh, on_audited, target);
    target->keeper = keeper_create(loop, target->refresh, own->name, on_lost, target);
    target->graph_store = graph_store_create(loop);
    target->timer = memory_alloc(sizeof *target->timer);
    target->timer->data = target;
    uv_timer_init(loop, target->timer);
    target->may_apply = true;
    target->db_ms = target->migrations_ms = -1;
    target->logged = READINESS_STARTING;
    return target;
}

void target_start(struct target *target)
{
    target->refresh_due = true;
    decide(target);
    tell(target);
}

void target_refresh(struct target *target)
{
    target->refresh_due = true;
    decide(target);
}

void target_reload(struct target *target, const struct config *config, const struct target_config *own)
{
    target->config = config;
    target->own = own;
    target->waits_for = own->after;
    target->audit_due = true;
    target->changed_meanwhile = true;
    refresh_set_target(target->refresh, own);
    graph_store_forget(target->graph_store);
    if (target->failure.code != ERROR_NONE)
        allow_another_run(target);
    target_refresh(target);
}

/* The old verdict goes on answering until the new files have been compared with the database. */
void target_set_tree(struct target *target, struct tree *tree)
{
    const struct tree *last = target->next_tree != NULL ? target->next_tree : target->tree;
    if (last == NULL) { /* the first: a reading under way waits for it */
        target->tree = tree_hold(tree);
        refresh_set_graph(target->refresh, tree->files.graph);
        tell(target);
        return;
    }
    bool changed = strcmp(last->files.fingerprint, tree->files.fingerprint) != 0;
    bool first = last->files.count == 0; /* they were not mounted yet */
    tree_release(target->next_tree);
    target->audit_due = true;
    target->changed_meanwhile |= changed;
    target->next_tree = tree_hold(tree);
    refresh_set_graph(target->refresh, tree->files.graph);
    if (first || (changed && target->own->apply == APPLY_WATCH) || target->failure.code != ERROR_NONE)
        allow_another_run(target);
    target_refresh(target);
}

void target_wait_for(struct target *target, const char *name)
{
    bool same = (name == NULL) == (target->waits_for == NULL);
    target->waits_for = name;
    if (same)
        return;
    decide(target);
    target->events.changed(target->events.context);
}

void target_warn(struct target *target, const char *files_warning)
{
    free(target->files_warning);
    target->files_warning = memory_string(files_warning);
    target->events.changed(target->events.context);
}

void target_stop(struct target *target, void (*stopped)(void *context), void *context)
{
    struct error why;
    target->stopping = true;
    target->stopped = stopped;
    target->stopped_context = context;
    uv_timer_stop(target->timer);
    tell(target);
    if (target->run == NULL) {
        stopped(context);
        return;
    }
    error_set(&why, ERROR_TERMINATED, "the daemon was asked to stop");
    runner_stop(target->run, &why);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void target_destroy(struct target *target)
{
    if (target == NULL)
        return;
    runner_destroy(target->run);
    tree_release(target->run_tree);
    refresh_destroy(target->refresh);
    observer_destroy(target->observer);
    auditor_destroy(target->auditor);
    keeper_destroy(target->keeper);
    graph_store_destroy(target->graph_store);
    free(target->audit_warning);
    tree_release(target->tree);
    tree_release(target->next_tree);
    arena_destroy(target->verdict_arena);
    uv_close((uv_handle_t *)target->timer, free_handle);
    free(target->failed_revision);
    free(target->files_warning);
    free(target);
}
