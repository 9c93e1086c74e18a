/*
 * Which streaming standbys of the server have not replayed yet what was committed. What replays nothing of its own
 * (pg_receivewal, a backup, logical decoding) does not count, and neither does a standby that is not connected.
 */
#ifndef MIGRATED_DB_REPLICAS_H
#define MIGRATED_DB_REPLICAS_H

#include "base/text.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;

struct replicas {
    const char *position; /* what they are to replay: for the next question */
    size_t behind;        /* how many have not */
    bool hidden;          /* there are some of which our role may not see how far they are */
    const char *name;     /* application_name of the one furthest behind, NULL: none is */
    int64_t bytes;        /* of WAL that it lacks */
};

/* `position` NULL: all that is committed now. */
void replicas_add_question(struct text *sql, const char *position);
/* Strings are owned by the arena. */
void replicas_read(struct arena *arena, const PGresult *result, struct replicas *replicas);

#endif
