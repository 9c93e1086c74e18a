#include "core/sql_scan.h"

#include "base/text.h"
#include "core/inclusion.h"
#include "core/sql_class.h"
#include "sql_lex.h"

#include <stdint.h>
#include <string.h>

static const char bom[] = "\xEF\xBB\xBF";

/* How far a statement has shown itself to be one in which semicolons do not end it. */
enum head {
    HEAD_START,
    HEAD_CREATE,         /* CREATE */
    HEAD_CREATE_OR,      /* CREATE OR */
    HEAD_CREATE_REPLACE, /* CREATE OR REPLACE */
    HEAD_ROUTINE,        /* CREATE [OR REPLACE] FUNCTION or PROCEDURE */
    HEAD_BODY,           /* between its BEGIN ATOMIC and END */
    HEAD_COPY,           /* COPY */
    HEAD_OTHER,
};

/* What the token before means to a following ATOMIC or END. */
enum before {
    BEFORE_OTHER,
    BEFORE_BEGIN,  /* BEGIN */
    BEFORE_BORDER, /* semicolon of the body, or ATOMIC: a statement of the body, or the body's END, follows */
};

struct statement {
    enum head head;
    enum before before;
    size_t parentheses;
    size_t begin, end; /* offsets: first byte of the first token, behind the last token */
};

