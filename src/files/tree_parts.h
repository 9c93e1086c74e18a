/* What the engines' readers of directories share. Private to files. */
#ifndef MIGRATED_FILES_TREE_PARTS_H
#define MIGRATED_FILES_TREE_PARTS_H

#include "directories.h"
#include "files/revision_dir.h"

/* revision_tree_read and revision_tree_fingerprint of any layout. */
bool tree_read_directories(struct arena *arena, const struct layout *layout, const struct names *paths,
                           struct revision_tree *tree, struct error *error);
bool tree_fingerprint_directories(const struct layout *layout, const struct names *paths,
                                  char fingerprint[DIGEST_HEX_SIZE], struct error *error);

#endif
