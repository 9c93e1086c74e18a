#include "flows/keeper.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/lineage.h"

#include <stdlib.h>
#include <string.h>

#define BUSY_MS      20
#define LOCK_WAIT_MS 2000
#define STATEMENT_MS 5000

enum asking { NOTHING, MARK, LOSS };

struct keeper {
    struct refresh *refresh; /* borrowed */
    char *name;              /* owned */
    void (*lost)(void *context);
    void *context;
    uv_timer_t *timer;
    struct arena *arena;      /* of what is remembered; NULL: nothing is */
    struct names own;         /* sorted */
    struct arena *seen_arena; /* of `seen`; NULL: nothing was */
    struct names seen;        /* heads, when all was applied */
    const char *run;          /* the first that is remembered */
    bool has_mark, mark_due;
    struct arena *mark_arena; /* of `mark`; NULL: there was none */
    struct lineage mark;
    struct arena *rows_arena;    /* of `rows`; NULL: none were seen */
    struct names rows;           /* of the reading that asked for the last mark */
    char unknown[200];           /* why there is no mark */
    struct arena *pending_arena; /* of the question */
    struct names pending;
    enum asking due, asked;
    bool told; /* that nothing can be known */
};

static void forget(struct keeper *keeper)
{
    arena_destroy(keeper->arena);
    keeper->arena = NULL;
    keeper->own = (struct names){0};
    keeper->has_mark = keeper->mark_due = keeper->told = false;
    keeper->unknown[0] = '\0';
    keeper->due = NOTHING;
}

/* ---- what is concluded ---- */

static void say_unknown(struct keeper *keeper, const char *why)
{
    struct log_about about = {.target = keeper->name};
    if (keeper->told)
        return;
    keeper->told = true;
    log_event(LOG_SEVERITY_WARNING, &about,
              "what was applied here is pending again, and whether a server that took over has lost it, or somebody "
              "took it back, cannot be told: %s; next: migrated upgrade",
              why);
}

static void say_lost(const struct keeper *keeper, const struct lineage *now)
{
    struct log_about about = {.target = keeper->name};
    log_event(LOG_SEVERITY_WARNING, &about,
              "the server that took over (timeline %s, was %s) has lost what was applied here, with its history: "
              "applying it again",
              now->timeline, keeper->mark.timeline);
}

static void take_mark(struct keeper *keeper, const PGresult *result)
{
    arena_destroy(keeper->mark_arena);
    keeper->mark_arena = arena_create();
    keeper->mark = lineage_read(keeper->mark_arena, result);
    keeper->has_mark = keeper->mark.rows > 0;
    keeper->mark_due = false;
    log_debug("what was applied here is on timeline %s", keeper->mark.timeline);
}

static void take_no_mark(struct keeper *keeper, const struct error *why)
{
    struct log_about about = {.target = keeper->name};
    if (keeper->unknown[0] == '\0')
        log_event(LOG_SEVERITY_INFO, &about, "a failover that loses what was applied here would not be noticed: %s",
                  why->message);
    error_copy(keeper->unknown, sizeof keeper->unknown, why->message, strlen(why->message));
}

static void take_loss(struct keeper *keeper, const PGresult *result)
{
    struct lineage now = lineage_read(keeper->arena, result);
    switch (lineage_judge(&keeper->mark, &now)) {
    case LINEAGE_TAKEN_BACK:
        forget(keeper);
        break;
    case LINEAGE_FOREIGN:
        say_unknown(keeper, "it is another server altogether, or an old primary that came back");
        forget(keeper);
        break;
    case LINEAGE_LOST:
        say_lost(keeper, &now);
        forget(keeper);
        keeper->lost(keeper->context);
        break;
    }
}

/* ---- asking ---- */

static void on_answer(void *context, const struct db_reply *reply)
{
    struct keeper *keeper = context;
    enum asking asked = keeper->asked;
    keeper->asked = NOTHING;
    if (keeper->arena == NULL)
        return;
    if (reply->outcome == DB_REFUSED && asked == LOSS)
        say_unknown(keeper, reply->error.message);
    if (reply->outcome == DB_REFUSED && asked == MARK)
        take_no_mark(keeper, &reply->error);
    if (reply->outcome != DB_DONE) /* with the next reading */
        return;
    const PGresult *result = reply->results[reply->n_results - 1];
    if (asked == MARK)
        take_mark(keeper, result);
    else
        take_loss(keeper, result);
}

