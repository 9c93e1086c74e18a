/* A target's revision files as read at one time, shared by everything that works with them. */
#ifndef MIGRATED_FLOWS_TREE_H
#define MIGRATED_FLOWS_TREE_H

#include "config/config.h"
#include "files/revision_dir.h"

#include <uv.h>

struct tree {
    struct arena *arena; /* owned */
    struct revision_tree files;
    unsigned holders;
};

/* Read a target's files now, as its engine lays them out. NULL with `error` when a directory cannot be read; a tree with
 * faults has no graph. */
struct tree *tree_read(const struct target_config *target, struct error *error);
/* Of files that cannot be had: no revision. The caller holds it. */
struct tree *tree_empty(void);
struct tree *tree_hold(struct tree *tree);
void tree_release(struct tree *tree); /* frees it when nobody holds it any more; NULL is fine */

/*
 * Read in libuv's pool. `done` is called from the loop: a tree (the caller holds it), or NULL with an error, or NULL
 * without one when the fingerprint, with the files `included` by the last reading, is still `known`. What is needed of the target is copied.
 */
void tree_read_later(uv_loop_t *loop, const struct target_config *target, const char *known,
                     const struct names *included,
                     void (*done)(void *context, struct tree *tree, const struct error *error), void *context);

/* The directories that hold them, or what leads there; owned by the arena. */
struct names tree_directories(struct arena *arena, const struct target_config *target);

/* Not one file in any directory, where that is not allowed: false with `error` (ERROR_CONFIG). Faulty ones are there. */
bool tree_has_files(const struct revision_tree *files, const struct target_config *target, struct error *error);

#endif
