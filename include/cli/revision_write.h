/*
 * Writes a revision file, for `new` and `merge`. Before anything is written, the text is read and judged as if it stood
 * among the other files already: what is written is never faulty.
 */
#ifndef MIGRATED_CLI_REVISION_WRITE_H
#define MIGRATED_CLI_REVISION_WRITE_H

#include "cli/revision_draft.h"
#include "files/revision_dir.h"

/*
 * Write it and tell about it on stdout: its path, or with --json {"revisions":[...]}. An existing file is never touched.
 * ERROR_USAGE: the draft would be faulty; ERROR_CONFIG: the directory can't be written to.
 */
bool revision_write(struct invocation *invocation, const struct revision_tree *files,
                    const struct revision_draft *draft, struct error *error);

#endif