/* Bytes of plain ASCII are a character each: eight are seen at once. */
static size_t characters(const char *bytes, size_t length)
{
    size_t plain = 0;
    for (uint64_t eight; length - plain >= sizeof eight; plain += sizeof eight) {
        memcpy(&eight, bytes + plain, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return plain + text_characters(bytes + plain, length - plain);
}

struct place place_after(struct place place, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    for (const char *feed; at < end && (feed = memchr(at, '\n', (size_t)(end - at))) != NULL; at = feed + 1) {
        place.line++;
        place.column = 1;
    }
    place.column += (unsigned)characters(at, (size_t)(end - at));
    return place;
}

/* Move the scan, and its place, on to `position`; where a file was read into the text its own places count. */
static void move_to(struct sql_scan *scan, size_t position)
{
    const struct inclusions *inclusions = scan->inclusions;
    size_t from = scan->position;
    while (inclusions != NULL && scan->inclusion < inclusions->count &&
           inclusions->items[scan->inclusion].offset <= scan->base + position) {
        from = inclusions->items[scan->inclusion].offset - scan->base;
        scan->place = inclusions->items[scan->inclusion++].place;
    }
    bool in_value =
        inclusions != NULL && scan->inclusion > 0 && inclusions->items[scan->inclusion - 1].written != NULL;
    if (!in_value)
        scan->place = place_after(scan->place, scan->text + from, position - from);
    scan->position = position;
}

static bool fail(struct sql_scan *scan, enum sql_scan_error error, size_t offset)
{
    move_to(scan, offset);
    scan->error = error;
    scan->error_place = scan->place;
    return false;
}

void sql_scan_init(struct sql_scan *scan, const char *text, size_t length, struct place place)
{
    *scan = (struct sql_scan){.text = text, .length = length, .place = place};
    if (length >= sizeof bom - 1 && memcmp(text, bom, sizeof bom - 1) == 0)
        scan->position = sizeof bom - 1; /* no character of any line */

    const char *nul = length == 0 ? NULL : memchr(text, '\0', length);
    if (nul != NULL)
        fail(scan, SQL_SCAN_NUL, (size_t)(nul - text));
}

void sql_scan_section(struct sql_scan *scan, const struct section *section, const char *text)
{
    sql_scan_init(scan, text + section->offset, section->length, section->place);
    scan->inclusions = section->inclusions;
    scan->base = section->offset;
    while (scan->inclusions != NULL && scan->inclusion < scan->inclusions->count &&
           scan->inclusions->items[scan->inclusion].offset < section->offset)
        scan->inclusion++;
}

static bool take(struct sql_scan *scan, struct sql_piece *piece, enum sql_piece_kind kind, size_t begin, size_t end)
{
    move_to(scan, begin);
    *piece = (struct sql_piece){.kind = kind, .offset = begin, .length = end - begin, .place = scan->place};
    move_to(scan, end);
    return true;
}

static size_t line_end(const struct sql_scan *scan, size_t from)
{
    const char *feed = memchr(scan->text + from, '\n', scan->length - from);
    return feed == NULL ? scan->length : (size_t)(feed - scan->text);
}

/* Where the data behind a COPY statement begins: on the next line. False if anything but a comment is in between. */
static bool find_copy_data(struct sql_scan *scan, size_t *begin)
{
    size_t at = scan->position, end = line_end(scan, at);
    while (at < end && strchr(" \t\r\f\v", scan->text[at]) != NULL)
        at++;
    if (at < end && (end - at < 2 || memcmp(scan->text + at, "--", 2) != 0))
        return fail(scan, SQL_SCAN_TEXT_BEHIND_COPY, at);
    *begin = end < scan->length ? end + 1 : end;
    return true;
}

static bool is_end_of_data(const char *line, size_t length)
{
    if (length == 3 && line[2] == '\r')
        length = 2;
    return length == 2 && line[0] == '\\' && line[1] == '.';
}

static bool copy_data(struct sql_scan *scan, struct sql_piece *piece)
{
    size_t begin;
    scan->copy_follows = false;
    if (!find_copy_data(scan, &begin))
        return false;

    for (size_t at = begin; at < scan->length;) {
        size_t end = line_end(scan, at);
        if (is_end_of_data(scan->text + at, end - at)) {
            take(scan, piece, SQL_COPY_DATA, begin, at);
            piece->terminated = true;
            move_to(scan, end < scan->length ? end + 1 : end);
            return true;
        }
        at = end < scan->length ? end + 1 : end;
    }
    return fail(scan, SQL_SCAN_UNTERMINATED_COPY, begin);
}

static enum head next_head(enum head head, const struct sql_lexer *lexer, const struct sql_token *word)
{
    switch (head) {
    case HEAD_START:
        return sql_token_is(lexer, word, "CREATE") ? HEAD_CREATE
               : sql_token_is(lexer, word, "COPY") ? HEAD_COPY
                                                   : HEAD_OTHER;
    case HEAD_CREATE:
        if (sql_token_is(lexer, word, "OR"))
            return HEAD_CREATE_OR;
        break;
    case HEAD_CREATE_OR:
        return sql_token_is(lexer, word, "REPLACE") ? HEAD_CREATE_REPLACE : HEAD_OTHER;
    default:
        break;
    }
    bool routine = sql_token_is(lexer, word, "FUNCTION") || sql_token_is(lexer, word, "PROCEDURE");
    return routine ? HEAD_ROUTINE : HEAD_OTHER;
}

/* BEGIN ATOMIC opens a body. END closes it where a statement could begin; any other is of a CASE, or a name. */
static void routine_word(struct statement *statement, const struct sql_lexer *lexer, const struct sql_token *word)
{
    enum before before = statement->before;
    statement->before = BEFORE_OTHER;
    if (statement->parentheses > 0)
        return;

    if (statement->head == HEAD_BODY) {
        if (before == BEFORE_BORDER && sql_token_is(lexer, word, "END"))
            statement->head = HEAD_OTHER;
    } else if (before == BEFORE_BEGIN && sql_token_is(lexer, word, "ATOMIC")) {
        statement->head = HEAD_BODY;
        statement->before = BEFORE_BORDER;
    } else if (sql_token_is(lexer, word, "BEGIN")) {
        statement->before = BEFORE_BEGIN;
    }
}

/* A symbol of the statement: true if it ends the statement. */
static bool symbol_ends(struct statement *statement, char symbol)
{
    statement->before = BEFORE_OTHER;
    if (symbol == '(') {
        statement->parentheses++;
    } else if (symbol == ')' && statement->parentheses > 0) {
        statement->parentheses--;
    } else if (symbol == ';' && statement->parentheses == 0) {
        if (statement->head != HEAD_BODY)
            return true;
        statement->before = BEFORE_BORDER;
    }
    return false;
}

/* Take one more token into the statement: true if it ends the statement. */
static bool add_token(struct statement *statement, const struct sql_lexer *lexer, const struct sql_token *token)
{
    statement->end = token->offset + token->length;
    if (token->kind == SQL_TOKEN_SYMBOL)
        return symbol_ends(statement, lexer->text[token->offset]);
    if (token->kind != SQL_TOKEN_WORD)
        statement->before = BEFORE_OTHER;
    else if (statement->head == HEAD_ROUTINE || statement->head == HEAD_BODY)
        routine_word(statement, lexer, token);
    else if (statement->head < HEAD_ROUTINE)
        statement->head = next_head(statement->head, lexer, token);
    return false;
}

static bool finish(struct sql_scan *scan, struct sql_piece *piece, const struct statement *statement, bool terminated)
{
    take(scan, piece, SQL_STATEMENT, statement->begin, statement->end);
    piece->terminated = terminated;
    if (statement->head != HEAD_COPY)
        return true;

    struct sql_facts facts = sql_classify(scan->text + piece->offset, piece->length);
    if (facts.class == SQL_COPY_FROM_STDIN) {
        scan->copy_follows = terminated;
        if (!terminated) { /* the data that it waits for can't follow: the next call tells */
            scan->error = SQL_SCAN_UNTERMINATED_COPY;
            scan->error_place = piece->place;
        }
    }
    return true;
}

static bool meta(struct sql_scan *scan, struct sql_piece *piece, size_t begin)
{
    size_t end = line_end(scan, begin);
    if (end > begin && scan->text[end - 1] == '\r')
        end--;
    return take(scan, piece, SQL_META, begin, end);
}

bool sql_scan_next(struct sql_scan *scan, struct sql_piece *piece)
{
    if (scan->error != SQL_SCAN_OK)
        return false;
    if (scan->copy_follows)
        return copy_data(scan, piece);

    struct sql_lexer lexer = {.text = scan->text, .length = scan->length, .position = scan->position};
    struct statement statement = {0};
    for (;;) {
        struct sql_token token;
        sql_lex(&lexer, &token);
        bool empty = statement.end == 0;
        bool command = sql_token_is_symbol(&lexer, &token, '\\');
        bool marker = token.kind == SQL_TOKEN_COMMENT && scan->is_marker != NULL &&
                      scan->is_marker(scan->text + token.offset, token.length);

        if (token.kind == SQL_TOKEN_ERROR)
            return fail(scan, lexer.error, lexer.error_offset);
        if (!empty && (token.kind == SQL_TOKEN_END || command || marker))
            return finish(scan, piece, &statement, false);
        if (token.kind == SQL_TOKEN_END)
            return false;
        if (command)
            return meta(scan, piece, token.offset);
        if (marker)
            return take(scan, piece, SQL_MARKER, token.offset, token.offset + token.length);
        if (token.kind == SQL_TOKEN_COMMENT)
            continue;

        if (empty)
            statement.begin = token.offset;
        if (add_token(&statement, &lexer, &token))
            return finish(scan, piece, &statement, true);
    }
}

const char *sql_scan_error_text(enum sql_scan_error error)
{
    switch (error) {
    case SQL_SCAN_UNTERMINATED_QUOTE:
        return "unterminated quoted string";
    case SQL_SCAN_UNTERMINATED_IDENTIFIER:
        return "unterminated quoted identifier";
    case SQL_SCAN_UNTERMINATED_DOLLAR_QUOTE:
        return "unterminated dollar-quoted string";
    case SQL_SCAN_UNTERMINATED_COMMENT:
        return "unterminated /* comment";
    case SQL_SCAN_UNTERMINATED_COPY:
        return "COPY ... FROM stdin whose data has no end: a line that holds only \\. is missing";
    case SQL_SCAN_TEXT_BEHIND_COPY:
        return "text behind COPY ... FROM stdin on the same line: its data begins on the next line";
    case SQL_SCAN_NUL:
        return "a NUL byte, which SQL text can't hold: is the file binary, or UTF-16?";
    case SQL_SCAN_OK:
        break;
    }
    return "no error";
}
