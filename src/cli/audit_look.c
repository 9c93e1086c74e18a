#include "cli/audit_look.h"

#include "base/arena.h"
#include "base/log.h"
#include "db/audit.h"
#include "db/journal.h"
#include "flows/inquiry.h"

#include <string.h>

/* A question of this kind, and where its answer goes. */
struct looking {
    struct arena *arena;
    const struct graph *graph;
    const struct names *pending;
    struct audit *audit;
    struct half_done_list half_done;
};

static bool ask_audit(void *context, struct text *sql, const struct ledger *ledger, const struct books_facts *facts)
{
    const struct looking *looking = context;
    char digest[DIGEST_HEX_SIZE];
    if (!facts->bookkeeping_exists)
        return false;
    audit_digest(looking->arena, looking->graph, looking->pending, digest);
    audit_add_question(sql, ledger, digest);
    return true;
}

static void take_audit(void *context, const PGresult *result)
{
    struct looking *looking = context;
    struct audit_records records = audit_read(looking->arena, result);
    audit_judge(looking->arena, looking->graph, looking->pending, &records, looking->audit);
}

static bool ask_half_done(void *context, struct text *sql, const struct ledger *ledger,
                          const struct books_facts *facts)
{
    (void)context;
    if (!facts->bookkeeping_exists)
        return false;
    journal_add_open_question(sql, ledger);
    return true;
}

static void take_half_done(void *context, const PGresult *result)
{
    struct looking *looking = context;
    looking->half_done = journal_read_open(looking->arena, result);
}

/* 42501: who may only read the version table gets what that tells. */
static bool is_fine(bool answered, const char *unseen, struct error *error)
{
    if (answered)
        return true;
    if (strcmp(error->sqlstate, "42501") != 0)
        return false;
    log_warning("%s: %s", unseen, error->message);
    *error = (struct error){0};
    return true;
}

bool audit_look(const struct invocation *invocation, const struct graph *graph, const struct verdict *verdict,
                struct audit *audit, struct error *error)
{
    struct looking looking = {
        .arena = invocation->arena, .graph = graph, .pending = &verdict->pending, .audit = audit};
    struct inquiry inquiry = {ask_audit, take_audit, &looking};
    *audit = (struct audit){0};
    return is_fine(verdict->rows.count == 0 || inquiry_run(invocation->target, &inquiry, error),
                   "edited revisions are not seen", error);
}

bool audit_look_half_done(const struct invocation *invocation, const struct plan *plan, const struct names *rows,
                          struct error *error)
{
    struct looking looking = {.arena = invocation->arena};
    struct inquiry inquiry = {ask_half_done, take_half_done, &looking};
    if (plan->count == 0)
        return true;
    if (!is_fine(inquiry_run(invocation->target, &inquiry, error), "half done revisions are not seen", error))
        return false;
    struct half_done_list left = half_done_left(invocation->arena, plan->graph, rows, &looking.half_done);
    return half_done_check(invocation->arena, plan, &left, error);
}

bool audit_look_open(const struct invocation *invocation, const struct graph *graph, const struct names *rows,
                     struct names *ids, struct error *error)
{
    struct arena *arena = invocation->arena;
    struct looking looking = {.arena = arena};
    struct inquiry inquiry = {ask_half_done, take_half_done, &looking};
    *ids = (struct names){0};
    if (!is_fine(inquiry_run(invocation->target, &inquiry, error), "half done revisions are not seen", error))
        return false;
    struct half_done_list left = half_done_left(arena, graph, rows, &looking.half_done);
    ids->items = arena_array(arena, left.count, sizeof *ids->items);
    for (size_t i = 0; i < left.count; i++) {
        if (!left.items[i].begun)
            continue;
        ids->items[ids->count++] = left.items[i].revision;
        log_warning("revision %s; next: `migrated resume --show`", half_done_state(arena, &left.items[i]));
    }
    return true;
}

void audit_look_warn(const struct invocation *invocation, const struct audit *audit)
{
    for (size_t i = 0; i < audit->count; i++)
        log_warning("%s", audit_line(invocation->arena, &audit->findings[i]));
}
