#include "base/names.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void names_sort(struct names *names)
{
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare);
}

bool names_contain(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

bool names_equal(const struct names *a, const struct names *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

struct names names_copy(struct arena *arena, const struct names *names)
{
    struct names copy = {.items = arena_array(arena, names->count, sizeof *copy.items), .count = names->count};
    for (size_t i = 0; i < names->count; i++)
        copy.items[i] = arena_string(arena, names->items[i]);
    return copy;
}

const char *names_join(struct arena *arena, const struct names *names, size_t most)
{
    const char *joined = "";
    for (size_t i = 0; i < names->count && i < most; i++)
        joined = arena_printf(arena, "%s%s%s", joined, i > 0 ? ", " : "", names->items[i]);
    if (names->count > most)
        joined = arena_printf(arena, "%s and %zu more", joined, names->count - most);
    return joined;
}

const char *names_list(struct arena *arena, const struct names *names)
{
    size_t length = 0;
    for (size_t i = 0; i < names->count; i++)
        length += strlen(names->items[i]) + 1;
    char *list = arena_alloc(arena, length + 1), *end = list;
    for (size_t i = 0; i < names->count; i++) {
        if (i > 0)
            *end++ = ',';
        end = stpcpy(end, names->items[i]);
    }
    *end = '\0';
    return list;
}
