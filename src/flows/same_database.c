#include "same_database.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/identity.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS    10000 /* the server's own limits end first, and say why */
#define LOCK_MS      2000
#define STATEMENT_MS 5000

struct same_database {
    struct session *migrating; /* borrowed */
    struct session *reading;   /* owned: by database_url */
    struct arena *arena;       /* of what they told */
    struct identity there;     /* by database_url */
    bool bare;                 /* the question under way is without the system identifier */
    void (*done)(void *context, const struct error *error);
    void *context;
};

/* ---- the end ---- */

/* An unqualified version table is looked up by each role's search_path. One that is yet to be made need not be where the
 * reader would make it, only where it will be found. */
static bool is_found_by_both(const struct same_database *same)
{
    const struct books_facts *here = session_facts(same->migrating), *there = session_facts(same->reading);
    bool there_is_one = here->version_table_exists || there->version_table_exists;
    return strcmp(here->version_schema, there->version_schema) == 0 ||
           (!there_is_one && names_contain(&same->there.path, here->version_schema));
}

static void compare_schemas(struct same_database *same)
{
    const char *here = session_facts(same->migrating)->version_schema;
    const char *there = session_facts(same->reading)->version_schema;
    const char *table = session_ledger(same->migrating)->version_table;
    struct error error;
    if (is_found_by_both(same)) {
        same->done(same->context, NULL);
        return;
    }
    error_set(&error, ERROR_CONFIG,
              "migrate_url (role %s) leads to the version table %s.%s, and database_url (role %s) to %s.%s: what is "
              "applied by one would not be seen by the other",
              session_facts(same->migrating)->role, here, table, session_facts(same->reading)->role, there, table);
    error_next(&error, "set version_schema, or give both roles the same search_path, and USAGE on its schemas");
    same->done(same->context, &error);
}

static void compare(struct same_database *same, const struct identity *here)
{
    struct error error;
    if (identity_is_same(here, &same->there)) {
        compare_schemas(same);
        return;
    }
    error_set(
        &error, ERROR_CONFIG,
        "migrate_url leads to database %s (%s), and database_url to database %s (%s): these are two databases%s",
        here->database, session_display(same->migrating), same->there.database, session_display(same->reading),
        strcmp(here->database, same->there.database) == 0 ? " of the same name" : "");
    error_next(&error, "change migrate_url, or database_url, until both lead to the database that is to be migrated");
    same->done(same->context, &error);
}

/* Migrating is what was asked: it does not need the other address. */
static void pass(struct same_database *same, const struct error *error)
{
    log_warning("whether migrate_url and database_url lead to the same database is not known: %s", error->message);
    same->done(same->context, NULL);
}

/* ---- asking ---- */

static void ask(struct same_database *same, struct session *session, bool bare)
{
    struct text sql = {0};
    same->bare = bare;
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    identity_add_question(&sql, bare);
    session_send_text(session, &sql, ANSWER_MS);
}

/* Not every role may ask for the system identifier. True: asked again without. */
static bool ask_less(struct same_database *same, struct session *session, const struct db_reply *reply)
{
    if (reply->outcome != DB_REFUSED || same->bare)
        return false;
    ask(same, session, true);
    return true;
}

void same_database_reply(struct same_database *same, const struct db_reply *reply)
{
    if (ask_less(same, same->migrating, reply))
        return;
    if (reply->outcome != DB_DONE) {
        struct error error = reply->error;
        same->done(same->context, &error);
        return;
    }
    struct identity here = identity_read(same->arena, reply->results[reply->n_results - 1]);
    compare(same, &here);
}

/* ---- the events of the session by database_url ---- */

static void on_opened(void *context, const struct error *error)
{
    struct same_database *same = context;
    if (error != NULL)
        pass(same, error);
    else
        ask(same, same->reading, false);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct same_database *same = context;
    if (ask_less(same, same->reading, reply))
        return;
    if (reply->outcome != DB_DONE) {
        pass(same, &reply->error);
        return;
    }
    same->there = identity_read(same->arena, reply->results[reply->n_results - 1]);
    ask(same, same->migrating, false);
}

/* Once it has told, it is not needed any more. */
static void on_lost(void *context, const struct error *error)
{
    struct same_database *same = context;
    if (same->there.database == NULL)
        pass(same, error);
}

/* ---- life ---- */

struct same_database *same_database_start(uv_loop_t *loop, struct session *migrating,
                                          const struct target_config *target,
                                          void (*done)(void *context, const struct error *error), void *context)
{
    struct same_database *same = memory_alloc(sizeof *same);
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, same};
    *same = (struct same_database){.migrating = migrating, .done = done, .context = context};
    same->arena = arena_create();
    same->reading = session_create(loop, target, &events);
    session_open(same->reading);
    return same;
}

void same_database_destroy(struct same_database *same)
{
    if (same == NULL)
        return;
    session_destroy(same->reading);
    arena_destroy(same->arena);
    free(same);
}
