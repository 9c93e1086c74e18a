/*
 * Which pooler is it? PgBouncer has a database of its own that tells; others do not.
 *
 * Happy path: that database is asked at the session's address. Failure modes: it is refused, which may tell as much, or
 * times out: then the name is not known. Tells of the end from the loop.
 */
#ifndef MIGRATED_FLOWS_POOLER_NAME_H
#define MIGRATED_FLOWS_POOLER_NAME_H

#include "flows/session.h"

struct pooler_name;

/* `session` is borrowed during the call. `found` is told "PgBouncer 1.18.0", or NULL: not known; owned by this object. */
struct pooler_name *pooler_name_find(uv_loop_t *loop, const struct session *session,
                                     void (*found)(void *context, const char *name), void *context);
void pooler_name_destroy(struct pooler_name *name); /* NULL is fine */

#endif
