/* The names of a module, found by a hash whose memory is the module's arena. */
#include "base/arena.h"
#include "python_parts.h"

#define uthash_malloc(size)      arena_alloc(arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

#define MOST_NAMES 10000

struct python_name {
    struct python_value value;
    UT_hash_handle hh;
};

struct python_names {
    struct arena *arena;
    struct python_name *by_name;
};

struct python_names *python_names_create(struct arena *arena)
{
    struct python_names *names = arena_alloc(arena, sizeof *names);
    *names = (struct python_names){.arena = arena};
    return names;
}

bool python_names_set(struct python_names *names, const char *name, size_t length, const struct python_value *value)
{
    struct arena *arena = names->arena;
    struct python_name *entry;
    HASH_FIND(hh, names->by_name, name, length, entry);
    if (entry == NULL) {
        if (HASH_COUNT(names->by_name) == MOST_NAMES)
            return false;
        entry = arena_alloc(arena, sizeof *entry);
        HASH_ADD_KEYPTR(hh, names->by_name, name, length, entry);
    }
    entry->value = *value;
    return true;
}

void python_names_cloud(struct python_names *names, const struct python_value *value)
{
    for (struct python_name *entry = names->by_name; entry != NULL; entry = entry->hh.next)
        entry->value = *value;
}

const struct python_value *python_names_get(const struct python_names *names, const char *name, size_t length)
{
    struct python_name *entry;
    HASH_FIND(hh, names->by_name, name, length, entry);
    return entry == NULL ? NULL : &entry->value;
}
