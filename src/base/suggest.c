#include "base/suggest.h"

#include <string.h>

#define LONGEST 63

static int lower(int character)
{
    return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
}

static size_t smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static size_t distance(const char *a, size_t length_a, const char *b, size_t length_b)
{
    size_t rows[3][LONGEST + 2];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];

    for (size_t j = 0; j <= length_b; j++)
        previous[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        current[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t differs = lower(a[i - 1]) != lower(b[j - 1]);
            current[j] = smallest(smallest(previous[j], current[j - 1]) + 1, previous[j - 1] + differs);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                current[j] = smallest(current[j], before[j - 2] + 1);
        }
        size_t *rest = before;
        before = previous;
        previous = current;
        current = rest;
    }
    return previous[length_b];
}

const char *suggest(const char *word, const char *const *known, size_t count)
{
    size_t length = strlen(word);
    if (length > LONGEST)
        return NULL;

    const char *nearest = NULL;
    size_t limit = length <= 4 ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(known[i]);
        if (other > length + limit || length > other + limit || other > LONGEST) /* at least that far apart */
            continue;
        size_t apart = distance(word, length, known[i], other);
        if (apart <= limit) {
            nearest = known[i];
            limit = apart == 0 ? 0 : apart - 1;
            if (apart == 0)
                break;
        }
    }
    return nearest;
}
