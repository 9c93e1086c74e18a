/* The directories of a target, open, with the files in them that may be revisions. Private to files. */
#ifndef MIGRATED_FILES_DIRECTORIES_H
#define MIGRATED_FILES_DIRECTORIES_H

#include "base/error.h"
#include "base/names.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct faults;
struct revision;

/* How the files of an engine are named, and read. */
struct layout {
    const char *ending;              /* of a proper name: ".sql" */
    bool (*takes)(const char *name); /* a revision file's name, or one that somebody takes for such (".SQL") */
    void (*read)(struct arena *arena, const char *path, const char *text, size_t length, struct revision *revision,
                 struct faults *faults);
};

extern const struct layout native_layout, alembic_layout;

struct directory {
    const char *path; /* as given, without slashes at its end */
    DIR *stream;
    struct names names; /* sorted bytewise */
};

/* One name of a directory. */
struct file {
    const struct directory *directory;
    const char *name;
    bool counts;      /* false: no file at all (fingerprint.h finds out) */
    int64_t marks[4]; /* of one that counts: size, time of the last change (seconds, nanoseconds), inode */
};

struct directories {
    struct arena *arena; /* owned: of all that is here */
    const struct layout *layout;
    struct directory *items;
    size_t count;
    struct file *files; /* over all of them, directory by directory */
    size_t file_count;
};

/* Open and list them all; on failure (ERROR_CONFIG) nothing is left open. */
bool directories_open(const struct layout *layout, const struct names *paths, struct directories *directories,
                      struct error *error);

void directories_close(struct directories *directories);

#endif
