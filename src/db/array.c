#include "array.h"

#include "base/arena.h"

#include <string.h>

/* PostgreSQL doc 8.15.6: elements with braces, commas, quotes, backslashes or blanks are quoted, with backslashes. */
struct names db_array_read(struct arena *arena, const char *array)
{
    struct names names = {0};
    size_t capacity = 0;
    const char *at = array;
    if (*at++ != '{' || *at == '}')
        return names;

    while (*at != '\0') {
        char *item = arena_alloc(arena, strlen(at) + 1);
        size_t length = 0;
        bool quoted = *at == '"';
        at += quoted;
        while (*at != '\0' && (quoted ? *at != '"' : *at != ',' && *at != '}')) {
            if (*at == '\\' && at[1] != '\0')
                at++;
            item[length++] = *at++;
        }
        at += quoted && *at == '"';
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = item;
        if (*at != ',')
            break;
        at++;
    }
    return names;
}
