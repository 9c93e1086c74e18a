/* Durations as people write them: 250ms, 5s, 10min, 2h, 1d; a bare number is seconds where that is allowed. */
#ifndef MIGRATED_BASE_DURATION_H
#define MIGRATED_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when `text` is no duration (or out of range); *ms is then untouched. */
bool duration_parse(const char *text, bool bare_seconds, int64_t *ms);

#define DURATION_SIZE 32

/* For people: "250 ms", "4.2 s", "3 min 12 s", "2 h 5 min". Returns `out`. */
const char *duration_format(int64_t ms, char out[DURATION_SIZE]);

#endif
