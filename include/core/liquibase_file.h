/*
 * Liquibase's formatted SQL: a file of changesets, each a revision of its own, which follow each other. What is run is not
 * the file as it stands, as the way back is in comments: a text is made of it, the changesets one after the other, each
 * with its way up and then its way back. The places in it stay those of the file. Pure: text in, revisions and faults out.
 *
 * The rules are AbstractFormattedChangeLogParser.java's and FormattedSqlChangeLogParser.java's, line by line; attributes
 * that ask for what is not done here are faults.
 */
#ifndef MIGRATED_CORE_LIQUIBASE_FILE_H
#define MIGRATED_CORE_LIQUIBASE_FILE_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;
struct text;

/*
 * Read a file's changesets that are for PostgreSQL; `name` is its own beneath the directory, `path` names it in faults.
 * `out` gets the text that is run, and is borrowed by nothing afterwards. The revisions (NULL: there is none) are owned by
 * the arena; the first has no parent yet. Returns how many there are.
 */
size_t liquibase_file_read(struct arena *arena, const char *path, const char *name, const char *text, size_t length,
                           struct text *out, struct revision **revisions, struct faults *faults);

/* Is this text, read again and as it is run, still what the section was read from? */
bool liquibase_file_is_same(const struct section *section, const struct revision *revision, const struct text *out);

/* The text that is run alone, of a file that was read without faults. */
void liquibase_file_text(const char *text, size_t length, struct text *out);

#endif
