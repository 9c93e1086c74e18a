#include "core/verdict.h"

#include "base/arena.h"
#include "core/django_verdict.h"
#include "core/script_graph.h"

#include <string.h>
#include <uthash.h>

#define NAMED 5 /* so many ids are named in a sentence, the rest is counted */

const char *verdict_name(enum verdict_kind kind)
{
    static const char *const names[] = {"ok", "pending", "ahead", "diverged", "unknown"};
    return names[kind];
}

bool verdict_needs_stored(const struct graph *graph, const struct names *rows)
{
    for (size_t i = 0; graph_django(graph) == NULL && i < rows->count; i++)
        if (graph_find(graph, rows->items[i]) == GRAPH_NONE)
            return true;
    return false;
}

/* ---- the stored graph, by id ---- */

struct entry {
    const struct stored_revision *revision;
    bool seen;
    UT_hash_handle hh;
};

struct walk {
    struct arena *arena;
    const struct graph *graph;
    struct entry *stored;     /* hash by id */
    struct node_set *reached; /* own nodes */
    const char **todo;        /* ids still to look at */
    size_t count, capacity;
    bool contract;
};

static struct entry *index_stored(struct arena *arena, const struct stored_graph *stored)
{
    struct entry *entries = NULL;
    for (size_t i = 0; stored != NULL && i < stored->count; i++) {
        struct entry *entry = arena_alloc(arena, sizeof *entry);
        entry->revision = &stored->revisions[i];
        HASH_ADD_KEYPTR(hh, entries, entry->revision->id, strlen(entry->revision->id), entry);
    }
    return entries;
}

static void push(struct walk *walk, const char *id)
{
    walk->todo = arena_grow(walk->arena, walk->todo, walk->count, &walk->capacity, sizeof *walk->todo);
    walk->todo[walk->count++] = id;
}

static void push_all(struct walk *walk, const struct names *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        push(walk, ids->items[i]);
}

static void reach_own(struct walk *walk, uint32_t node)
{
    if (!walk->reached->has[node])
        graph_add_ancestors(walk->graph, walk->reached, (struct nodes){&node, 1}, EDGES_ALL);
}

/* Everything below a row; own files win over stored edges for ids that they know. False if the row is unexplained. */
static bool reach_from(struct walk *walk, const char *row)
{
    bool explained = true;
    push(walk, row);
    while (walk->count > 0) {
        const char *id = walk->todo[--walk->count];
        uint32_t node = graph_find(walk->graph, id);
        if (node != GRAPH_NONE) {
            reach_own(walk, node);
            continue;
        }
        struct entry *entry;
        HASH_FIND_STR(walk->stored, id, entry);
        if (entry == NULL) {
            explained = false;
        } else if (!entry->seen) {
            entry->seen = true;
            walk->contract |= entry->revision->contract;
            push_all(walk, &entry->revision->down_revisions);
            push_all(walk, &entry->revision->depends_on);
        }
    }
    return explained;
}

/* ---- judging ---- */

static void add_name(struct names *names, const char *name)
{
    names->items[names->count++] = name;
}

static struct names room_for(struct arena *arena, size_t count)
{
    return (struct names){.items = arena_array(arena, count, sizeof(const char *))};
}

static void list_pending(struct arena *arena, const struct graph *graph, const struct node_set *reached,
                         struct names *pending)
{
    uint32_t size = (uint32_t)graph_size(graph);
    size_t missing = 0;
    for (uint32_t node = 0; node < size; node++)
        missing += !reached->has[node];

    *pending = room_for(arena, missing);
    for (uint32_t node = 0; node < size; node++)
        if (!reached->has[node])
            add_name(pending, graph_revision(graph, node)->id);
    names_sort(pending);
}

static bool list_heads(struct arena *arena, const struct graph *graph, const struct node_set *reached,
                       struct names *names)
{
    struct nodes heads = graph_real_heads(graph);
    bool covered = true;
    *names = room_for(arena, heads.count);
    for (uint32_t i = 0; i < heads.count; i++) {
        add_name(names, graph_revision(graph, heads.items[i])->id);
        covered &= reached->has[heads.items[i]];
    }
    names_sort(names);
    return covered;
}

static enum verdict_kind kind_of(bool covered, const struct verdict *verdict)
{
    if (covered)
        return verdict->unknown_rows.count > 0 ? VERDICT_AHEAD : VERDICT_IN_SYNC;
    if (verdict->unplaced.count > 0)
        return VERDICT_UNKNOWN;
    return verdict->unknown_rows.count > 0 ? VERDICT_DIVERGED : VERDICT_PENDING;
}

