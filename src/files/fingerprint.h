/* What would tell of a change of the files, without their contents. Private to files. */
#ifndef MIGRATED_FILES_FINGERPRINT_H
#define MIGRATED_FILES_FINGERPRINT_H

#include "base/digest.h"
#include "directories.h"

struct stat;

/* Note what the file system says of a file; true if it counts. */
bool file_mark(struct file *file, const struct stat *status);

/* The same for one that can't be opened, or need not be. A name that leads nowhere counts as a file of no size. */
bool file_look(struct file *file);

/* Over all files, which have been marked. */
void fingerprint_write(const struct directories *directories, const struct names *included,
                       char fingerprint[DIGEST_HEX_SIZE]);

#endif
