#include "config/faults.h"

#include "base/arena.h"

#include <stdlib.h>

void config_fault_add(struct config_faults *faults, const struct error *fault)
{
    faults->items = arena_grow(faults->arena, faults->items, faults->count, &faults->capacity, sizeof *faults->items);
    faults->items[faults->count++] = *fault;
}

static int compare(const void *left, const void *right)
{
    const struct error *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

void config_faults_sort(struct config_faults *faults)
{
    if (faults->count > 1)
        qsort(faults->items, faults->count, sizeof *faults->items, compare);
}
