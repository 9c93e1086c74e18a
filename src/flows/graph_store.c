#include "flows/graph_store.h"

#include "base/log.h"
#include "base/memory.h"
#include "core/retry.h"
#include "flows/denied.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS   60000
#define GRAPH_BYTES ((size_t)1 << 20)

enum state { CLOSED, CONNECTING, MAKING_BOOKS, KEEPING, N_STATES };

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CLOSED] = TO(CONNECTING),
    [CONNECTING] = TO(MAKING_BOOKS) | TO(KEEPING) | TO(CLOSED),
    [MAKING_BOOKS] = TO(MAKING_BOOKS) | TO(KEEPING) | TO(CLOSED),
    [KEEPING] = TO(KEEPING) | TO(CLOSED),
};

struct graph_store {
    uv_loop_t *loop;
    const struct target_config *target; /* borrowed; NULL while closed */
    struct session *session;            /* owned; NULL while closed */
    struct tree *tree;                  /* held; NULL while closed */
    char known[DIGEST_HEX_SIZE];        /* of the files that are kept, or will not be; "" before the first */
    enum state state;
    size_t kept;
    unsigned creations;
    uv_timer_t *later; /* a session is not destroyed under its own callback */
};

static void move(struct graph_store *store, enum state next)
{
    assert(next_states[store->state] & TO(next));
    store->state = next;
}

/* ---- the end ---- */

static void on_later(uv_timer_t *timer)
{
    graph_store_forget(timer->data);
}

static void end(struct graph_store *store)
{
    session_close(store->session);
    move(store, CLOSED);
    uv_timer_start(store->later, on_later, 0, 0);
}

/* Done with this graph, well or not. */
static void settle(struct graph_store *store)
{
    memcpy(store->known, store->tree->files.fingerprint, sizeof store->known);
    end(store);
}

static void give_up(struct graph_store *store, const struct error *refusal)
{
    struct error error = *refusal;
    struct log_about about = {.target = store->target->name};
    denied_explain(&error, "the known revisions are not kept for older programs");
    log_event(LOG_SEVERITY_INFO, &about, "%s", error.message);
    settle(store);
}

/* ---- keeping ---- */

static void ask(struct graph_store *store, struct text *sql)
{
    session_send_text(store->session, sql, ANSWER_MS);
}

static void keep(struct graph_store *store)
{
    struct text sql = {0};
    const struct graph *graph = store->tree->files.graph;
    if (store->kept == graph_size(graph)) {
        settle(store);
        return;
    }
    move(store, KEEPING);
    store->kept += books_add_graph(&sql, session_ledger(store->session), graph, store->kept, GRAPH_BYTES);
    ask(store, &sql);
}

/* The version table is there: these files are in sync. */
static void make_books(struct graph_store *store)
{
    struct text sql = {0};
    const struct books_facts *facts = session_facts(store->session);
    if (facts->bookkeeping_exists) {
        keep(store);
        return;
    }
    move(store, MAKING_BOOKS);
    store->creations++;
    books_add_creation(&sql, session_ledger(store->session), facts);
    ask(store, &sql);
}

/* ---- the session's events ---- */

static void on_opened(void *context, const struct error *error)
{
    struct graph_store *store = context;
    if (error != NULL)
        end(store);
    else if (!session_facts(store->session)->version_table_exists || session_facts(store->session)->in_recovery)
        end(store); /* it was another server that was in sync */
    else
        make_books(store);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct graph_store *store = context;
    struct text sql = {0};
    if (reply->outcome == DB_LOST) {
        end(store);
    } else if (reply->outcome == DB_REFUSED && store->state == MAKING_BOOKS &&
               retry_was_race(reply->error.sqlstate, store->creations)) {
        text_add(&sql, "ROLLBACK"); /* somebody else has made them */
        ask(store, &sql);
    } else if (reply->outcome == DB_REFUSED) {
        give_up(store, &reply->error);
    } else if (store->state == MAKING_BOOKS) {
        session_ask_again(store->session);
    } else {
        keep(store);
    }
}

static void on_lost(void *context, const struct error *error)
{
    (void)error;
    end(context);
}

/* ---- life and verbs ---- */

struct graph_store *graph_store_create(uv_loop_t *loop)
{
    struct graph_store *store = memory_alloc(sizeof *store);
    store->loop = loop;
    store->later = memory_alloc(sizeof *store->later);
    store->later->data = store;
    uv_timer_init(loop, store->later);
    return store;
}

void graph_store_forget(struct graph_store *store)
{
    uv_timer_stop(store->later);
    session_destroy(store->session);
    tree_release(store->tree);
    store->session = NULL;
    store->tree = NULL;
    store->target = NULL;
    store->state = CLOSED;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void graph_store_destroy(struct graph_store *store)
{
    if (store == NULL)
        return;
    graph_store_forget(store);
    uv_close((uv_handle_t *)store->later, free_handle);
    free(store);
}

void graph_store_look(struct graph_store *store, const struct target_config *target, struct tree *tree)
{
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, store};
    bool known = strcmp(store->known, tree->files.fingerprint) == 0;
    if (store->session != NULL || known || graph_size(tree->files.graph) == 0)
        return;
    store->target = target;
    store->tree = tree_hold(tree);
    store->kept = 0;
    store->creations = 0;
    store->session = session_create(store->loop, target, &events);
    move(store, CONNECTING);
    session_open(store->session);
}
