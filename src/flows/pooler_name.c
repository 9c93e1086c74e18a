#include "doctor_pooler.h"

#include "base/arena.h"
#include "base/memory.h"
#include "config/conninfo.h"
#include "flows/session.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 5000

#define CONSOLE "pgbouncer" /* PgBouncer's own database */

struct pooler_probe {
    uv_loop_t *loop;
    const struct target_config *target;
    struct arena *arena;
    struct session *second;  /* owned */
    struct db_conn *console; /* owned; NULL: not tried */
    struct pooler_answer answer;
    void (*done)(void *context, const struct pooler_answer *answer);
    void *context;
};

static void finish(struct pooler_probe *probe)
{
    if (probe->console != NULL)
        db_conn_close(probe->console); /* its end is no news any more */
    probe->done(probe->context, &probe->answer);
}

/* ---- its name ---- */

/* Whoever may not use the console is refused with PgBouncer's one SQLSTATE, or by its own words for a failed login;
 * the server names the user in its, and most often has no such database. */
static bool is_refused_by_pgbouncer(const struct error *error)
{
    bool is_login = strstr(error->message, "authentication failed") != NULL;
    return strcmp(error->sqlstate, "08P01") == 0 || (is_login && strstr(error->message, "for user") == NULL);
}

static void on_console_opened(void *context, const struct error *error)
{
    struct pooler_probe *probe = context;
    if (error == NULL) {
        db_conn_send(probe->console, &(struct db_request){.sql = "SHOW VERSION", .deadline_ms = ANSWER_MS});
        return;
    }
    if (is_refused_by_pgbouncer(error))
        probe->answer.name = "PgBouncer";
    finish(probe);
}

static void on_console_reply(void *context, const struct db_reply *reply)
{
    struct pooler_probe *probe = context;
    if (reply->outcome == DB_DONE && reply->n_results > 0 && PQntuples(reply->results[0]) == 1)
        probe->answer.name = arena_string(probe->arena, PQgetvalue(reply->results[0], 0, 0));
    finish(probe);
}

static void on_console_lost(void *context, const struct error *error)
{
    (void)error;
    finish(context);
}

static void open_console(struct pooler_probe *probe)
{
    struct db_events events = {
        .opened = on_console_opened, .reply = on_console_reply, .lost = on_console_lost, .context = probe};
    struct conninfo info;
    struct error error;
    if (!conninfo_resolve(probe->arena, probe->target, &info, &error)) {
        finish(probe);
        return;
    }
    const char **keywords = arena_array(probe->arena, info.count + 2, sizeof *keywords);
    const char **values = arena_array(probe->arena, info.count + 2, sizeof *values);
    memcpy(keywords, info.keywords, info.count * sizeof *keywords);
    memcpy(values, info.values, info.count * sizeof *values);
    keywords[info.count] = "dbname"; /* the last one counts */
    values[info.count] = CONSOLE;
    probe->console = db_conn_create(probe->loop, &events);
    db_conn_open(probe->console, keywords, values, ANSWER_MS);
}

/* ---- the second session ---- */

static void on_opened(void *context, const struct error *error)
{
    struct pooler_probe *probe = context;
    if (error == NULL)
        probe->answer.second_pid = session_facts(probe->second)->pid;
    open_console(probe);
}

static void ignore_reply(void *context, const struct db_reply *reply)
{
    (void)context;
    (void)reply;
}

static void ignore_loss(void *context, const struct error *error)
{
    (void)context;
    (void)error;
}

struct pooler_probe *pooler_probe_start(struct arena *arena, uv_loop_t *loop, const struct target_config *target,
                                        void (*done)(void *context, const struct pooler_answer *answer),
                                        void *context)
{
    struct pooler_probe *probe = memory_alloc(sizeof *probe);
    struct session_events events = {on_opened, ignore_reply, ignore_loss, NULL, NULL, probe};
    *probe = (struct pooler_probe){.loop = loop, .target = target, .arena = arena, .done = done, .context = context};
    probe->second = session_create(loop, target, &events);
    session_open(probe->second);
    return probe;
}

void pooler_probe_destroy(struct pooler_probe *probe)
{
    if (probe == NULL)
        return;
    session_destroy(probe->second);
    db_conn_destroy(probe->console);
    free(probe);
}
