/* "did you mean ...?": the nearest of some known words. */
#ifndef MIGRATED_BASE_SUGGEST_H
#define MIGRATED_BASE_SUGGEST_H

#include <stddef.h>

/* The known word at the smallest edit distance (insert, delete, change, swap neighbours; case ignored) from `word`, or
 * NULL when none is near: at most 1 for words of up to 4 characters, 2 for longer ones. Borrowed from `known`. */
const char *suggest(const char *word, const char *const *known, size_t count);

#endif