void verdict_judge(struct arena *arena, const struct graph *graph, const struct names *rows,
                   const struct stored_graph *stored, struct verdict *verdict)
{
    if (graph_django(graph) != NULL) {
        django_verdict_judge(arena, graph_django(graph), rows, verdict);
        return;
    }
    struct node_set reached = node_set_create(arena, graph);
    struct walk walk = {.arena = arena, .graph = graph, .stored = index_stored(arena, stored), .reached = &reached};

    *verdict = (struct verdict){
        .rows = names_copy(arena, rows),
        .unknown_rows = room_for(arena, rows->count),
        .unplaced = room_for(arena, rows->count),
    };
    names_sort(&verdict->rows);
    verdict->current = verdict->rows;
    for (size_t i = 0; i < verdict->rows.count; i++) {
        const char *row = verdict->rows.items[i];
        bool explained = reach_from(&walk, row);
        if (graph_find(graph, row) == GRAPH_NONE) {
            add_name(&verdict->unknown_rows, row);
            if (!explained)
                add_name(&verdict->unplaced, row);
        }
    }
    HASH_CLEAR(hh, walk.stored);

    bool covered = list_heads(arena, graph, &reached, &verdict->heads);
    list_pending(arena, graph, &reached, &verdict->pending);
    verdict->kind = kind_of(covered, verdict);
    bool follows = script_graph_node(graph) != GRAPH_NONE;
    if (follows && (verdict->kind == VERDICT_DIVERGED || verdict->kind == VERDICT_UNKNOWN))
        verdict->kind = VERDICT_PENDING;
    verdict->behind_contract = verdict->kind == VERDICT_AHEAD && walk.contract;
}

/* Of the shared schema, and what is pending anywhere. */
static const char *revisions_message(struct arena *arena, const struct verdict *verdict)
{
    const char *unknown = names_join(arena, &verdict->unknown_rows, NAMED);
    const char *plural = verdict->pending.count == 1 ? "" : "s";
    switch (verdict->kind) {
    case VERDICT_IN_SYNC:
        return verdict->heads.count > 0 ? "migrations in sync"
                                        : "migrations in sync: there are no revision files, and no version rows";
    case VERDICT_PENDING:
        return arena_printf(arena, "%zu revision%s pending: %s", verdict->pending.count, plural,
                            names_join(arena, &verdict->pending, NAMED));
    case VERDICT_AHEAD:
        return arena_printf(arena, "warning: the database is ahead of the revision files here by %s%s", unknown,
                            verdict->behind_contract ? ", a contract revision among them" : "");
    case VERDICT_DIVERGED:
        return arena_printf(arena,
                            "the database has diverged: it holds %s, which is not in the files here, and lacks %s",
                            unknown, names_join(arena, &verdict->pending, NAMED));
    case VERDICT_UNKNOWN:
        if (verdict->reason != NULL)
            return verdict->reason;
        return arena_printf(arena, "no known graph explains the version row %s",
                            names_join(arena, &verdict->unplaced, NAMED));
    }
    return "";
}

static const char *count_behind(struct arena *arena, const struct tenant_summary *tenants)
{
    return arena_printf(arena, "%zu of %zu tenant%s behind", tenants->behind, tenants->total,
                        tenants->total == 1 ? "" : "s");
}

const char *verdict_tenants_message(struct arena *arena, const struct verdict *verdict)
{
    const struct tenant_summary *tenants = &verdict->tenants;
    struct names named = tenants->first;
    if (tenants->behind == 0)
        return NULL;
    named.count = named.count < NAMED ? named.count : NAMED;
    const char *rest =
        tenants->behind == named.count ? "" : arena_printf(arena, " and %zu more", tenants->behind - named.count);
    return arena_printf(arena, "%s: %s%s", count_behind(arena, tenants), names_join(arena, &named, NAMED), rest);
}

const char *verdict_message(struct arena *arena, const struct verdict *verdict)
{
    const char *revisions = revisions_message(arena, verdict), *tenants = verdict_tenants_message(arena, verdict);
    return tenants == NULL ? revisions : arena_printf(arena, "%s; %s", revisions, tenants);
}

const char *verdict_brief_message(struct arena *arena, const struct verdict *verdict)
{
    const char *revisions = revisions_message(arena, verdict);
    if (verdict->tenants.behind == 0)
        return revisions;
    return arena_printf(arena, "%s; %s", revisions, count_behind(arena, &verdict->tenants));
}
