#include "core/tenants.h"

#include "base/arena.h"

#include <string.h>

/* Both sorted, and so is what comes of them, each name once; at most `most`. */
static struct names merge(struct arena *arena, const struct names *a, const struct names *b, size_t most)
{
    struct names all = {.items = arena_array(arena, a->count + b->count, sizeof *all.items)};
    for (size_t i = 0, j = 0; (i < a->count || j < b->count) && all.count < most;) {
        int order = i == a->count ? 1 : j == b->count ? -1 : strcmp(a->items[i], b->items[j]);
        all.items[all.count++] = order <= 0 ? a->items[i] : b->items[j];
        i += order <= 0;
        j += order >= 0;
    }
    return all;
}

static void add_set(struct arena *arena, const struct graph *graph, const struct tenant_set *set,
                    struct verdict *verdict)
{
    struct verdict own;
    struct tenant_summary *summary = &verdict->tenants;
    verdict_judge(arena, graph, &set->rows, NULL, &own);
    if (own.kind == VERDICT_IN_SYNC)
        return;
    if (own.kind == VERDICT_AHEAD) {
        verdict->unknown_rows = merge(arena, &verdict->unknown_rows, &own.unknown_rows, SIZE_MAX);
        if (verdict->kind == VERDICT_IN_SYNC)
            verdict->kind = VERDICT_AHEAD;
        return;
    }
    summary->behind += set->count;
    summary->first = merge(arena, &summary->first, &set->first, TENANTS_FIRST);
    verdict->pending = merge(arena, &verdict->pending, &own.pending, SIZE_MAX);
    if (verdict->kind != VERDICT_UNKNOWN)
        verdict->kind = own.kind;
    if (verdict->reason == NULL && own.reason != NULL)
        verdict->reason = arena_printf(arena, "tenant %s: %s", set->first.items[0], own.reason);
}

void tenants_judge(struct arena *arena, const struct graph *graph, const struct tenants *tenants,
                   struct verdict *verdict)
{
    if (tenants == NULL)
        return;
    if (tenants->refusal != NULL) {
        if (verdict->kind == VERDICT_IN_SYNC || verdict->kind == VERDICT_AHEAD) {
            verdict->kind = VERDICT_UNKNOWN;
            verdict->reason = arena_printf(arena, "the tenants cannot be read: %s", tenants->refusal);
        }
        return;
    }
    verdict->tenants = (struct tenant_summary){.known = true, .total = tenants->total};
    for (size_t i = 0; i < tenants->count; i++)
        add_set(arena, graph, &tenants->sets[i], verdict);
}

struct tenants *tenants_copy(struct arena *arena, const struct tenants *tenants)
{
    if (tenants == NULL)
        return NULL;
    struct tenants *copy = arena_alloc(arena, sizeof *copy);
    struct tenant_set *sets = arena_array(arena, tenants->count, sizeof *sets);
    for (size_t i = 0; i < tenants->count; i++)
        sets[i] = (struct tenant_set){names_copy(arena, &tenants->sets[i].rows),
                                      names_copy(arena, &tenants->sets[i].first), tenants->sets[i].count};
    *copy = (struct tenants){.sets = sets, .count = tenants->count, .total = tenants->total};
    if (tenants->refusal != NULL)
        copy->refusal = arena_string(arena, tenants->refusal);
    return copy;
}
