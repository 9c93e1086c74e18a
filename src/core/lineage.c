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

bool lineage_covers(const struct names *own, const struct names *pending)
{
    for (size_t i = 0; i < pending->count; i++)
        if (own->count == 0 ||
            bsearch(&pending->items[i], own->items, own->count, sizeof *own->items, compare) == NULL)
            return false;
    return pending->count > 0;
}
