#include "pooler_proof.h"

#include "base/clock.h"
#include "base/memory.h"
#include "db/pooler.h"
#include "pooler_name.h"

#include <stdlib.h>

#define ANSWER_MS    10000 /* the server's own limits end first, and say why */
#define LOCK_MS      2000
#define STATEMENT_MS 5000
#define PATIENCE_MS                                                                                                  \
    3000 /* a pooler that has a free backend gives it away at once, and makes a new one in this time */
#define MOMENT_MS 30

struct pooler_proof {
    uv_loop_t *loop;
    struct session *first;  /* borrowed */
    struct session *second; /* owned */
    struct pooler_name *name;
    uv_timer_t *timer; /* the second's patience, or a moment until the next look */
    struct stickiness stickiness;
    enum stickiness_step verdict;
    char nonce[CLOCK_UUID_SIZE];
    void (*done)(void *context, const struct error *error);
    void *context;
};

/* ---- the end ---- */

static const char advice[] = "give the server's own address as migrate_url: reading may go on through the pooler";

static void refuse(void *context, const char *name)
{
    struct pooler_proof *proof = context;
    struct error error;
    error_set(&error, ERROR_CONFIG,
              "%s stands between us and the server at %s, and %s: nothing can be applied through it, since neither "
              "lock nor settings would stay with us",
              name != NULL ? name : "a connection pooler", session_display(proof->first),
              proof->verdict == STICKINESS_CHANGES
                  ? "shares backends between sessions (transaction or statement pooling)"
                  : "does not clean up behind a session (transaction pooling, or session pooling without "
                    "server_reset_query = DISCARD ALL)");
    error_next(&error, "%s", advice);
    proof->done(proof->context, &error);
}

static void finish(struct pooler_proof *proof, enum stickiness_step verdict)
{
    struct error error;
    proof->verdict = verdict;
    uv_timer_stop(proof->timer);
    session_close(proof->second);
    switch (verdict) {
    case STICKINESS_KEEPS:
        proof->done(proof->context, NULL);
        break;
    case STICKINESS_HIDDEN:
        error_set(&error, ERROR_CONFIG,
                  "a connection pooler stands between us and the server at %s, and role %s may not see whether it "
                  "keeps a session's backend",
                  session_display(proof->first), session_facts(proof->first)->role);
        error_next(&error, "GRANT pg_read_all_stats TO \"%s\", or %s", session_facts(proof->first)->role, advice);
        proof->done(proof->context, &error);
        break;
    case STICKINESS_FULL:
        error_set(&error, ERROR_BUSY,
                  "a connection pooler stands between us and the server at %s, and has no second backend for us: "
                  "whether it keeps a session's backend cannot be found out",
                  session_display(proof->first));
        error_next(&error, "enlarge its pool, or %s", advice);
        proof->done(proof->context, &error);
        break;
    case STICKINESS_BUSY:
        error_set(
            &error, ERROR_BUSY,
            "a connection pooler stands between us and the server at %s, and is too busy to find out whether it "
            "keeps a session's backend",
            session_display(proof->first));
        error_next(&error, "%s", advice);
        proof->done(proof->context, &error);
        break;
    default:
        proof->name = pooler_name_find(proof->loop, proof->first, refuse, proof);
        break;
    }
}

static void fail(struct pooler_proof *proof, const struct error *error)
{
    struct error copy = *error;
    uv_timer_stop(proof->timer);
    session_close(proof->second);
    proof->done(proof->context, &copy);
}

/* ---- asking ---- */

static void ask(struct pooler_proof *proof, struct session *session)
{
    struct text sql = {0};
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    pooler_add_question(&sql, session == proof->first ? proof->stickiness.second.pid : 0, proof->nonce);
    session_send_text(session, &sql, ANSWER_MS);
}

static void on_moment(uv_timer_t *timer)
{
    struct pooler_proof *proof = timer->data;
    ask(proof, proof->first);
}

static void on_patience(uv_timer_t *timer)
{
    struct pooler_proof *proof = timer->data;
    if (!session_is_asking(proof->second)) /* a login may take longer, and ends in an error at last */
        return;
    finish(proof, STICKINESS_FULL);
}

static void ask_second(struct pooler_proof *proof)
{
    if (session_is_open(proof->second)) {
        ask(proof, proof->second);
        return;
    }
    uv_timer_start(proof->timer, on_patience, PATIENCE_MS, PATIENCE_MS);
    session_open(proof->second);
}

static void perform(struct pooler_proof *proof, enum stickiness_step step)
{
    switch (step) {
    case STICKINESS_ASK_SECOND:
        ask_second(proof);
        break;
    case STICKINESS_LOOK:
        uv_timer_start(proof->timer, on_moment, MOMENT_MS, 0);
        break;
    case STICKINESS_AGAIN:
    case STICKINESS_CLOSE_SECOND:
        session_close(proof->second);
        ask(proof, proof->first);
        break;
    case STICKINESS_ASK_FIRST:
        ask(proof, proof->first);
        break;
    default:
        finish(proof, step);
        break;
    }
}

static void take(struct pooler_proof *proof, const struct db_reply *reply)
{
    struct stickiness_mark mark;
    struct error error;
    if (reply->outcome != DB_DONE) {
        fail(proof, &reply->error);
        return;
    }
    if (reply->n_results == 0 || !pooler_read_mark(reply->results[reply->n_results - 1], &mark)) {
        error_set(&error, ERROR_INTERNAL, "the server does not tell which transaction it runs");
        fail(proof, &error);
        return;
    }
    perform(proof, stickiness_take(&proof->stickiness, &mark));
}

void pooler_proof_reply(struct pooler_proof *proof, const struct db_reply *reply)
{
    take(proof, reply);
}

/* ---- the second session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    struct pooler_proof *proof = context;
    uv_timer_stop(proof->timer);
    if (error != NULL)
        fail(proof, error);
    else
        ask(proof, proof->second);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    take(context, reply);
}

static void on_lost(void *context, const struct error *error)
{
    struct pooler_proof *proof = context;
    fail(proof, error);
}

/* ---- life ---- */

struct pooler_proof *pooler_proof_start(uv_loop_t *loop, struct session *session,
                                        void (*done)(void *context, const struct error *error), void *context)
{
    struct pooler_proof *proof = memory_alloc(sizeof *proof);
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, proof};
    *proof = (struct pooler_proof){.loop = loop, .first = session, .done = done, .context = context};
    clock_uuid(proof->nonce);
    proof->second = session_create_beside(session, &events);
    proof->timer = memory_alloc(sizeof *proof->timer);
    proof->timer->data = proof;
    uv_timer_init(loop, proof->timer);
    ask(proof, session);
    return proof;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void pooler_proof_destroy(struct pooler_proof *proof)
{
    if (proof == NULL)
        return;
    uv_close((uv_handle_t *)proof->timer, free_handle);
    session_destroy(proof->second);
    pooler_name_destroy(proof->name);
    free(proof);
}
