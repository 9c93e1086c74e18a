#include "apply_run_parts.h"

#include "core/retry.h"

/* A message of revisions is one transaction each; what goes statement by statement keeps what is done of it. */
static const char *what_became(const struct apply_run *run)
{
    return apply_is_stepwise(&run->apply, run->apply.position) ? "was cancelled" : "was cancelled and rolled back";
}

void apply_words_stopped(struct apply_run *run)
{
    const struct plan *plan = &run->apply.plan;
    struct error *error = &run->result.error;
    const char *again = run->options.again == NULL ? "run the command again" : run->options.again;
    size_t left = plan->count - run->apply.position;
    if (run->silent)
        error_next(error,
                   "the server did not answer, not even to the request to cancel: it rolls back when it finds the "
                   "connection gone; `migrated current` tells what was applied");
    else if (run->in_doubt)
        error_next(error, "the connection was lost: `migrated current` tells what was applied");
    else if (run->apply.rows_before == NULL)
        error_next(error, "nothing was begun; %s", again);
    else if (left == 0)
        error_next(error, "nothing is left to do of what was asked");
    else if (run->result.failed != NULL)
        error_next(error, "%s %s, %zu revision%s left; %s", run->result.failed, what_became(run), left,
                   left == 1 ? " is" : "s are", again);
    else
        error_next(error, "no revision was running, %zu %s left; %s", left, left == 1 ? "is" : "are", again);
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
    } else if (session_is_open(run->session)) {
        error_set(error, ERROR_BUSY, "the time limit was reached before the version table could be read");
        error_next(error, "`migrated doctor` tells who holds a lock on it");
    } else {
        error_set(error, ERROR_UNREACHABLE, "the time limit was reached before the database answered");
    }
}
