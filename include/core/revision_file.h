/*
 * The text of revision files. Native: header comments, then `-- migrated:up` and `-- migrated:down` sections; those of
 * other tools as their layout has them (layout.h). Pure: text in, revision and faults out. Reading directories is
 * files/revision_dir.h.
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

/* What one file of a revision holds. */
enum revision_part { REVISION_WHOLE, REVISION_UP, REVISION_DOWN };

struct layout_entry;

/*
 * A revision of another tool's layout, as its names tell it: `parent` is the id of the one before it, NULL at the base.
 * What is wrong with the id is a fault. Its files are read afterwards, its settings first. Everything is copied.
 */
void revision_begin(struct arena *arena, const struct layout *layout, const char *directory,
                    const struct layout_entry *entry, const char *parent, struct revision *revision,
                    struct faults *faults);

/* One of its files; what is wrong in it are faults. As for revision_file_read, nothing points into the text. */
void revision_part_read(struct arena *arena, const char *path, enum revision_part part, const char *text,
                        size_t length, struct revision *revision, struct faults *faults);

/* A text, with the files that it names read into it. */
struct revision_script {
    const char *text;
    size_t length;
    const struct inclusions *inclusions; /* NULL: it names none */
    const char *directory;               /* of the target's, in which they lie; copied */
    char written[DIGEST_HEX_SIZE]; /* checksum of what the files hold; "": the text is that (core/parameters.h) */
    const char *hash;              /* that of the layout's tool, likewise; NULL: it has none, or the text is that */
};

/* The one (our own layout) or the other (any that has its own) of these two, for such a text. */
void revision_script_read(struct arena *arena, const struct layout *layout, const char *path, enum revision_part part,
                          const struct revision_script *script, struct revision *revision, struct faults *faults);

/* Its parent is the revision of this id, which is copied. */
void revision_follow(struct arena *arena, struct revision *revision, const char *parent);

void revision_settings_read(struct arena *arena, const char *path, const char *text, size_t length,
                            struct revision *revision, struct faults *faults);

/* "DIRECTORY/NAME", owned by the arena. */
const char *revision_path_join(struct arena *arena, const char *directory, const char *name);

/*
 * Rules over the files of a target. `revisions` come directory by directory, as configured, and by name within one.
 * Each directory is judged alone: one in which no file has a down_revision header is linear, its files follow each
 * other in natural order of their names (they are put into it, which is then the load order); in any other, a file
 * without the header is a fault. What concerns ids (twice, missing, cycles) is left to graph_build.
 * Revisions of other layouts follow each other already, and stay as they are.
 */
void revision_files_link(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults);

/* SHA-256 of the normalised text: without BOM, CRLF as LF, blanks at line ends and at the end taken off. */
void revision_checksum(const char *text, size_t length, char checksum[DIGEST_HEX_SIZE]);

/* The width that ids need: characters of the longest; for the check against the version column. */
size_t revision_id_characters(const struct revision *revision);

#endif
