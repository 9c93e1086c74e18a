/*
 * Reads the one file of `engine = script` into the same tree as files/revision_dir.h: a single revision, named after the
 * file and its checksum. Rim, as there.
 */
#ifndef MIGRATED_FILES_SCRIPT_FILE_H
#define MIGRATED_FILES_SCRIPT_FILE_H

#include "files/revision_dir.h"

/* `paths` is one path. ERROR_CONFIG: it is not, can't be read, or is a directory; what is wrong in the file are faults. */
bool script_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree,
                      struct error *error);

/* The fingerprint alone, without reading it. */
bool script_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error);

/* The directories that hold them, for who watches them; owned by the arena. */
struct names script_directories(struct arena *arena, const struct names *paths);

#endif
