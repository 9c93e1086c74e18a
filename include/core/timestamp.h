/* PostgreSQL's timestamps in ISO style ("2026-01-06 12:34:56.789+02"), as numbers. */
#ifndef MIGRATED_CORE_TIMESTAMP_H
#define MIGRATED_CORE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Milliseconds since 1970-01-01 UTC; without an offset the text is taken as UTC. False: infinity, BC, or no timestamp at
 * all. */
bool timestamp_parse(const char *text, int64_t *ms);

/* "2026-01-06T12:34:56Z", whole seconds; owned by the arena. */
const char *timestamp_format(struct arena *arena, int64_t ms);

#endif
