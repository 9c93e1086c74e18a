/* What the parts of the reader of revision files share: header, sections, markers. Private to core. */
#ifndef MIGRATED_CORE_REVISION_PARTS_H
#define MIGRATED_CORE_REVISION_PARTS_H

#include "core/revision_file.h"

#include "base/arena.h"

/* What a `transaction:` header says. */
enum transaction_header { TRANSACTION_UNSAID, TRANSACTION_ON, TRANSACTION_OFF };

/* One file while it is read. */
struct revision_source {
    struct arena *arena; /* of what the revision holds; borrowed, like all here */
    const char *path;
    const char *text;
    size_t length;
    struct revision *revision;
    struct faults *faults;

    enum transaction_header transaction;
    struct place transaction_place, irreversible_place;

    size_t body; /* behind the header block, in which no SQL and no marker stands */
    struct place body_place;
};

/* A section marker, or what looks as if it was meant as one. */
enum marker { MARKER_NONE, MARKER_UP, MARKER_DOWN, MARKER_FAULTY };

/* Read a line comment, from its `--` on. For a faulty one *meant is the marker it resembles, NULL if it is none. */
enum marker revision_marker(const char *comment, size_t length, const char **meant);

/* Bytes before the text proper: a byte order mark. */
size_t revision_text_begin(const struct revision_source *source);

/* Read the header block at the top into the revision. */
void revision_header_read(struct revision_source *source);

/* Check an id's or label's characters: printable, no blanks, none of , @ + : or else a fault at `place`, and false. */
bool revision_id_check(struct revision_source *source, const char *id, struct place place);

/* Find the sections and judge their statements; the header has been read. */
void revision_sections_read(struct revision_source *source);

/* One line: fault_add at a place of this file. */
#define REVISION_FAULT(source, at, ...)                                                                              \
    fault_add((source)->faults, (source)->path, (at).line, (at).column, __VA_ARGS__)

#endif
