/* The directories of a target, open, with the files in them that make revisions. Private to files. */
#ifndef MIGRATED_FILES_DIRECTORIES_H
#define MIGRATED_FILES_DIRECTORIES_H

#include "base/error.h"
#include "core/layout.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct directory {
    const char *path; /* as given, without slashes at its end */
    DIR *stream;
    const struct layout *layout;
    struct layout_listing listing;       /* its names, and what the layout makes of them */
    const struct parameters *parameters; /* its own and the target's; NULL: it has none of its own */
};

/* One file of a directory. */
struct file {
    const struct directory *directory;
    const char *name; /* beneath the directory */
    bool counts;      /* false: no file at all (fingerprint.h finds out) */
    int64_t marks[4]; /* of one that counts: size, time of the last change (seconds, nanoseconds), inode */
};

/* One revision's files; NULL: it has none. Where one holds both sides they are the same. */
struct entry {
    const struct directory *directory;
    const struct layout_entry *told; /* by the names */
    const char *parent;              /* the id of the one before it in its layout's order; NULL at the base */
    struct file *up, *down, *settings, *verify;
};

struct directories {
    struct arena *arena; /* owned: of all that is here */
    struct directory *items;
    size_t count;
    struct entry *entries; /* over all of them, directory by directory */
    size_t entry_count;
    struct file *files; /* likewise */
    size_t file_count;
    struct faults faults; /* of the names */
};

/* Is it the name of a revision file, or (".SQL") of what somebody takes for one? */
bool directory_takes(const char *name);

/*
 * Open and list them all, and see what each one's layout makes of its names: that of this name, or the one that
 * recognises it ("auto"). On failure (ERROR_CONFIG: it can't be read, two layouts recognise it) nothing is left open.
 */
bool directories_open(const struct names *paths, const char *layout, struct directories *directories,
                      struct error *error);

/* The .sql files that another tool's layout ignores, as paths; owned by the arena. */
struct names directories_passed_over(const struct directories *directories, struct arena *arena);

/* The folders that are read, as paths; owned by the arena. */
struct names directories_folders(const struct directories *directories, struct arena *arena);

void directories_close(struct directories *directories);

#endif
