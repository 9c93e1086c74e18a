#include "core/verification.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/sql_class.h"
#include "core/sql_scan.h"
#include "sql_words.h"
#include "utf8.h"

#include <string.h>

#define SAVEPOINT "migrated_verify"

/* The transaction around a script, as far as it has one. */
struct wrapper {
    struct sql_piece begin, end; /* length 0: there is none */
    struct sql_piece last;
    bool begun, scanned, alone; /* alone: a statement can't run in a transaction */
};

static bool ends_transaction(const struct sql_facts *facts)
{
    return facts->class == SQL_COMMIT || (facts->class == SQL_TRANSACTION && (strcmp(facts->words, "ROLLBACK") == 0 ||
                                                                              strcmp(facts->words, "ABORT") == 0));
}

static struct wrapper find_wrapper(const char *text, size_t length)
{
    struct wrapper wrapper = {0};
    struct sql_scan scan;
    struct sql_piece piece;
    sql_scan_init(&scan, text, length, (struct place){1, 1, 0});
    while (sql_scan_next(&scan, &piece)) {
        wrapper.last = piece;
        if (piece.kind != SQL_STATEMENT)
            continue;
        struct sql_facts facts = sql_classify(text + piece.offset, piece.length);
        if (facts.class == SQL_EMPTY)
            continue;
        if (!wrapper.begun && facts.class == SQL_BEGIN)
            wrapper.begin = piece;
        wrapper.begun = true;
        wrapper.end = ends_transaction(&facts) ? piece : (struct sql_piece){0};
        wrapper.alone |= sql_class_runs_alone(facts.class);
    }
    wrapper.scanned = scan.error == SQL_SCAN_OK;
    return wrapper;
}

static void blank(char *text, const struct sql_piece *piece)
{
    for (size_t i = piece->offset; i < piece->offset + piece->length; i++)
        if (text[i] != '\n' && text[i] != '\r')
            text[i] = ' ';
}

/* Without the transaction around it, and with its last statement ended. */
static void add_text(struct text *out, const char *text, size_t length, const struct wrapper *wrapper)
{
    size_t base = out->length;
    text_add_bytes(out, text, length);
    if (length > 0) {
        blank(out->bytes + base, &wrapper->begin);
        blank(out->bytes + base, &wrapper->end);
    }
    bool open = wrapper->last.kind == SQL_STATEMENT && wrapper->last.length > 0 && !wrapper->last.terminated;
    text_add(out, open ? "\n;\n" : "\n");
}

static bool only_reads(const char *statement, size_t length)
{
    static const char *const words[] = {"SELECT", "VALUES", "TABLE", "SHOW", "DO", "SET", "RESET", "EXPLAIN"};
    struct sql_words first = sql_words_of(statement, length);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sql_words_at(&first, words[i]))
            return true;
    return false;
}

/* Its own BEGIN and ROLLBACK are blanked out. */
static void refuse_writes(const struct verification *verification, const struct wrapper *wrapper,
                          struct faults *faults)
{
    struct sql_scan scan;
    struct sql_piece piece;
    sql_scan_init(&scan, verification->text, verification->length, (struct place){1, 1, 0});
    scan.inclusions = verification->inclusions;
    while (sql_scan_next(&scan, &piece)) {
        bool wraps = (wrapper->begin.length > 0 && piece.offset == wrapper->begin.offset) ||
                     (wrapper->end.length > 0 && piece.offset == wrapper->end.offset);
        if (piece.kind != SQL_STATEMENT || wraps || only_reads(verification->text + piece.offset, piece.length))
            continue;
        fault_add(faults, inclusion_path(verification->inclusions, piece.place, verification->path), piece.place.line,
                  piece.place.column,
                  "may change something that nothing would take back, as the script that it verifies can't run in a "
                  "transaction: SELECT, DO and the like may stand here");
    }
}

/* ---- places ---- */

static void add_item(struct arena *arena, struct inclusions *inclusions, size_t offset, struct place place)
{
    inclusions->items =
        arena_grow(arena, inclusions->items, inclusions->count, &inclusions->capacity, sizeof *inclusions->items);
    inclusions->items[inclusions->count++] = (struct inclusion){offset, place};
}

static void add_path(struct arena *arena, struct inclusions *inclusions, const char *path)
{
    inclusions->paths = arena_grow(arena, inclusions->paths, inclusions->n_paths, &inclusions->paths_capacity,
                                   sizeof *inclusions->paths);
    inclusions->paths[inclusions->n_paths++] = path;
}

/* Those of a text that begins there: its own file is the next one. NULL: it names none. */
static void add_inclusions(struct arena *arena, struct inclusions *all, const struct inclusions *more, size_t offset,
                           unsigned first)
{
    for (size_t i = 0; more != NULL && i < more->n_paths; i++)
        add_path(arena, all, more->paths[i]);
    for (size_t i = 0; more != NULL && i < more->count; i++) {
        struct place place = more->items[i].place;
        place.file += first;
        add_item(arena, all, offset + more->items[i].offset, place);
    }
}

/* What would be faulted in the way up's own text, whose places it has not. */
static bool check_bytes(const struct verification *verification, struct faults *faults)
{
    const char *text = verification->text;
    size_t length = verification->length, valid = utf8_valid_length(text, length);
    const char *nul = length == 0 ? NULL : memchr(text, '\0', valid);
    if (nul == NULL && valid == length)
        return true;
    size_t at = nul != NULL ? (size_t)(nul - text) : valid;
    struct place place = place_after((struct place){1, 1, 0}, text, at);
    fault_add(faults, verification->path, place.line, place.column,
              "byte 0x%02x is no UTF-8 text: save the file as UTF-8", (unsigned)(unsigned char)text[at]);
    return false;
}

void verification_add(struct arena *arena, const struct verification *verification, struct revision_script *script,
                      struct text *out, struct faults *faults)
{
    struct wrapper own = find_wrapper(script->text, script->length);
    struct wrapper other = find_wrapper(verification->text, verification->length);
    bool begins = own.begin.length > 0, ends = own.end.length > 0;
    text_clear(out);
    if (!check_bytes(verification, faults) || !own.scanned || begins != ends || (begins && own.alone))
        return;
    if (own.alone)
        refuse_writes(verification, &other, faults);

    struct inclusions *inclusions = arena_alloc(arena, sizeof *inclusions);
    add_inclusions(arena, inclusions, script->inclusions, 0, 0);
    add_text(out, script->text, script->length, &own);
    text_add(out, own.alone ? "" : "SAVEPOINT " SAVEPOINT ";\n");
    add_path(arena, inclusions, verification->path);
    unsigned file = (unsigned)inclusions->n_paths;
    add_item(arena, inclusions, out->length, (struct place){1, 1, file});
    add_inclusions(arena, inclusions, verification->inclusions, out->length, file);
    add_text(out, verification->text, verification->length, &other);
    add_item(arena, inclusions, out->length, (struct place){1, 1, 0});
    text_add(out, own.alone ? "" : "ROLLBACK TO SAVEPOINT " SAVEPOINT ";\nRELEASE SAVEPOINT " SAVEPOINT ";\n");

    revision_checksum(script->text, script->length, script->written);
    script->text = text_string(out);
    script->length = out->length;
    script->inclusions = inclusions;
}
