/*
 * The native layout of a revision file: header comments, then `-- migrated:up` and `-- migrated:down` sections. Pure:
 * text in, revision and faults out. Reading directories is files/revision_dir.h.
 */
#ifndef MIGRATED_CORE_REVISION_FILE_H
#define MIGRATED_CORE_REVISION_FILE_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;

/*
 * Read one file's text. `path` names the file in faults and is copied; `text` is only read, nothing points into it
 * afterwards. Faults of this file (headers, near misses of a known header with a suggestion, unterminated quotes, own
 * transaction control, backslash commands, `transaction: on` beside a statement that can't ...) are added; the revision
 * is filled as far as it could be read in any case. The id defaults to the file's name without ".sql", its place then
 * is 1:1.
 *
 * Headers are line comments `-- word: value` in the comment lines and blank lines at the top; two may share a line
 * (`-- depends_on: a   -- labels: b`). The case of header words, and of markers, does not matter. A marker stands on a
 * line of its own, outside quotes, block comments and COPY data; an unfinished statement ends before it.
 */
void revision_file_read(struct arena *arena, const char *path, const char *text, size_t length,
                        struct revision *revision, struct faults *faults);

/*
 * Rules over the files of a target. `revisions` come directory by directory, as configured, and by name within one.
 * Each directory is judged alone: one in which no file has a down_revision header is linear, its files follow each
 * other in natural order of their names (they are put into it, which is then the load order); in any other, a file
 * without the header is a fault. What concerns ids (twice, missing, cycles) is left to graph_build.
 */
void revision_files_link(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults);

/* SHA-256 of the normalised text: without BOM, CRLF as LF, blanks at line ends and at the end taken off. */
void revision_checksum(const char *text, size_t length, char checksum[DIGEST_HEX_SIZE]);

/* The width that ids need: characters of the longest; for the check against the version column. */
size_t revision_id_characters(const struct revision *revision);

#endif
