/*
 * Notices that revision files changed: inotify through libuv on the directories themselves (Kubernetes swaps a symlink
 * inside), settled for a moment; whatever it misses the caller finds by fingerprint.
 */
#ifndef MIGRATED_DAEMON_WATCH_H
#define MIGRATED_DAEMON_WATCH_H

#include "base/names.h"

#include <uv.h>

struct watch;

/* Paths are copied; `folders` are those in the directories. `changed` is called from the loop, once for a burst of changes. */
struct watch *watch_create(uv_loop_t *loop, const struct names *directories, const struct names *folders,
                           void (*changed)(void *context), void *context);
void watch_destroy(struct watch *watch); /* NULL is fine */

#endif
