#include "flows/inquiry.h"

#include "flows/denied.h"

#define ANSWER_MS    60000 /* the server's own limits end first, and say why */
#define STATEMENT_MS 40000
#define LOCK_MS      20000

struct asking {
    const struct inquiry *inquiry;
    struct session *session;
    struct error *error;
    bool failed;
};

static void fail(struct asking *asking, const struct error *error)
{
    *asking->error = *error;
    asking->failed = true;
    session_close(asking->session);
}

static void on_opened(void *context, const struct error *error)
{
    struct asking *asking = context;
    struct text sql = {0};
    if (error != NULL) {
        fail(asking, error);
        return;
    }
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    if (asking->inquiry->ask(asking->inquiry->context, &sql, session_ledger(asking->session),
                             session_facts(asking->session))) {
        session_send_text(asking->session, &sql, ANSWER_MS);
    } else {
        text_finish(&sql);
        session_close(asking->session);
    }
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct asking *asking = context;
    if (reply->outcome != DB_DONE) {
        struct error error = reply->error;
        denied_explain(&error, "the bookkeeping cannot be read");
        fail(asking, &error);
        return;
    }
    asking->inquiry->take(asking->inquiry->context, reply->results[reply->n_results - 1]);
    session_close(asking->session);
}

static void on_lost(void *context, const struct error *error)
{
    fail(context, error);
}

bool inquiry_run(const struct target_config *target, const struct inquiry *inquiry, struct error *error)
{
    uv_loop_t loop;
    struct asking asking = {.inquiry = inquiry, .error = error};
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, &asking};
    uv_loop_init(&loop);
    asking.session = session_create(&loop, target, &events);
    session_open(asking.session);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends when nothing is left to wait for */
    session_destroy(asking.session);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return !asking.failed;
}
