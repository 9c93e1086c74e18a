/* The one-shot job behind `upgrade` and `downgrade`: a run on a loop of its own, with signals, progress and a report. */
#ifndef MIGRATED_CLI_JOB_H
#define MIGRATED_CLI_JOB_H

#include "cli/command.h"
#include "core/plan.h"
#include "flows/stepwise_run.h"

/* The flags that both commands share. */
#define JOB_FLAGS                                                                                                    \
    {"sql", 0, NULL, "print the script instead; REV may be a range A:B, the start is base"},                         \
        {"dry-run", 0, NULL, "print the plan, run nothing"},                                                         \
        {"timeout", 0, "DURATION", "give up after this time: waiting ends with 75, running is cancelled with 1"},    \
        {"max-retries", 0, "N", "how often a revision is tried again (default: as often as retry_for allows)"},      \
    {                                                                                                                \
        "reason", 0, "TEXT", "kept in the history"                                                                   \
    }

/* A run with what a person says about a statement that only a person can judge; the exit status. */
int job_resume(struct invocation *invocation, enum direction direction, const char *revision,
               struct stepwise_resolution resolution);

/* Does what the command's flags say; the exit status. */
int job_run(struct invocation *invocation, enum direction direction, const char *revision);

/* What it would run, in order; for `plan` and --dry-run. The exit status. */
int job_show_plan(struct invocation *invocation, const struct graph *graph, enum direction direction,
                  const char *revision);

#endif
