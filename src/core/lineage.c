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

static bool holds(const struct names *sorted, const char *id)
{
    return sorted->count > 0 && bsearch(&id, sorted->items, sorted->count, sizeof *sorted->items, compare) != NULL;
}

enum lineage_loss lineage_compare(const struct names *own, const struct names *applied, const struct names *pending,
                                  const char **more)
{
    bool ours = false;
    *more = NULL;
    for (size_t i = 0; i < pending->count; i++) {
        const char *id = pending->items[i];
        if (holds(own, id))
            ours = true;
        else if (*more == NULL && !holds(applied, id))
            *more = id;
    }
    if (!ours)
        return LINEAGE_NOTHING_OURS;
    return *more == NULL ? LINEAGE_ALL_WAS_APPLIED : LINEAGE_MORE_IS_PENDING;
}
