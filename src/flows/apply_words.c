#include "apply_run_parts.h"

#include "base/arena.h"
#include "core/retry.h"

/* The revision at hand, if it goes statement by statement; else NULL. */
static const char *stepwise_id(const struct apply_run *run)
{
    const struct apply *apply = &run->apply;
    if (apply->rows_before == NULL || apply->position == apply->plan.count ||
        !apply_is_stepwise(apply, apply->position))
        return NULL;
    return graph_revision(apply->plan.graph, apply->plan.steps[apply->position].node)->id;
}

static void say_lost(const struct apply_run *run, struct error *error)
{
    const char *id = stepwise_id(run), *tells = "`migrated current` tells what was applied";
    if (id != NULL)
        tells = arena_printf(run->arena, "`migrated resume --show` tells how far %s came", id);
    if (run->silent)
        error_next(error, "the server did not answer, not even to the request to cancel: it %s; %s",
                   id == NULL ? "rolls back when it finds the connection gone"
                              : "ends the statement when it finds the connection gone, those before it stay done",
                   tells);
    else
        error_next(error, "the connection was lost: %s", tells);
}

/* A message of revisions is one transaction each; what goes statement by statement keeps what is done of it. */
static const char *what_became(const struct apply_run *run)
{
    if (run->how_far != NULL)
        return run->how_far;
    return arena_printf(run->arena, "%s was cancelled%s", run->result.failed,
                        stepwise_id(run) != NULL ? "" : " and rolled back");
}

void apply_words_stopped(struct apply_run *run)
{
    const struct plan *plan = &run->apply.plan;
    struct error *error = &run->result.error;
    const char *again = run->half_done ? "`migrated resume` goes on" : "run the command again";
    size_t left = plan->count - run->apply.position;
    if (run->options.again != NULL)
        again = run->options.again;
    if (run->silent || run->in_doubt)
        say_lost(run, error);
    else if (run->apply.rows_before == NULL)
        error_next(error, "nothing was begun; %s", again);
    else if (left == 0)
        error_next(error, "nothing is left to do of what was asked");
    else if (run->result.failed != NULL)
        error_next(error, "%s, %zu revision%s left; %s", what_became(run), left, left == 1 ? " is" : "s are", again);
    else
        error_next(error, "no revision was running, %zu %s left; %s", left, left == 1 ? "is" : "are", again);
}

/* What a person said of a statement was to be noted, and the revision is not half done any more. */
void apply_words_unheard(struct apply_run *run)
{
    const struct stepwise_resolution *said = &run->options.resolution;
    error_set(&run->result.error, ERROR_BUSY,
              "somebody else has settled revision %s meanwhile: statement %zu was neither marked nor run again",
              said->revision, said->ordinal);
    error_next(&run->result.error, "`migrated resume --show`, and `migrated current`");
}

const char *apply_words_recorded(const struct apply_run *run)
{
    const char *message = run->apply.error.message;
    bool told = run->apply.stopped && run->how_far != NULL;
    return told ? arena_printf(run->arena, "%s; %s", message, run->how_far) : message;
}

void apply_words_time_is_over(const struct apply_run *run, struct error *error)
{
    const struct error *retry = &run->apply.last_retry;
    if (run->apply.state == APPLY_WAITING_FOR_LOCK || run->waiting_since_ms != 0) {
        error_set(error, ERROR_BUSY, "the lock was not had within the time limit: pid %d (%s) holds it",
                  run->holder.pid, run->holder.application);
        error_next(error, "wait for it and run the command again; SELECT * FROM pg_stat_activity WHERE pid = %d",
                   run->holder.pid);
    } else if (apply_replicas_are_awaited(run)) {
        error_set(error, ERROR_BUSY, "the time limit was reached before all replicas had replayed what was applied");
        error_next(error, "all revisions are applied; SELECT * FROM pg_stat_replication tells who is behind");
    } else if (retry->code != ERROR_NONE) {
        *error = *retry;
        if (retry_helps(retry->sqlstate))
            error->code = ERROR_BUSY;
    } else if (run->apply.state == APPLY_RUNNING || run->apply.state == APPLY_ROLLING_BACK) {
        error_set(error, ERROR_REVISION_FAILED, "the time limit was reached while a revision was running");
    } else if (run->apply.state == APPLY_RECORDING || run->apply.state == APPLY_ANNOUNCING) {
        error_set(error, ERROR_REVISION_FAILED,
                  "the time limit was reached while the end of the run was written down");
    } else if (session_is_open(run->session)) {
        error_set(error, ERROR_BUSY, "the time limit was reached before the version table could be read");
        error_next(error, "`migrated doctor` tells who holds a lock on it");
    } else {
        error_set(error, ERROR_UNREACHABLE, "the time limit was reached before the database answered");
    }
}
