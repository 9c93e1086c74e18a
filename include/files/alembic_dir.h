/*
 * Reads the revision files of an Alembic project into the same tree as files/revision_dir.h: no Python runs. Rim, as
 * there.
 */
#ifndef MIGRATED_FILES_ALEMBIC_DIR_H
#define MIGRATED_FILES_ALEMBIC_DIR_H

#include "files/revision_dir.h"

/*
 * Each of `paths` is an alembic.ini, a directory that holds one, a script_location (with env.py and versions in it), or
 * a directory of revision files. What an alembic.ini names is looked for as Alembic does, in the working directory, and
 * if it is not there beside the file; a package ("app:migrations") there and in prepend_sys_path. Of version_locations
 * those that are missing are passed over.
 *
 * ERROR_CONFIG: a path that can't be read, or leads nowhere. What is wrong in an alembic.ini or a revision file are
 * faults in the tree, and so is, with `sourceless = true`, a compiled file without its source.
 */
bool alembic_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree,
                       struct error *error);

/* The fingerprint alone, without reading revision files; ERROR_FILES for faults in an alembic.ini. */
bool alembic_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error);

/* The directories that these paths lead to, for who watches them; owned by the arena. None on any error. */
struct names alembic_directories(struct arena *arena, const struct names *paths);

#endif
