/*
 * A list of names (revision ids, labels, version rows). The array and the strings belong to whoever made them, most
 * often an arena.
 */
#ifndef MIGRATED_BASE_NAMES_H
#define MIGRATED_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct names {
    const char **items; /* borrowed */
    size_t count;
};

/* Sort bytewise, the order of every array that users see. */
void names_sort(struct names *names);
bool names_contain(const struct names *names, const char *name);
/* Equal as sequences: sort both first to compare sets. */
bool names_equal(const struct names *a, const struct names *b);
/* Copied, strings included, into the arena. */
struct names names_copy(struct arena *arena, const struct names *names);
/* "a, b, c", at most `most` names and then "and N more"; owned by the arena. */
const char *names_join(struct arena *arena, const struct names *names, size_t most);
/* All of them, with nothing but a comma in between; owned by the arena. */
const char *names_list(struct arena *arena, const struct names *names);

#endif
