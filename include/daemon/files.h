/*
 * The revision files under a running daemon: watched, looked over every now and then for what no watch tells, read again
 * in libuv's pool when they changed. Faulty ones never replace good ones.
 */
#ifndef MIGRATED_DAEMON_FILES_H
#define MIGRATED_DAEMON_FILES_H

#include "flows/tree.h"

struct files;

struct files_events {
    void (*good)(void *context, struct tree *tree); /* read anew; borrowed: hold it */
    /* No reading has gone well yet: there is nothing to go on with. Faults are logged, the error sums them up. Again with
     * the next reading, which follows when they change. Borrowed. */
    void (*none)(void *context, const struct error *error);
    /* Faulty, not to be read, or gone: the first fault in a line. Once, until it is another. Borrowed. */
    void (*faulty)(void *context, const char *warning);
    void *context;
};

struct files *files_create(uv_loop_t *loop, const struct files_events *events);
/* Look after this target's directories from now on, at least every `rescan_ms`. Borrowed, until the next files_watch. */
void files_watch(struct files *files, const struct target_config *target, int64_t rescan_ms);
/* Read them now, changed or not. */
void files_read(struct files *files);
/* No event comes any more; the memory goes when the pool is through with it. NULL is fine. */
void files_destroy(struct files *files);

#endif
