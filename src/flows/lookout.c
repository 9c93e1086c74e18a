#include "flows/lookout.h"

#include "base/arena.h"
#include "base/memory.h"
#include "flows/session.h"

#include <stdlib.h>

#define ANSWER_MS    5000
#define STATEMENT_MS 2000

enum state { CLOSED, OPENING, IDLE, ASKING, TERMINATING };

struct lookout {
    struct session *session;
    enum state state;
    uv_timer_t *timer;
    int pid, victim; /* 0: none */
    char *holders;   /* owned: looked at too; NULL: none */
    bool build;      /* what `pid` runs waits by design: nobody in the way is told too */
    bool tried;      /* to open the session for it: once is enough */
    void (*seen)(void *context, const struct activity *activity);
    void *context;
};

static bool is_watching(const struct lookout *lookout)
{
    return lookout->pid != 0 || lookout->holders != NULL;
}

static void ask(struct lookout *lookout)
{
    struct text sql = {0};
    if (lookout->state != IDLE || !is_watching(lookout))
        return;
    lookout->state = ASKING;
    books_add_limits(&sql, STATEMENT_MS, STATEMENT_MS);
    activity_add_question(&sql, lookout->pid, lookout->holders);
    session_send_text(lookout->session, &sql, ANSWER_MS);
}

static void terminate(struct lookout *lookout)
{
    struct text sql = {0};
    lookout->state = TERMINATING;
    books_add_limits(&sql, STATEMENT_MS, STATEMENT_MS);
    text_addf(&sql,
              "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid "
              "OPERATOR(pg_catalog.=) %d AND pg_catalog.starts_with(state, 'idle in transaction') AND state_change "
              "OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) interval '1 second')",
              lookout->victim);
    lookout->victim = 0;
    session_send_text(lookout->session, &sql, ANSWER_MS);
}

static void on_opened(void *context, const struct error *error)
{
    struct lookout *lookout = context;
    lookout->state = error == NULL ? IDLE : CLOSED;
    if (lookout->holders != NULL || lookout->build)
        ask(lookout);
}

static void take_activity(struct lookout *lookout, const struct db_reply *reply)
{
    struct arena *arena = arena_create();
    struct activity activity;
    activity_read(arena, reply->results, reply->n_results, &activity);
    if ((activity.n_blockers > 0 || lookout->build) && is_watching(lookout))
        lookout->seen(lookout->context, &activity);
    arena_destroy(arena);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct lookout *lookout = context;
    bool asked = lookout->state == ASKING;
    lookout->state = reply->outcome == DB_LOST ? CLOSED : IDLE;
    if (asked && reply->outcome == DB_DONE)
        take_activity(lookout, reply);
    if (lookout->state == IDLE && lookout->victim != 0)
        terminate(lookout);
}

static void on_lost(void *context, const struct error *error)
{
    struct lookout *lookout = context;
    (void)error;
    lookout->state = CLOSED;
}

static void on_timer(uv_timer_t *timer)
{
    struct lookout *lookout = timer->data;
    if (lookout->build && !lookout->tried) {
        lookout->tried = true;
        lookout_prepare(lookout);
    }
    ask(lookout);
}

struct lookout *lookout_create(uv_loop_t *loop, const struct target_config *target,
                               void (*seen)(void *context, const struct activity *activity), void *context)
{
    struct lookout *lookout = memory_alloc(sizeof *lookout);
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, lookout};
    lookout->seen = seen;
    lookout->context = context;
    lookout->session = session_create(loop, target, &events);
    session_set_beside_migrating(lookout->session); /* what it looks for is a backend of that server */
    lookout->timer = memory_alloc(sizeof *lookout->timer);
    lookout->timer->data = lookout;
    uv_timer_init(loop, lookout->timer);
    return lookout;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void lookout_destroy(struct lookout *lookout)
{
    if (lookout == NULL)
        return;
    uv_close((uv_handle_t *)lookout->timer, free_handle);
    session_destroy(lookout->session);
    free(lookout->holders);
    free(lookout);
}

void lookout_prepare(struct lookout *lookout)
{
    if (lookout->state != CLOSED)
        return;
    lookout->state = OPENING;
    session_open(lookout->session);
}

void lookout_watch(struct lookout *lookout, int pid, int64_t every_ms)
{
    lookout_rest(lookout);
    lookout->pid = pid;
    uv_timer_start(lookout->timer, on_timer, (uint64_t)every_ms, (uint64_t)every_ms);
}

void lookout_watch_holders(struct lookout *lookout, const char *holders, int64_t every_ms)
{
    lookout_rest(lookout);
    lookout->holders = memory_string(holders);
    uv_timer_start(lookout->timer, on_timer, 0, (uint64_t)every_ms);
}

void lookout_watch_build(struct lookout *lookout, int pid, int64_t every_ms)
{
    lookout_watch(lookout, pid, every_ms);
    lookout->build = true;
}

void lookout_rest(struct lookout *lookout)
{
    lookout->pid = 0;
    lookout->build = lookout->tried = false;
    free(lookout->holders);
    lookout->holders = NULL;
    uv_timer_stop(lookout->timer);
}

void lookout_terminate(struct lookout *lookout, int pid)
{
    lookout->victim = pid;
    if (lookout->state == IDLE)
        terminate(lookout);
}
