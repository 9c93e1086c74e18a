/* What the parts of the reader of revision files share: header, sections, markers. Private to core. */
#ifndef MIGRATED_CORE_REVISION_PARTS_H
#define MIGRATED_CORE_REVISION_PARTS_H

#include "core/inclusion.h"
#include "core/revision_file.h"

#include "base/arena.h"

struct sql_piece;
struct layout_marks; /* layout_parts.h */

/* What a `transaction:` header says. */
enum transaction_header { TRANSACTION_UNSAID, TRANSACTION_ON, TRANSACTION_OFF };

/* One file while it is read. */
struct revision_source {
    struct arena *arena; /* of what the revision holds; borrowed, like all here */
    const char *path;
    const char *text;
    size_t length;
    const struct inclusions *inclusions; /* files that were read into the text; NULL: none */
    char checksum[DIGEST_HEX_SIZE];      /* of the text */
    const char *hash;                    /* that of the layout's tool; NULL: it is to be made of the text */
    struct revision *revision;
    struct faults *faults;
    const struct layout_marks *marks;
    enum revision_part part;

    enum transaction_header transaction;
    const char *transaction_path; /* the file that says so; NULL: this one */
    struct place transaction_place, irreversible_place;

    size_t body; /* behind the header block, in which no SQL and no marker stands */
    struct place body_place;
};

/* A section marker, or what looks as if it was meant as one. */
enum marker { MARKER_NONE, MARKER_UP, MARKER_DOWN, MARKER_FAULTY };

extern const struct layout_marks revision_marks; /* our own */

/* Is a line comment, from its `--` on, a marker of ours, or meant as one, or one of another tool? */
bool revision_is_marker(const char *comment, size_t length);

/* Bytes before the text proper: a byte order mark. */
size_t revision_text_begin(const struct revision_source *source);

/* Read the header block at the top into the revision. */
void revision_header_read(struct revision_source *source);

/* Check an id's or label's characters: printable, no blanks, none of , @ + : or else a fault at `place`, and false. */
bool revision_id_check(struct revision_source *source, const char *id, struct place place);

/* Does a piece stand alone on its line? */
bool revision_alone_on_line(const struct revision_source *source, size_t offset);

/* Find the sections and judge their statements; the header has been read. */
void revision_sections_read(struct revision_source *source);

/* One line: fault_add at a place of this file, or of one that was read into it. */
#define REVISION_FAULT(source, at, ...)                                                                              \
    fault_add((source)->faults, inclusion_path((source)->inclusions, at, (source)->path), (at).line, (at).column,    \
              __VA_ARGS__)

#endif
