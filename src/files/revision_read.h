/* Reading the files of open directories, over two threads where there are many. Private to files. */
#ifndef MIGRATED_FILES_REVISION_READ_H
#define MIGRATED_FILES_REVISION_READ_H

#include "base/fault.h"
#include "core/revision.h"
#include "directories.h"

/*
 * Read all files, in their order, and mark them for the fingerprint. The parameters are put into their texts, and held by
 * the revisions. Faults are added in no particular order. Returns the revisions, *count of them; *complete tells whether
 * every file could be read; *included are the files that others name. Whatever is made lives in the arena.
 */
struct revision *revisions_read(struct arena *arena, struct directories *directories,
                                const struct parameters *parameters, size_t *count, struct names *included,
                                struct faults *faults, bool *complete);

#endif
