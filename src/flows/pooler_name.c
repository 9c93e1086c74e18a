#include "pooler_name.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 5000

#define CONSOLE "pgbouncer" /* PgBouncer's own database */

struct pooler_name {
    struct arena *arena;     /* owned */
    struct db_conn *console; /* owned */
    const char *name;
    void (*found)(void *context, const char *name);
    void *context;
};

static void finish(struct pooler_name *name)
{
    db_conn_close(name->console); /* its end is no news any more */
    name->found(name->context, name->name);
}

/* Whoever may not use the console is refused with PgBouncer's one SQLSTATE, or by its own words for a failed login;
 * the server names the user in its, and most often has no such database. */
static bool is_refused_by_pgbouncer(const struct error *error)
{
    bool is_login = strstr(error->message, "authentication failed") != NULL;
    return strcmp(error->sqlstate, "08P01") == 0 || (is_login && strstr(error->message, "for user") == NULL);
}

static void on_opened(void *context, const struct error *error)
{
    struct pooler_name *name = context;
    if (error == NULL) {
        db_conn_send(name->console, &(struct db_request){.sql = "SHOW VERSION", .deadline_ms = ANSWER_MS});
        return;
    }
    if (is_refused_by_pgbouncer(error))
        name->name = "PgBouncer";
    finish(name);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct pooler_name *name = context;
    if (reply->outcome == DB_DONE && reply->n_results > 0 && PQntuples(reply->results[0]) == 1)
        name->name = arena_string(name->arena, PQgetvalue(reply->results[0], 0, 0));
    finish(name);
}

static void on_lost(void *context, const struct error *error)
{
    (void)error;
    finish(context);
}

/* An address that can't be read any more fails in the opening, like any other. */
static void open_console(struct pooler_name *name, const struct session *session)
{
    struct conninfo info = {0};
    struct error error;
    if (!session_resolve(session, name->arena, &info, &error))
        info.count = 0;
    const char **keywords = arena_array(name->arena, info.count + 2, sizeof *keywords);
    const char **values = arena_array(name->arena, info.count + 2, sizeof *values);
    for (size_t i = 0; i < info.count; i++) {
        keywords[i] = info.keywords[i];
        values[i] = info.values[i];
    }
    keywords[info.count] = "dbname"; /* the last one counts */
    values[info.count] = CONSOLE;
    db_conn_open(name->console, keywords, values, ANSWER_MS);
}

struct pooler_name *pooler_name_find(uv_loop_t *loop, const struct session *session,
                                     void (*found)(void *context, const char *name), void *context)
{
    struct pooler_name *name = memory_alloc(sizeof *name);
    struct db_events events = {.opened = on_opened, .reply = on_reply, .lost = on_lost, .context = name};
    *name = (struct pooler_name){.arena = arena_create(), .found = found, .context = context};
    name->console = db_conn_create(loop, &events);
    open_console(name, session);
    return name;
}

void pooler_name_destroy(struct pooler_name *name)
{
    if (name == NULL)
        return;
    db_conn_destroy(name->console);
    arena_destroy(name->arena);
    free(name);
}
