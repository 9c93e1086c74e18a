#include "blocked.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/obstacle.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SHOWN    3
#define SOONEST_MS    15
#define SLOWEST_MS    1000
#define IDLE_LEAST_MS 1000 /* a transaction that is idle for a moment only is no culprit */

struct blocked {
    const struct target_config *target;
    struct lookout *lookout;
    char *words;
    struct arena *arena; /* of what was seen; NULL: nobody was */
    struct activity seen;
    bool tried;        /* a lock was not had */
    bool build;        /* what is watched waits by design */
    int pid;           /* of the one that it waits for */
    int64_t yields_ms; /* after so long those who were seen let go; 0: not at all */
};

static void add_prepared(struct text *words, const struct activity_blocker *blocker)
{
    char age[DURATION_SIZE];
    if (blocker->query == NULL) {
        text_add(words, "a prepared transaction (see pg_prepared_xacts)");
        return;
    }
    text_addf(words, "the prepared transaction '%s' (%s), for %s; %s", blocker->query,
              blocker->user == NULL ? "?" : blocker->user, duration_format((int64_t)(blocker->seconds * 1000), age),
              obstacle_remark(OBSTACLE_PREPARED));
}

static void add_blocker(struct text *words, const struct activity_blocker *blocker)
{
    char age[DURATION_SIZE];
    enum obstacle obstacle = obstacle_read(blocker->pid, blocker->application, blocker->query);
    if (obstacle == OBSTACLE_PREPARED) {
        add_prepared(words, blocker);
        return;
    }
    text_addf(words, "pid %d (%s, %s)", blocker->pid,
              blocker->application == NULL || blocker->application[0] == '\0' ? "no application name"
                                                                              : blocker->application,
              blocker->user == NULL ? "?" : blocker->user);
    if (blocker->hidden) {
        text_add(words, ", the rest needs GRANT pg_read_all_stats");
        return;
    }
    if (blocker->state != NULL)
        text_addf(words, " %s", blocker->state);
    if (blocker->seconds >= 0)
        text_addf(words, " for %s", duration_format((int64_t)(blocker->seconds * 1000), age));
    if (blocker->query != NULL)
        text_addf(words, ": %s", blocker->query);
    if (obstacle != OBSTACLE_TRANSACTION)
        text_addf(words, " (%s)", obstacle_remark(obstacle));
}

static char *describe(const struct activity *activity)
{
    struct text words = {0};
    for (size_t i = 0; i < activity->n_blockers && i < MOST_SHOWN; i++) {
        text_add(&words, i == 0 ? "" : i == 1 ? "; behind " : ", ");
        add_blocker(&words, &activity->blockers[i]);
    }
    if (activity->waiting > 0)
        text_addf(&words, "; %zu session%s behind us", activity->waiting,
                  activity->waiting == 1 ? " waits" : "s wait");
    char *copy = memory_string(text_string(&words));
    text_finish(&words);
    return copy;
}

static bool is_idle(const struct activity_blocker *blocker)
{
    return blocker->state != NULL && strncmp(blocker->state, "idle in transaction", 19) == 0 &&
           blocker->seconds * 1000 >= IDLE_LEAST_MS;
}

/* A tenth more than the server's check needs, as that one costs time too. */
static int64_t yields_ms(const struct activity *activity)
{
    for (size_t i = 0; i < activity->n_blockers; i++) {
        const struct activity_blocker *blocker = &activity->blockers[i];
        if (obstacle_read(blocker->pid, blocker->application, blocker->query) != OBSTACLE_VACUUM)
            return 0;
    }
    return activity->deadlock_ms + activity->deadlock_ms / 10;
}

static void keep(struct blocked *blocked, const struct activity *activity)
{
    arena_destroy(blocked->arena);
    blocked->arena = arena_create();
    activity_copy(blocked->arena, activity, &blocked->seen);
}

static void set_words(struct blocked *blocked, char *words)
{
    free(blocked->words);
    blocked->words = words;
}

