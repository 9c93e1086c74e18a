/*
 * Memory of one run: everything is given back at once by arena_destroy. Out of memory aborts the process (the server
 * rolls back what was open and frees the lock with the session).
 */
#ifndef MIGRATED_BASE_ARENA_H
#define MIGRATED_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL is fine */

/* Take over all that `other` holds, which stays where it is; `other` itself is gone then. */
void arena_adopt(struct arena *arena, struct arena *other);

/* Zeroed memory, aligned for any type, owned by the arena. */
void *arena_alloc(struct arena *arena, size_t size);
/* As arena_alloc for `count` elements; aborts when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Copies, NUL-terminated, owned by the arena. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
char *arena_string(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/*
 * Make room for one more element behind `count` in an array that lives in the arena: doubles it when `count` has
 * reached `*capacity`. The old block stays in the arena until the end. Returns the (maybe new) array.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

/* Bytes taken from the system so far, for tests and figures. */
size_t arena_footprint(const struct arena *arena);

#endif
