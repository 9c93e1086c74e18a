/* The files of a directory that tell its layout of the others: a plan, a configuration. Private to files. */
#ifndef MIGRATED_FILES_TOLD_TEXTS_H
#define MIGRATED_FILES_TOLD_TEXTS_H

#include "directories.h"
#include "file_bytes.h"

/* What the listing's texts are kept in. */
struct told_texts {
    struct buffer plan, configuration;
};

/*
 * Read those that the directory's layout has into its listing. The configuration is the first one beside the plan or in a
 * folder above it. A file that is not there, or can't be read, has no path then.
 */
void told_texts_read(struct directory *directory, struct told_texts *texts);
void told_texts_free(struct directory *directory, struct told_texts *texts);

#endif
