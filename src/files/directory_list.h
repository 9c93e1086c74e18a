/* The names in one directory. Private to files. */
#ifndef MIGRATED_FILES_DIRECTORY_LIST_H
#define MIGRATED_FILES_DIRECTORY_LIST_H

#include "base/error.h"
#include "base/names.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct layout;

/* NULL with ERROR_CONFIG if it can't be. */
DIR *directory_open(const char *path, struct error *error);

/*
 * What is in an open directory, sorted bytewise, as far as the layout (NULL: any) looks at it: files, folders ("FOLDER/")
 * and what is in these ("FOLDER/FILE", "FOLDER/FOLDER/"). ERROR_CONFIG if it can't be read to its
 * end; a folder that can't be read is empty.
 */
bool directory_list(struct arena *arena, const char *path, DIR *stream, const struct layout *layout,
                    struct names *names, struct error *error);

/* Is it in a folder of which the layout wants all? */
bool directory_is_deep(const struct layout *layout, const char *name);

/* Add what is in the folders of such folders, in a directory that is listed already; links are not followed there. */
void directory_list_deep(struct arena *arena, DIR *stream, const struct layout *layout, struct names *names);

#define LIST_HEAD_BYTES 16384

/* How the first .sql file among the names begins: bytes read, 0 if there is none or it can't be read. */
size_t directory_head(DIR *stream, const struct names *names, char head[LIST_HEAD_BYTES]);

#endif
