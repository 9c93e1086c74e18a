/* The files that revision files name, within the directory of the target. Private to files. */
#ifndef MIGRATED_FILES_INCLUSION_FILES_H
#define MIGRATED_FILES_INCLUSION_FILES_H

#include "core/inclusion.h"
#include "core/layout.h"
#include "core/parameters.h"
#include "core/revision_file.h"
#include "file_bytes.h"

/* Paths that were asked for, also those of files that are missing; in the arena. */
struct included_paths {
    struct names names;
    size_t capacity;
};

/*
 * Read the files that the text of `path` names into it: `buffer` is replaced then. Nothing outside of `directory` is read,
 * not through a link either, and no file of the listing's revisions (NULL: they are not looked for). What is wrong are
 * faults.
 */
struct revision_script inclusion_files_read(struct arena *arena, const struct layout *layout, const char *directory,
                                            const struct layout_listing *listing, const char *path,
                                            struct buffer *buffer, struct included_paths *asked,
                                            struct faults *faults);

/* Put the script of this path (NULL: there is none), which verifies it, behind that text: `buffer` is replaced then. */
void inclusion_files_verify(struct arena *arena, const struct layout *layout, const char *directory, const char *path,
                            struct buffer *buffer, struct revision_script *script, struct included_paths *asked,
                            struct faults *faults);

/* Put the values of parameters into that text, as the revision's layout has it: `buffer` is replaced then. */
void inclusion_files_put(struct arena *arena, const struct parameters *parameters, const struct revision *revision,
                         const char *path, struct buffer *buffer, struct revision_script *script,
                         struct faults *faults);

#endif
