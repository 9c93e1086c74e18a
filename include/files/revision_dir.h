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
struct parameters;

/* Everything that was read from the directories of one target. */
struct revision_tree {
    struct revision *revisions; /* owned by the arena, load order */
    size_t count;
    struct graph *graph; /* NULL if there are faults */
    struct faults faults;
    struct names folders;     /* in the directories, that are read too; paths */
    struct names included;    /* files that revision files name, also those that are missing; paths, sorted */
    struct names passed_over; /* .sql files that another tool's layout ignores; paths */
    bool missing; /* with faults: a directory that an alembic.ini names is not there, or Django's settings are not */
    const struct layout *foreign; /* the first that is not ours; NULL: all directories are in the native layout */
    char fingerprint[DIGEST_HEX_SIZE]; /* of names, sizes, times: changes when a reload is due */
};

/*
 * Read all `directories`, in the layout of this name or ("auto") each in the one that recognises it. A directory that is
 * missing, not readable or recognised by two layouts is an `error` (ERROR_CONFIG); what is wrong inside files are faults
 * in the tree, and so is a name that ends in ".SQL". Hidden names (Kubernetes' ..data) and what the layout's own tool
 * ignores are passed over. The parameters (NULL: none) are copied.
 */
bool revision_tree_read(struct arena *arena, const struct names *directories, const char *layout,
                        const struct parameters *parameters, struct revision_tree *tree, struct error *error);

/* The fingerprint alone, without reading contents; `included` as the last reading told. */
bool revision_tree_fingerprint(const struct names *directories, const char *layout, const struct names *included,
                               char fingerprint[DIGEST_HEX_SIZE], struct error *error);

/*
 * Folders in `directories` that hold files with such names and are none of `directories`, nor read by a layout, nor among
 * `read` (a tree's folders): nobody reads them.
 * Paths, sorted bytewise, owned by the arena.
 */
bool revision_folders_overlooked(struct arena *arena, const struct names *directories, const char *layout,
                                 const struct names *read, struct names *folders, struct error *error);

/*
 * The text that is run in this direction, its file and those which that names, again ("" if there is none), NUL-terminated, to be freed by the
 * caller with free(). Fails with ERROR_FILES when it is no longer what was read: another checksum, or a section that
 * stands elsewhere.
 */
bool revision_text_read(const struct revision *revision, enum direction direction, char **text, size_t *length,
                        struct error *error);

#endif