/* Each one once. */
static void tell(struct blocked *blocked, const struct activity *activity, const char *what)
{
    char *words = describe(activity);
    if (blocked->words == NULL || strncmp(blocked->words, words, strcspn(words, ")")) != 0)
        log_warning("%s %s", what, words);
    set_words(blocked, words);
}

/* The policy is about locks: a build holds up nobody. */
static void take_build(struct blocked *blocked, const struct activity *activity)
{
    if (activity->n_blockers == 0) {
        set_words(blocked, NULL);
        return;
    }
    blocked->pid = activity->blockers[0].pid;
    tell(blocked, activity, "a statement that runs online waits for");
}

static void on_seen(void *context, const struct activity *activity)
{
    struct blocked *blocked = context;
    if (blocked->build) {
        take_build(blocked, activity);
        return;
    }
    blocked->yields_ms = yields_ms(activity);
    keep(blocked, activity);
    tell(blocked, activity, "waiting for a lock held by");
    if (blocked->target->on_blocked != BLOCKED_CANCEL_IDLE)
        return;
    for (size_t i = 0; i < activity->n_blockers; i++) {
        if (!is_idle(&activity->blockers[i]))
            continue;
        log_warning("on_blocked = cancel_idle: ending the session of pid %d", activity->blockers[i].pid);
        lookout_terminate(blocked->lookout, activity->blockers[i].pid);
        return;
    }
}

struct blocked *blocked_create(uv_loop_t *loop, const struct target_config *target)
{
    struct blocked *blocked = memory_alloc(sizeof *blocked);
    blocked->target = target;
    blocked->lookout = lookout_create(loop, target, on_seen, blocked);
    return blocked;
}

void blocked_destroy(struct blocked *blocked)
{
    if (blocked == NULL)
        return;
    lookout_destroy(blocked->lookout);
    arena_destroy(blocked->arena);
    free(blocked->words);
    free(blocked);
}

void blocked_refused(struct blocked *blocked)
{
    blocked->tried = true;
    lookout_prepare(blocked->lookout);
}

void blocked_foreseen(struct blocked *blocked, const char *holders)
{
    blocked_refused(blocked);
    lookout_watch_holders(blocked->lookout, holders, SLOWEST_MS);
}

void blocked_watch(struct blocked *blocked, int pid, int64_t wait_ms)
{
    if (!blocked->tried)
        return;
    int64_t every_ms = wait_ms / 3;
    if (every_ms > SLOWEST_MS || wait_ms == 0)
        every_ms = SLOWEST_MS;
    if (every_ms < SOONEST_MS)
        every_ms = SOONEST_MS;
    lookout_watch(blocked->lookout, pid, every_ms);
}

void blocked_watch_build(struct blocked *blocked, int pid)
{
    set_words(blocked, NULL);
    blocked->build = true;
    lookout_watch_build(blocked->lookout, pid, SLOWEST_MS);
}

void blocked_end_build(struct blocked *blocked)
{
    if (!blocked->build)
        return;
    blocked->build = false;
    blocked_rest(blocked);
    set_words(blocked, NULL);
}

void blocked_rest(struct blocked *blocked)
{
    lookout_rest(blocked->lookout);
}

void blocked_forget(struct blocked *blocked)
{
    blocked_rest(blocked);
    arena_destroy(blocked->arena);
    blocked->arena = NULL;
    set_words(blocked, NULL);
    blocked->tried = blocked->build = false;
    blocked->yields_ms = 0;
}

const char *blocked_build_words(const struct blocked *blocked, int *pid)
{
    *pid = blocked->pid;
    return blocked->build ? blocked->words : NULL;
}

const char *blocked_words(const struct blocked *blocked)
{
    return blocked->words;
}

const struct activity *blocked_seen(const struct blocked *blocked)
{
    return blocked->arena == NULL ? NULL : &blocked->seen;
}

bool blocked_gives_up(const struct blocked *blocked)
{
    return blocked->target->on_blocked == BLOCKED_FAIL && blocked->words != NULL;
}

int64_t blocked_yields_ms(const struct blocked *blocked)
{
    return blocked->yields_ms;
}
