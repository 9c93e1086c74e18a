/*
 * One target inside the daemon: its files, the connection that watches its database, the run that migrates it, and the
 * verdict. Events only mark what is due; target_decide looks at the marks and is the one place that starts anything.
 */
#ifndef MIGRATED_DAEMON_TARGET_H
#define MIGRATED_DAEMON_TARGET_H

#include "daemon/advice.h"
#include "flows/observer.h"
#include "flows/refresh.h"
#include "flows/runner.h"
#include "flows/tree.h"

#include "core/readiness.h"

struct target;

struct target_events {
    void (*changed)(void *context); /* what the pages show has changed */
    void *context;
};

/* `config` is borrowed (see target_reload). */
struct target *target_create(uv_loop_t *loop, const struct config *config, const struct target_config *own,
                             const struct target_events *events);
/* Begins to ask the database; there is no verdict before the first target_set_tree. */
void target_start(struct target *target);

/* New configuration, new files. A failed revision is tried again. The tree is held. */
void target_reload(struct target *target, const struct config *config, const struct target_config *own);
void target_set_tree(struct target *target, struct tree *tree);
void target_refresh(struct target *target);

/* Apply nothing before the target of this name is in sync; NULL: begin. Borrowed until the next call. */
void target_wait_for(struct target *target, const char *name);
/* Ready, and no changed files wait to be compared: what comes after it may begin. */
bool target_is_in_sync(struct target *target);
bool target_is_running(const struct target *target);

/*
 * Start nothing new; cancel the run under way. `stopped` is called when nothing runs any more, maybe at once.
 */
void target_stop(struct target *target, void (*stopped)(void *context), void *context);
void target_destroy(struct target *target);

/* Everything that the pages need; borrowed until the next event. */
struct target_view {
    const char *name, *display;
    const struct graph *graph;     /* NULL: not read yet */
    const struct verdict *verdict; /* NULL: none yet */
    int64_t checked_wall_ms;       /* 0: never */
    int64_t age_ms;
    double db_ms, migrations_ms; /* of the last reading; -1: none */
    int64_t next_check_ms;       /* from now, 0: under way */
    const struct error *unreachable, *unreadable, *failure;
    const char *failed_revision;
    int64_t failed_wall_ms;
    bool running;
    struct runner_view run;          /* if running */
    const struct activity *activity; /* of the migrating backend */
    const struct activity *blockers; /* of it, too: who holds it up, between two tries as well */
    const char *role;                /* of ours in the database, NULL: not known yet */
    int64_t lock_key;
    bool standby;
    const char *upgrade_command; /* what brings in what is pending, to be typed */
    const struct audit *audit;   /* NULL: none yet, or not possible */
    const char *files_warning;   /* the last reload was faulty; NULL: it was not */
    const char *waits_for;       /* the target that has to be in sync before; NULL: none */
    size_t applied_by_us;
    struct readiness readiness; /* owned by the arena given to target_look */
    struct advice advice;       /* too */
};

void target_look(struct target *target, struct arena *arena, struct target_view *view);
/* The files in use changed for the worse: shown until the next good reload. Copied; NULL takes it back. */
void target_warn(struct target *target, const char *files_warning);

#endif
