/*
 * One of Alembic's revision files, read without Python: what `revision`, `down_revision`, `depends_on` and
 * `branch_labels` hold as literals at module level, the last assignment counting. Pure: text in, revision and faults out.
 * Reading directories is files/alembic_dir.h.
 *
 * Nothing is guessed from the docstring or from the file's name, but for Alembic's own rule for its 0.1 files: without
 * `revision`, a name of hexadecimal digits is the id. A value that only a run of Python tells is a fault with its place;
 * that of branch_labels is not, for no head depends on it: then labels_unknown is set. A file
 * without depends_on that imports * from a module is taken to have none, and depends_on_assumed is set.
 */
#ifndef MIGRATED_CORE_ALEMBIC_FILE_H
#define MIGRATED_CORE_ALEMBIC_FILE_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;

/*
 * Read one file's text. `path` names the file in faults and is copied; `text` is only read, nothing points into it
 * afterwards. The message is the docstring's first line. The revision is filled as far as it could be read in any case,
 * id_place is 0:0 where its id could not be. Both its sections are there, transactional and without statements: what
 * they do is Alembic's to know.
 */
void alembic_file_read(struct arena *arena, const char *path, const char *text, size_t length,
                       struct revision *revision, struct faults *faults);

/* Does Alembic take a file of this name for a revision: one that ends in .py, but for editors' `.#` and __init__? */
bool alembic_file_is_named(const char *name);

#endif
