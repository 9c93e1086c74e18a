#include "core/lineage.h"

#include <stdlib.h>
#include <string.h>

enum lineage_verdict lineage_judge(const struct lineage *mark, const struct lineage *now)
{
    if (now->rows > 0)
        return LINEAGE_TAKEN_BACK;
    if (strcmp(mark->system, now->system) != 0)
        return LINEAGE_FOREIGN;
    int promoted = strcmp(now->timeline, mark->timeline); /* eight hexadecimal digits */
    return promoted == 0 ? LINEAGE_TAKEN_BACK : promoted > 0 ? LINEAGE_LOST : LINEAGE_FOREIGN;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_own(const struct names *own, const char *id)
{
    return own->count > 0 && bsearch(&id, own->items, own->count, sizeof *own->items, compare) != NULL;
}

enum lineage_loss lineage_compare(struct arena *arena, const struct graph *graph, const struct names *own,
                                  const struct names *heads, const struct names *pending, const char **more)
{
    struct node_set seen = node_set_create(arena, graph);
    enum lineage_loss loss = LINEAGE_NOTHING_OURS;
    *more = NULL;
    graph_add_named(arena, graph, &seen, heads);
    for (size_t i = 0; i < pending->count; i++) {
        const char *id = pending->items[i];
        uint32_t node = graph_find(graph, id);
        if (is_own(own, id))
            loss = LINEAGE_ALL_WAS_THERE;
        else if (*more == NULL && (node == GRAPH_NONE || !seen.has[node]))
            *more = id;
    }
    return loss == LINEAGE_ALL_WAS_THERE && *more != NULL ? LINEAGE_MORE_IS_PENDING : loss;
}
