#include "target_parts.h"

#include "base/arena.h"
#include "base/clock.h"

static const struct error *error_or_null(const struct error *error)
{
    return error->code == ERROR_NONE ? NULL : error;
}

enum readiness_run target_run_kind(const struct target *target, struct runner_view *view)
{
    if (target->run == NULL)
        return RUN_NONE;
    runner_look(target->run, view);
    switch (view->state) {
    case APPLY_WAITING_FOR_LOCK:
    case APPLY_LOCKING:
        return view->holder != NULL ? RUN_WAITING_FOR_LOCK : RUN_MIGRATING;
    case APPLY_CONNECTING:
    case APPLY_WAITING_TO_CONNECT:
    case APPLY_READING:
        return view->applied > 0 ? RUN_MIGRATING : view->holder != NULL ? RUN_WAITING_FOR_LOCK : RUN_NONE;
    case APPLY_ASKING_REPLICAS:
    case APPLY_WAITING_FOR_REPLICAS:
        return RUN_WAITING_FOR_REPLICAS;
    default:
        return RUN_MIGRATING;
    }
}

/* The watching connection tells best; it looks every two seconds, and a try may be shorter. */
static const struct activity *blockers_of(const struct target *target, const struct runner_view *run)
{
    const struct activity *seen = observer_activity(target->observer);
    return observer_has_seen(target->observer) || run->blocked == NULL ? seen : run->blocked;
}

static const char *blocker_words(struct arena *arena, const struct activity *activity)
{
    if (activity->n_blockers == 0)
        return NULL;
    const struct activity_blocker *first = &activity->blockers[0];
    const char *words = first->pid == 0 ? "a prepared transaction"
                                        : arena_printf(arena, "pid %d (%s, %s)", first->pid,
                                                       first->application == NULL || first->application[0] == '\0'
                                                           ? "no application name"
                                                           : first->application,
                                                       first->user == NULL ? "?" : first->user);
    return activity->n_blockers == 1 ? words
                                     : arena_printf(arena, "%s and %zu more", words, activity->n_blockers - 1);
}

void target_judge(struct target *target, struct arena *arena, struct readiness *readiness)
{
    struct runner_view run = {0};
    struct error no_files = {0};
    struct readiness_facts facts = {
        .stopping = target->stopping,
        .standby = refresh_is_standby(target->refresh),
        .asked = target->asked,
        .verdict = target->has_verdict ? &target->verdict : NULL,
        .age_ms = target->has_verdict ? clock_monotonic_ms() - target->checked_ms : 0,
        .stale_after_ms = target->overdue ? target->config->stale_after_ms : INT64_MAX,
        .unreachable = error_or_null(&target->unreachable),
        .unreadable = error_or_null(&target->unreadable),
        .failure = error_or_null(&target->failure),
        .audit = target->audit,
        .changed_fails = target->own->on_changed == CHANGED_FAIL,
        .ahead_fails = target->own->ahead == AHEAD_FAIL,
        .unknown_is_last_good = target->own->unknown == UNKNOWN_LAST_GOOD,
        .was_ready = target->was_ready,
    };
    if (target->tree != NULL && !tree_has_files(&target->tree->files, target->own, &no_files))
        facts.no_files = &no_files;
    if (target->tree == NULL)
        facts.faulty_files = target->files_warning;
    if (target->own->apply == APPLY_STARTUP || target->own->apply == APPLY_WATCH)
        facts.waits_for = target->waits_for;
    facts.skips_no_files = engine_is_foreign(target->own->engine);
    facts.run = target_run_kind(target, &run);
    facts.blocker = blocker_words(arena, blockers_of(target, &run));
    if (run.holder != NULL)
        facts.holder =
            arena_printf(arena, "%s (pid %d)",
                         run.holder->application[0] == '\0' ? "a session" : run.holder->application, run.holder->pid);
    if (run.replicas != NULL)
        facts.replica =
            arena_printf(arena, "%s lacks %lld bytes of WAL",
                         run.replicas->name[0] == '\0' ? "one" : run.replicas->name, (long long)run.replicas->bytes);
    readiness_judge(arena, &facts, readiness);
}

bool target_is_in_sync(struct target *target)
{
    struct arena *arena = arena_create();
    struct readiness readiness;
    target_judge(target, arena, &readiness);
    arena_destroy(arena);
    return readiness.ok && readiness.state == READINESS_READY && target->next_tree == NULL;
}

bool target_is_running(const struct target *target)
{
    return target->run != NULL;
}

/* What applies what is pending. */
static const char *upgrade_command(const struct target_config *target)
{
    bool own = !engine_is_foreign(target->engine) || target->upgrade_command != NULL;
    return own ? "migrated upgrade" : target_own_command(target);
}

void target_look(struct target *target, struct arena *arena, struct target_view *view)
{
    const struct ledger *ledger = refresh_ledger(target->refresh);
    *view = (struct target_view){
        .name = target->own->name,
        .display = refresh_display(target->refresh),
        .graph = target->tree == NULL ? NULL : target->tree->files.graph,
        .verdict = target->has_verdict ? &target->verdict : NULL,
        .checked_wall_ms = target->checked_wall_ms,
        .age_ms = target->has_verdict ? clock_monotonic_ms() - target->checked_ms : 0,
        .db_ms = target->db_ms,
        .migrations_ms = target->migrations_ms,
        .next_check_ms = uv_is_active((uv_handle_t *)target->timer) ? (int64_t)uv_timer_get_due_in(target->timer) : 0,
        .unreachable = error_or_null(&target->unreachable),
        .unreadable = error_or_null(&target->unreadable),
        .failure = error_or_null(&target->failure),
        .failed_revision = target->failed_revision,
        .failed_wall_ms = target->failed_wall_ms,
        .running = target->run != NULL,
        .activity = observer_activity(target->observer),
        .role = refresh_role(target->refresh),
        .lock_key = ledger != NULL ? ledger->lock_key : 0,
        .upgrade_command = upgrade_command(target->own),
        .standby = refresh_is_standby(target->refresh),
        .audit = target->audit,
        .files_warning = target->files_warning,
        .waits_for = target->waits_for,
        .applied_by_us = target->applied_by_us,
    };
    if (target->run != NULL)
        runner_look(target->run, &view->run);
    view->blockers = blockers_of(target, &view->run);
    target_judge(target, arena, &view->readiness);
    advice_give(arena, view, &view->advice);
}
