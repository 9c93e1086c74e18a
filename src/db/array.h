/* text[] in PostgreSQL's output form: {a,"b c",NULL}. */
#ifndef MIGRATED_DB_ARRAY_H
#define MIGRATED_DB_ARRAY_H

#include "base/names.h"

struct arena;

/* One-dimensional; owned by the arena. */
struct names db_array_read(struct arena *arena, const char *array);

#endif
