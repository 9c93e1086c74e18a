/* The directory of a project's first revision. */
#ifndef MIGRATED_CLI_REVISION_DIRECTORY_H
#define MIGRATED_CLI_REVISION_DIRECTORY_H

#include "base/error.h"
#include "base/names.h"

struct arena;

/*
 * Make the first of `directories`, or the one that `wanted` names (NULL: none; what is not among them is left alone),
 * with its parents, and say so on stderr; nothing happens where it is there. ERROR_CONFIG: it can't be made.
 */
bool revision_directory_make(struct arena *arena, const struct names *directories, const char *wanted,
                             struct error *error);

#endif
