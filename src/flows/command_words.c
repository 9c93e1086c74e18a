#include "command_run_parts.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/text.h"

#include <signal.h>

#define NAMED     5
#define OF_SIGNAL 128 /* what a shell adds; 255 is a usual exit status */

/* "applied one, two of 3 pending revisions" */
static const char *how_far(const struct command_run *run)
{
    const struct names *applied = &run->result.applied;
    if (applied->count == 0)
        return arena_printf(run->arena, "none of %zu pending revision%s was applied", run->before.count,
                            text_plural(run->before.count));
    return arena_printf(run->arena, "%zu of %zu pending revisions %s applied: %s", applied->count, run->before.count,
                        applied->count == 1 ? "was" : "were", names_join(run->arena, applied, NAMED));
}

static const char *how_it_ended(const struct command_run *run)
{
    char limit[DURATION_SIZE];
    if (run->timed_out)
        return arena_printf(run->arena, "was ended after upgrade_timeout (%s)",
                            duration_format(run->options.target->upgrade_timeout_ms, limit));
    if (run->overtaken)
        return "was ended, as the connection was lost and somebody else took the lock";
    if (run->status > OF_SIGNAL && run->status <= OF_SIGNAL + SIGRTMAX)
        return arena_printf(run->arena, "was ended by signal %d", run->status - OF_SIGNAL);
    return arena_printf(run->arena, "ended with exit status %d", run->status);
}

static void add_tenants(struct command_run *run, struct error *error)
{
    const char *tenants = verdict_tenants_message(run->arena, &run->verdict);
    if (tenants != NULL)
        error_add_detail(error, "%s", tenants);
}

static void add_last_lines(struct command_run *run, struct error *error)
{
    struct names lines = output_last(&run->output, run->arena, COMMAND_DETAIL_LINES);
    for (size_t i = 0; i < lines.count; i++)
        error_add_detail(error, "%s", lines.items[i]);
}

/* It did what it was told, elsewhere: another database, other files, or less than all heads. */
static void say_missing(struct command_run *run, struct error *error)
{
    const struct names *paths = &run->options.target->migrations;
    if (run->verdict.reason != NULL) {
        error_set(error, ERROR_REVISION_FAILED, "the upgrade command ended well, but %s", run->verdict.reason);
        return;
    }
    error_set(error, ERROR_REVISION_FAILED, "the upgrade command ended well, but %zu revision%s still missing: %s",
              run->verdict.pending.count, run->verdict.pending.count == 1 ? " is" : "s are",
              names_join(run->arena, &run->verdict.pending, NAMED));
    add_tenants(run, error);
    add_last_lines(run, error);
    error_next(error, "see that it %s, in the database %s, with the files in %s",
               run->options.target->engine == ENGINE_DJANGO ? "applies all apps" : "upgrades to `heads`",
               session_display(run->session), names_join(run->arena, paths, paths->count));
}

void command_words_failed(struct command_run *run, struct error *error)
{
    if (run->status == 0 && !run->timed_out && !run->overtaken) {
        say_missing(run, error);
        return;
    }
    error_set(error, ERROR_REVISION_FAILED, "the upgrade command %s: %s", how_it_ended(run), how_far(run));
    add_tenants(run, error);
    add_last_lines(run, error);
    if (run->timed_out)
        error_next(error, "raise upgrade_timeout, or find out what it waits for with `migrated doctor`");
    else if (run->overtaken)
        error_next(error, "run `migrated upgrade` again");
    else
        error_next(error, "mend what it tells, then run `migrated upgrade`");
}

void command_words_stopped(struct command_run *run, struct error *error)
{
    const char *again = run->options.again == NULL ? "run the command again" : run->options.again;
    *error = run->why;
    if (run->attempts == 0)
        error_next(error, "nothing was begun; %s", again);
    else if (run->result.in_doubt)
        error_next(error, "the connection was lost: `migrated current` tells what was applied");
    else
        error_next(error, "the upgrade command was ended, %s; %s", how_far(run), again);
}

void command_words_time_is_over(const struct command_run *run, struct error *error)
{
    bool waits = run->state == COMMAND_LOCKING || run->waiting_since_ms != 0;
    if (waits && run->holder.pid == 0) {
        error_set(error, ERROR_BUSY, "the lock was not had within the time limit");
        error_next(error, "run the command again; `migrated doctor` tells who holds it");
    } else if (waits) {
        error_set(error, ERROR_BUSY, "the lock was not had within the time limit: pid %d (%s) holds it",
                  run->holder.pid, run->holder.application == NULL ? "?" : run->holder.application);
        error_next(error, "wait for it and run the command again; SELECT * FROM pg_stat_activity WHERE pid = %d",
                   run->holder.pid);
    } else if (run->attempts > 0) {
        error_set(error, ERROR_REVISION_FAILED, "the time limit was reached while the upgrade command was at work");
    } else {
        error_set(error, ERROR_UNREACHABLE, "the time limit was reached before the database answered");
    }
}
