/* A target's inside, shared by what decides (target.c) and what shows (target_view.c). */
#ifndef MIGRATED_DAEMON_TARGET_PARTS_H
#define MIGRATED_DAEMON_TARGET_PARTS_H

#include "daemon/target.h"
#include "flows/auditor.h"
#include "flows/graph_store.h"
#include "flows/keeper.h"

struct target {
    uv_loop_t *loop;
    const struct config *config;     /* borrowed */
    const struct target_config *own; /* borrowed */
    struct target_events events;
    struct tree *tree;      /* held: expected heads come from it; NULL: not read yet */
    struct tree *next_tree; /* held: changed files, in force with the next reading; NULL: none */
    struct refresh *refresh;
    struct observer *observer; /* of the run's backend, on the watching connection */
    struct auditor *auditor;   /* on the watching connection too */
    struct keeper *keeper;     /* there too: is what we applied still there */
    struct graph_store *graph_store;
    const struct audit *audit; /* borrowed from it; NULL: none yet, or not possible */
    char *audit_warning;       /* what was logged of it last */
    struct runner *run;        /* NULL: none */
    struct tree *run_tree;     /* held for the run */
    uv_timer_t *timer;         /* when the next reading is due */

    const char *waits_for; /* borrowed: a target that has to be in sync before anything is applied; NULL: none */

    bool refresh_due; /* marks: what target_decide has to look at */
    bool may_apply;   /* pending revisions are ours to apply: at the start, after changed files */
    bool asked, was_ready, stopping;
    bool changed_meanwhile; /* the run began before the files, or the configuration, became what they are now */
    bool audit_due;         /* something changed that it looks at */
    bool moved_by_us;       /* the rows, since the last reading */
    bool changed;           /* the last run refused to apply anything on top of changed revisions */
    bool overdue;           /* the last reading did not come through, without a word about the database */
    int64_t dropped_ms;     /* when the watching connection was last lost */
    unsigned failed_connects, failed_runs;
    int64_t next_run_ms; /* not before: a run that failed must not become a hot loop */

    struct arena *verdict_arena;
    struct verdict verdict;
    bool has_verdict;
    int64_t checked_ms, checked_wall_ms;
    double db_ms, migrations_ms;
    struct error unreachable, unreadable, failure; /* code ERROR_NONE: none */
    char *failed_revision;
    int64_t failed_wall_ms;
    enum readiness_state logged; /* the last state that was logged */
    char *files_warning;
    size_t applied_by_us;

    void (*stopped)(void *context);
    void *stopped_context;
};

/* What its run is at, `view` is filled if there is one. */
enum readiness_run target_run_kind(const struct target *target, struct runner_view *view);
/* Its readiness now; texts are owned by the arena. */
void target_judge(struct target *target, struct arena *arena, struct readiness *readiness);

/* Edited revisions, as a warning, once until they are others. */
void target_log_audit(struct target *target);

#endif
