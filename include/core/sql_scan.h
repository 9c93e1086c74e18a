/*
 * The SQL scanner: where statements begin and end, as psql and the server see it (PostgreSQL doc 4.1 "Lexical
 * Structure"; psqlscan.l for the rules of parentheses and BEGIN ATOMIC). No allocation, one pass. It knows
 * '..', E'..', U&'..', B'..', X'..', "..", U&"..", $tag$..$tag$, nested comments, CREATE RULE bodies, BEGIN ATOMIC,
 * COPY .. FROM stdin data and psql's backslash commands. standard_conforming_strings is on, as on every server that
 * is supported.
 */
#ifndef MIGRATED_CORE_SQL_SCAN_H
#define MIGRATED_CORE_SQL_SCAN_H

#include "core/revision.h"

enum sql_piece_kind {
    SQL_STATEMENT, /* with its final semicolon, if it has one; leading blanks and comments are not part of it */
    SQL_COPY_DATA, /* the lines behind a COPY .. FROM stdin, up to and without the line `\.` */
    SQL_META,      /* a psql backslash command, to the end of its line; it ends a statement that it stands in */
    SQL_MARKER,    /* a line comment that is_marker accepts; it ends a statement that it stands in */
};

enum sql_scan_error {
    SQL_SCAN_OK,
    SQL_SCAN_UNTERMINATED_QUOTE,
    SQL_SCAN_UNTERMINATED_IDENTIFIER,
    SQL_SCAN_UNTERMINATED_DOLLAR_QUOTE,
    SQL_SCAN_UNTERMINATED_COMMENT,
    SQL_SCAN_UNTERMINATED_COPY,
    SQL_SCAN_TEXT_BEHIND_COPY, /* SQL on the line of a COPY .. FROM stdin, behind its semicolon */
    SQL_SCAN_NUL,
};

struct sql_piece {
    enum sql_piece_kind kind;
    size_t offset, length;
    struct place place; /* of its first byte */
    bool terminated;    /* ends with its own semicolon (a statement) or `\.` line (data); else it ends with its last
                           token, at the end of the text, before a backslash command or before a marker */
};

struct sql_scan {
    const char *text; /* borrowed */
    size_t length, position;
    struct place place;                  /* of `position` */
    const struct inclusions *inclusions; /* files in the text, borrowed; NULL: it is of one */
    size_t inclusion, base;              /* the next of them; where the text begins in the one that they are of */
    bool (*is_marker)(const char *comment, size_t length); /* from `--` on; NULL: no comment is a marker */
    bool copy_follows;
    enum sql_scan_error error;
    struct place error_place; /* where the quote, comment or data opens */
};

/*
 * Begin at `place` (the position of the text's first byte in its file: {1, 1} for a whole file). A BOM is passed over.
 * A NUL byte anywhere is an error from the start. `is_marker` is NULL and may be set afterwards.
 */
void sql_scan_init(struct sql_scan *scan, const char *text, size_t length, struct place place);

/* Begin at a section of this text. */
void sql_scan_section(struct sql_scan *scan, const struct section *section, const char *text);

/* The next piece: true; or false at the end and at an error (then scan->error is set). */
bool sql_scan_next(struct sql_scan *scan, struct sql_piece *piece);

/* What an error means, for a fault: "unterminated quoted string" ... */
const char *sql_scan_error_text(enum sql_scan_error error);

/* Move a place over text: lines and characters. */
struct place place_after(struct place place, const char *text, size_t length);

#endif
