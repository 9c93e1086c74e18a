/*
 * A section of a non-transactional revision, taken apart: its statements, each with what must be known to send it by
 * itself, and the settings that each of them is run under.
 */
#ifndef MIGRATED_CORE_STEPWISE_SECTION_H
#define MIGRATED_CORE_STEPWISE_SECTION_H

#include "base/digest.h"
#include "core/sql_lock.h"
#include "core/sql_object.h"
#include "core/sql_scan.h"

struct arena;

struct stepwise_statement {
    size_t ordinal;         /* 1-based among all statements of the section, settings included */
    struct sql_piece piece; /* offsets are bytes of the section */
    size_t lead;            /* where its leading comments begin */
    struct sql_piece copy;  /* COPY FROM stdin: its data; length 0 and offset 0 for other statements */
    bool has_copy;
    char hash[DIGEST_HEX_SIZE]; /* of its tokens: blanks and comments may change */
    const char *words;          /* its beginning, blanks made one; owned by the arena */
    bool transactional;
    bool waits_by_design;     /* no lock_timeout is for it, and a deadline of its own */
    enum sql_lock lock;       /* if transactional; else the section's strongest */
    struct sql_object object; /* if not transactional; spans are bytes of the statement */
};

struct stepwise_section {
    const struct section *section;                    /* borrowed, as the text */
    const char *text;                                 /* of the file */
    struct stepwise_statement *statements, *settings; /* owned by the arena, in order */
    size_t n_statements, n_settings;
};

/* `text` is the whole file, which was read without a fault before. */
void stepwise_section_read(struct arena *arena, const struct section *section, const char *text,
                           struct stepwise_section *out);

/* The statement's first byte. */
const char *stepwise_statement_text(const struct stepwise_section *section,
                                    const struct stepwise_statement *statement);

#endif
