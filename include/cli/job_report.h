/* How a run of `upgrade` or `downgrade` ended, for people and as JSON. */
#ifndef MIGRATED_CLI_JOB_REPORT_H
#define MIGRATED_CLI_JOB_REPORT_H

#include "flows/runner.h"

/* How long revisions took, of those that travelled alone: what shares a message has no time of its own. */
struct job_times {
    struct arena *arena; /* borrowed */
    struct job_time {
        const char *id; /* borrowed from the graph */
        int64_t ms;
    } * items;
    size_t count, capacity;
    size_t applied;    /* of the run, when last looked at */
    const char *alone; /* the revision that is on its way alone; NULL: none */
    int64_t alone_since_ms;
};

/* Look at the run; to be called at each change. */
void job_times_note(struct job_times *times, const struct runner *run);

/* The last line of a good run, of several targets behind them all. */
void job_report_success(size_t applied);

/* On stdout "ID applied" a line, on stderr what went wrong. The exit status. */
int job_report_text(const struct runner_result *result, enum direction direction);
/*
 * {"ok","direction","applied":[{"revision","ms"}],"rows","ahead","in_doubt","failed","elapsed_ms","error"} on stdout,
 * the error on stderr too. "applied" and "rows" are null where the lost connection leaves them in doubt. The exit
 * status.
 */
int job_report_json(const struct runner_result *result, enum direction direction, const struct job_times *times);

#endif