static void on_timer(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;
    struct text sql = {0};
    if (refresh_is_busy(keeper->refresh)) {
        uv_timer_start(timer, on_timer, BUSY_MS, 0);
        return;
    }
    bool has_books = refresh_has_books(keeper->refresh);
    if (keeper->due == NOTHING || refresh_ledger(keeper->refresh) == NULL || (keeper->due == MARK && !has_books))
        return; /* forgotten, or the connection is gone */
    books_add_limits(&sql, LOCK_WAIT_MS, STATEMENT_MS);
    if (!has_books)
        lineage_add_bare_question(&sql);
    else if (keeper->due == MARK)
        lineage_add_mark_question(&sql, refresh_ledger(keeper->refresh), keeper->run);
    else
        lineage_add_question(&sql, refresh_ledger(keeper->refresh), &keeper->pending, keeper->mark.since_us);
    keeper->asked = keeper->due;
    keeper->due = NOTHING;
    refresh_ask(keeper->refresh, &sql, on_answer, keeper);
}

static void ask(struct keeper *keeper, enum asking what)
{
    keeper->due = what;
    uv_timer_start(keeper->timer, on_timer, 0, 0);
}

/* ---- life and verbs ---- */

struct keeper *keeper_create(uv_loop_t *loop, struct refresh *refresh, const char *name, void (*lost)(void *context),
                             void *context)
{
    struct keeper *keeper = memory_alloc(sizeof *keeper);
    keeper->refresh = refresh;
    keeper->name = memory_string(name);
    keeper->lost = lost;
    keeper->context = context;
    keeper->timer = memory_alloc(sizeof *keeper->timer);
    keeper->timer->data = keeper;
    uv_timer_init(loop, keeper->timer);
    return keeper;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void keeper_destroy(struct keeper *keeper)
{
    if (keeper == NULL)
        return;
    uv_close((uv_handle_t *)keeper->timer, free_handle);
    arena_destroy(keeper->arena);
    arena_destroy(keeper->pending_arena);
    arena_destroy(keeper->mark_arena);
    arena_destroy(keeper->rows_arena);
    free(keeper->name);
    free(keeper);
}

void keeper_applied(struct keeper *keeper, const struct names *applied, const char *run)
{
    struct arena *arena = arena_create();
    struct names own = {.items = arena_array(arena, keeper->own.count + applied->count, sizeof *own.items)};
    for (size_t i = 0; i < keeper->own.count; i++)
        own.items[own.count++] = arena_string(arena, keeper->own.items[i]);
    for (size_t i = 0; i < applied->count; i++)
        own.items[own.count++] = arena_string(arena, applied->items[i]);
    names_sort(&own);
    const char *first = arena_string(arena, keeper->arena == NULL ? run : keeper->run);
    forget(keeper);
    keeper->arena = arena;
    keeper->own = own;
    keeper->run = first;
    keeper->mark_due = true;
}

/* What others apply is part of the mark: other rows, another mark. */
static void see(struct keeper *keeper, const struct names *rows)
{
    if (keeper->rows_arena == NULL || !names_equal(&keeper->rows, rows)) {
        arena_destroy(keeper->rows_arena);
        keeper->rows_arena = arena_create();
        keeper->rows = names_copy(keeper->rows_arena, rows);
        keeper->mark_due = true;
    }
    if (keeper->mark_due)
        ask(keeper, MARK);
}

static void look_at_pending(struct keeper *keeper, const struct verdict *verdict)
{
    const char *more;
    arena_destroy(keeper->pending_arena);
    keeper->pending_arena = arena_create();
    keeper->pending = names_copy(keeper->pending_arena, &verdict->pending);
    enum lineage_loss loss = lineage_compare(&keeper->own, &keeper->mark.applied, &keeper->pending, &more);
    if (loss == LINEAGE_NOTHING_OURS)
        return;
    if (!keeper->has_mark)
        say_unknown(keeper, keeper->unknown[0] != '\0' ? keeper->unknown : "it came before this was looked into");
    else if (loss == LINEAGE_MORE_IS_PENDING)
        say_unknown(keeper,
                    arena_printf(keeper->pending_arena, "%s is pending too, and no run had applied it", more));
    else
        ask(keeper, LOSS);
}

void keeper_look(struct keeper *keeper, const struct verdict *verdict)
{
    if (keeper->arena == NULL)
        return;
    if (verdict->kind == VERDICT_IN_SYNC || verdict->kind == VERDICT_AHEAD)
        see(keeper, &verdict->rows);
    else if (verdict->kind == VERDICT_PENDING)
        look_at_pending(keeper, verdict);
}
