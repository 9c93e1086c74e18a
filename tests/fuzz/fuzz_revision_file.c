/*
 * Exercises core/revision_file.c with its header, marker and section parts, core/checksum.c, core/utf8.c and the
 * scanner below them, with any bytes as a revision file. Asserted of every input:
 *
 *  - sections lie inside the text, do not overlap, and their places are what counting gives;
 *  - every fault has the file's name, a place inside the file, and a message of one line;
 *  - there is an id, and names in lists are not empty;
 *  - the checksum does not see line ends, blanks at line ends, and blank lines at the end;
 *  - without faults, each section scanned alone has the statements that were counted and scans to its end;
 *  - a section is non-transactional for a stated reason, or transactional.
 */
#include "base/arena.h"
#include "core/revision_file.h"
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

static void check_section(const char *text, size_t size, const struct section *section, bool faultless)
{
    if (!section->present)
        return;
    size_t bom = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    MUST(section->offset >= bom && section->offset <= size && section->length <= size - section->offset);
    struct place place = place_after(start, text + bom, section->offset - bom);
    MUST(place.line == section->place.line && place.column == section->place.column);
    MUST(section->transactional == (section->why_not == NULL));
    if (!faultless)
        return;

    struct sql_scan scan;
    struct sql_piece piece;
    size_t statements = 0;
    sql_scan_init(&scan, text + section->offset, section->length, section->place);
    if (scan.position != 0) /* letters of a name inside a file, but a BOM at the beginning of a text */
        return;
    while (sql_scan_next(&scan, &piece))
        if (piece.kind == SQL_STATEMENT)
            statements += sql_classify(scan.text + piece.offset, piece.length).class != SQL_EMPTY;
    MUST(scan.error == SQL_SCAN_OK && statements == section->statements);
}

static void check_faults(const struct faults *faults, const char *text, size_t size)
{
    struct place last = place_after(start, text, size);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        MUST(strcmp(fault->file, "migrations/0001_a.sql") == 0);
        MUST(fault->line >= 1 && fault->line <= last.line && fault->column >= 1);
        MUST(fault->message[0] != '\0' && strpbrk(fault->message, "\r\n") == NULL);
    }
}

static void check_names(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        MUST(names->items[i][0] != '\0');
}

static void check_checksum(const char *text, size_t size, const char *checksum)
{
    char *other = malloc(3 * size + 8), again[DIGEST_HEX_SIZE];
    if (other == NULL)
        return;
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') {
            other[length++] = '\t';
            other[length++] = '\r';
        }
        other[length++] = text[i];
    }
    memcpy(other + length, " \r\n\n", 4);
    revision_checksum(other, length + 4, again);
    free(other);
    MUST(strcmp(checksum, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size == 0 ? 1 : size);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);

    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct revision revision;
    revision_file_read(arena, "migrations/0001_a.sql", text, size, &revision, &faults);

    MUST(revision.id[0] != '\0');
    check_names(&revision.down_revisions);
    check_names(&revision.depends_on);
    check_names(&revision.labels);
    check_faults(&faults, text, size);
    check_section(text, size, &revision.up, faults.count == 0);
    check_section(text, size, &revision.down, faults.count == 0);
    if (revision.up.present && revision.down.present)
        MUST(revision.up.offset + revision.up.length <= revision.down.offset ||
             revision.down.offset + revision.down.length <= revision.up.offset);
    check_checksum(text, size, revision.checksum);

    arena_destroy(arena);
    free(text);
    return 0;
}
