#include "flows/observer.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdlib.h>

#define FIRST_MS     500 /* most runs are over by then */
#define EVERY_MS     2000
#define LOCK_WAIT_MS 1000
#define STATEMENT_MS 2000

struct observer {
    struct refresh *refresh; /* borrowed */
    void (*changed)(void *context);
    void *context;
    uv_timer_t *timer;
    int pid;             /* 0: nobody is watched */
    char *holders;       /* owned: who holds what it will ask for; NULL: nobody is known */
    struct arena *arena; /* of the activity */
    struct activity activity;
};

static void forget(struct observer *observer)
{
    arena_destroy(observer->arena);
    observer->arena = NULL;
    observer->activity = (struct activity){.percent = -1};
}

static void on_answer(void *context, const struct db_reply *reply)
{
    struct observer *observer = context;
    if (observer->pid == 0)
        return;
    forget(observer);
    observer->arena = arena_create();
    activity_read(observer->arena, reply->results, reply->n_results, &observer->activity);
    observer->changed(observer->context);
}

/* Refused while the connection is busy or gone: the next turn comes soon. */
static void on_timer(uv_timer_t *timer)
{
    struct observer *observer = timer->data;
    struct text sql = {0};
    books_add_limits(&sql, LOCK_WAIT_MS, STATEMENT_MS);
    activity_add_question(&sql, observer->pid, observer->holders);
    refresh_ask(observer->refresh, &sql, on_answer, observer);
}

struct observer *observer_create(uv_loop_t *loop, struct refresh *refresh, void (*changed)(void *context),
                                 void *context)
{
    struct observer *observer = memory_alloc(sizeof *observer);
    observer->refresh = refresh;
    observer->changed = changed;
    observer->context = context;
    observer->timer = memory_alloc(sizeof *observer->timer);
    observer->timer->data = observer;
    uv_timer_init(loop, observer->timer);
    forget(observer);
    return observer;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void observer_destroy(struct observer *observer)
{
    if (observer == NULL)
        return;
    uv_close((uv_handle_t *)observer->timer, free_handle);
    forget(observer);
    free(observer->holders);
    free(observer);
}

void observer_follow(struct observer *observer, int pid, const char *holders)
{
    free(observer->holders);
    observer->holders = holders == NULL ? NULL : memory_string(holders);
    if (observer->pid == pid)
        return;
    observer->pid = pid;
    forget(observer);
    if (pid == 0)
        uv_timer_stop(observer->timer);
    else
        uv_timer_start(observer->timer, on_timer, FIRST_MS, EVERY_MS);
}

const struct activity *observer_activity(const struct observer *observer)
{
    return &observer->activity;
}

bool observer_has_seen(const struct observer *observer)
{
    return observer->arena != NULL;
}
