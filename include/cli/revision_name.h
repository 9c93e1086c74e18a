/* Names for new revisions. Pure. */
#ifndef MIGRATED_CLI_REVISION_NAME_H
#define MIGRATED_CLI_REVISION_NAME_H

#include "base/names.h"

struct arena;

/*
 * A message as part of a name: words joined by `separator`, lower case, at most 40 bytes, cut at a word where there is
 * one (Alembic's rule). Letters beyond ASCII stay. "" if nothing is left. Owned by the arena.
 */
const char *revision_name_slug(struct arena *arena, const char *message, char separator);

/*
 * The name that continues `names` (the files of a directory without ".sql"): where most are numbered, the number after
 * the highest in the same width; where that is a date or a UTC timestamp, the present one. In an empty directory 0001;
 * else a timestamp. `now` is "YYYYMMDDhhmmss", UTC. Owned by the arena; NULL if the message has nothing to make a name
 * of.
 */
const char *revision_name_next(struct arena *arena, const struct names *names, const char *message, const char *now);

#endif
