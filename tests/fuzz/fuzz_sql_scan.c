/*
 * Exercises core/sql_scan.c, core/sql_class.c and core/sql_lex.c with any bytes. Asserted of every input:
 *
 *  - pieces come in order, do not overlap, lie inside the text, and are not empty (COPY data may be);
 *  - a piece's place, and an error's, is what counting lines and characters from the beginning gives;
 *  - a statement begins and ends with a token of its own: scanned alone it is one statement of the same length;
 *  - between pieces there is nothing but blanks and comments: scanned alone it holds no piece;
 *  - a terminated statement ends with a semicolon, a command begins with a backslash, data ends before its `\.` line;
 *  - exactly the plain statements have no canonical words.
 */
#include "core/sql_class.h"
#include "core/sql_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                              \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            __builtin_trap();                                                                                        \
    } while (0)

static const struct place start = {1, 1};

static size_t bom_length(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static void check_place(const char *text, size_t length, size_t offset, struct place place)
{
    size_t bom = bom_length(text, length);
    struct place counted = start;
    for (size_t i = bom; i < offset; i++) {
        if (text[i] == '\n') {
            counted.line++;
            counted.column = 1;
        } else {
            counted.column += ((unsigned char)text[i] & 0xC0) != 0x80;
        }
    }
    MUST(counted.line == place.line && counted.column == place.column);
}

/* Scanned alone, the text must be one piece of its whole length, or none at all. */
static void check_alone(const char *text, size_t length, const struct sql_piece *expected)
{
    if (bom_length(text, length) != 0) /* letters inside a text, but passed over at its beginning */
        return;
    struct sql_scan scan;
    struct sql_piece piece;
    sql_scan_init(&scan, text, length, start);
    bool any = sql_scan_next(&scan, &piece);
    if (expected == NULL) {
        MUST(!any && scan.error == SQL_SCAN_OK);
        return;
    }
    MUST(any && piece.kind == SQL_STATEMENT);
    MUST(piece.offset == 0 && piece.length == length && piece.terminated == expected->terminated);
}

static void check_statement(const char *text, const struct sql_piece *piece)
{
    const char *statement = text + piece->offset;
    MUST(piece->length > 0);
    MUST(!piece->terminated || statement[piece->length - 1] == ';');
    check_alone(statement, piece->length, piece);

    struct sql_facts facts = sql_classify(statement, piece->length);
    MUST((facts.class == SQL_PLAIN) == (facts.words == NULL));
}

static void check_data(const char *text, size_t length, const struct sql_piece *piece)
{
    size_t end = piece->offset + piece->length;
    MUST(piece->terminated);
    MUST(text[piece->offset - 1] == '\n' && text[end - 1] == '\n');
    MUST(end + 2 <= length && text[end] == '\\' && text[end + 1] == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* of its exact size but for the one byte: reading beyond is seen */
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    char *exact = realloc(text, size == 0 ? 1 : size);
    text = exact == NULL ? text : exact;

    struct sql_scan scan;
    struct sql_piece piece, before = {.kind = SQL_META};
    size_t end = bom_length(text, size);
    sql_scan_init(&scan, text, size, start);
    while (sql_scan_next(&scan, &piece)) {
        MUST(piece.offset >= end && piece.offset + piece.length <= size);
        MUST(piece.kind != SQL_MARKER);
        check_place(text, size, piece.offset, piece.place);
        if (before.kind != SQL_COPY_DATA && piece.kind != SQL_COPY_DATA)
            check_alone(text + end, piece.offset - end, NULL);
        if (piece.kind == SQL_STATEMENT)
            check_statement(text, &piece);
        else if (piece.kind == SQL_META)
            MUST(text[piece.offset] == '\\');
        else
            check_data(text, size, &piece);
        end = piece.offset + piece.length;
        before = piece;
    }
    if (scan.error != SQL_SCAN_OK) {
        struct place last = place_after(start, text, size);
        MUST(scan.error_place.line >= 1 && scan.error_place.column >= 1 && scan.error_place.line <= last.line);
    }
    free(text);
    return 0;
}
