/*
 * A second session that is opened when a lock was not had, to see on the next try who is in the way, while we wait: up to
 * the root of the chain, and how many wait behind us.
 */
#ifndef MIGRATED_FLOWS_LOOKOUT_H
#define MIGRATED_FLOWS_LOOKOUT_H

#include "config/config.h"
#include "db/activity.h"

#include <stdint.h>
#include <uv.h>

struct lookout;

/* `seen` only when somebody is in the way (lookout_watch_build: nobody too); borrowed for the time of the call. */
struct lookout *lookout_create(uv_loop_t *loop, const struct target_config *target,
                               void (*seen)(void *context, const struct activity *activity), void *context);
void lookout_destroy(struct lookout *lookout); /* NULL is fine */

/* Be ready to look: opens the session. Whatever goes wrong with it is passed over: looking is an extra. */
void lookout_prepare(struct lookout *lookout);
/* Look at this backend in a moment, and again every `every_ms`, until lookout_rest. */
void lookout_watch(struct lookout *lookout, int pid, int64_t every_ms);
/* The same for who holds up nobody yet: virtual transactions, joined by commas (copied); the first look is at once. */
void lookout_watch_holders(struct lookout *lookout, const char *holders, int64_t every_ms);
/* The same for a statement that waits for others by design; opens the session once it takes that long. */
void lookout_watch_build(struct lookout *lookout, int pid, int64_t every_ms);
void lookout_rest(struct lookout *lookout);
/* End another's session, if it is still idle in its transaction, and was for a second. */
void lookout_terminate(struct lookout *lookout, int pid);

#endif
