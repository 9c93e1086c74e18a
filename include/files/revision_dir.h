/*
 * Reads the revision files of a target from its directories. Rim: touches the file system; may run in libuv's pool (no
 * shared state). Where there are many files a second thread reads too, and is gone on return: what comes out is the same.
 */
#ifndef MIGRATED_FILES_REVISION_DIR_H
#define MIGRATED_FILES_REVISION_DIR_H

#include "base/error.h"
#include "base/fault.h"
#include "core/graph.h"

struct arena;

/* Everything that was read from the directories of one target. */
struct revision_tree {
    struct revision *revisions; /* owned by the arena, load order */
    size_t count;
    struct graph *graph; /* NULL if there are faults */
    struct faults faults;
    char fingerprint[DIGEST_HEX_SIZE]; /* of names, sizes, times: changes when a reload is due */
};

/*
 * Read all `directories`. A directory that is missing or not readable is an `error` (ERROR_CONFIG); what is wrong inside
 * files are faults in the tree, and so is a name that ends in ".SQL". Hidden names (Kubernetes' ..data) and other names
 * without ".sql" are passed over.
 */
bool revision_tree_read(struct arena *arena, const struct names *directories, struct revision_tree *tree,
                        struct error *error);

/* The fingerprint alone, without reading contents. */
bool revision_tree_fingerprint(const struct names *directories, char fingerprint[DIGEST_HEX_SIZE],
                               struct error *error);

/*
 * Folders in `directories` that hold files with such names and are none of `directories`: nobody reads them. Paths, sorted
 * bytewise, owned by the arena.
 */
bool revision_folders_overlooked(struct arena *arena, const struct names *directories, struct names *folders,
                                 struct error *error);

/*
 * The text of one revision's file again, NUL-terminated, to be freed by the caller with free(). Fails with ERROR_FILES
 * when it is no longer what was read: another checksum, or sections that stand elsewhere.
 */
bool revision_text_read(const struct revision *revision, char **text, size_t *length, struct error *error);

#endif
