#include "flows/auditor.h"

#include "base/arena.h"
#include "base/memory.h"
#include "db/audit.h"

#include <stdlib.h>

#define BUSY_MS      20
#define LOCK_WAIT_MS 2000
#define STATEMENT_MS 5000

/* What is asked, and what it is judged by. */
struct inquest {
    struct arena *arena; /* NULL: none */
    struct tree *tree;   /* held */
    struct names pending;
};

struct auditor {
    struct refresh *refresh; /* borrowed */
    void (*done)(void *context, const struct audit *audit, const struct error *error);
    void *context;
    uv_timer_t *timer;
    struct inquest due, asked;
    struct arena *arena; /* of the audit */
    struct audit audit;
};

static void forget(struct inquest *inquest)
{
    arena_destroy(inquest->arena);
    tree_release(inquest->tree);
    *inquest = (struct inquest){0};
}

static void take(struct auditor *auditor, const PGresult *result)
{
    struct arena *arena = arena_create();
    struct audit_records records = audit_read(arena, result);
    struct audit audit;
    audit_judge(arena, auditor->asked.tree->files.graph, &auditor->asked.pending, &records, &audit);
    arena_destroy(auditor->arena);
    auditor->arena = arena_create();
    audit_copy(auditor->arena, &audit, &auditor->audit);
    arena_destroy(arena);
    auditor->done(auditor->context, &auditor->audit, NULL);
}

static void on_answer(void *context, const struct db_reply *reply)
{
    struct auditor *auditor = context;
    if (auditor->due.arena != NULL) { /* asked anew meanwhile: this answer is to an old question */
        forget(&auditor->asked);
        return;
    }
    if (reply->outcome == DB_DONE)
        take(auditor, reply->results[reply->n_results - 1]);
    else if (reply->outcome == DB_REFUSED)
        auditor->done(auditor->context, NULL, &reply->error);
    forget(&auditor->asked);
    memory_trim();
}

static void on_timer(uv_timer_t *timer)
{
    struct auditor *auditor = timer->data;
    struct text sql = {0};
    char digest[DIGEST_HEX_SIZE];
    if (refresh_is_busy(auditor->refresh)) {
        uv_timer_start(timer, on_timer, BUSY_MS, 0);
        return;
    }
    if (!refresh_has_books(auditor->refresh)) { /* nothing was ever noted, or the connection is gone */
        forget(&auditor->due);
        return;
    }
    audit_digest(auditor->due.arena, auditor->due.tree->files.graph, &auditor->due.pending, digest);
    books_add_limits(&sql, LOCK_WAIT_MS, STATEMENT_MS);
    audit_add_question(&sql, refresh_ledger(auditor->refresh), digest);
    forget(&auditor->asked);
    auditor->asked = auditor->due;
    auditor->due = (struct inquest){0};
    refresh_ask(auditor->refresh, &sql, on_answer, auditor);
}

struct auditor *auditor_create(uv_loop_t *loop, struct refresh *refresh,
                               void (*done)(void *context, const struct audit *audit, const struct error *error),
                               void *context)
{
    struct auditor *auditor = memory_alloc(sizeof *auditor);
    auditor->refresh = refresh;
    auditor->done = done;
    auditor->context = context;
    auditor->timer = memory_alloc(sizeof *auditor->timer);
    auditor->timer->data = auditor;
    uv_timer_init(loop, auditor->timer);
    return auditor;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void auditor_destroy(struct auditor *auditor)
{
    if (auditor == NULL)
        return;
    uv_close((uv_handle_t *)auditor->timer, free_handle);
    forget(&auditor->due);
    forget(&auditor->asked);
    arena_destroy(auditor->arena);
    free(auditor);
}

void auditor_ask(struct auditor *auditor, struct tree *tree, const struct names *pending)
{
    forget(&auditor->due);
    auditor->due = (struct inquest){.arena = arena_create(), .tree = tree_hold(tree)};
    auditor->due.pending = names_copy(auditor->due.arena, pending);
    uv_timer_start(auditor->timer, on_timer, 0, 0);
}
