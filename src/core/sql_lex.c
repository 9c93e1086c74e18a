#include "sql_lex.h"

#include <string.h>

enum { BLANK = 1, LETTER = 2, DIGIT = 4, DOLLAR = 8, WORD = LETTER | DIGIT | DOLLAR };

/* What each byte is. Those of multibyte characters are letters to PostgreSQL. */
static const unsigned char kinds[256] = {
    ['\t' ... '\r'] = BLANK, [' '] = BLANK,  ['0' ... '9'] = DIGIT,    ['A' ... 'Z'] = LETTER,
    ['a' ... 'z'] = LETTER,  ['_'] = LETTER, [0x80 ... 0xFF] = LETTER, ['$'] = DOLLAR,
};

static unsigned char byte_at(const struct sql_lexer *lexer, size_t offset)
{
    return offset < lexer->length ? (unsigned char)lexer->text[offset] : 0;
}

static int kind_at(const struct sql_lexer *lexer, size_t offset)
{
    return offset < lexer->length ? kinds[(unsigned char)lexer->text[offset]] : 0;
}

/* Where the bytes of these kinds end. */
static size_t skip(const struct sql_lexer *lexer, size_t at, int wanted)
{
    const char *text = lexer->text;
    size_t length = lexer->length;
    while (at < length && (kinds[(unsigned char)text[at]] & wanted) != 0)
        at++;
    return at;
}

static size_t find(const struct sql_lexer *lexer, size_t from, char byte)
{
    const char *found = memchr(lexer->text + from, byte, lexer->length - from);
    return found == NULL ? lexer->length : (size_t)(found - lexer->text);
}

static enum sql_token_kind fail(struct sql_lexer *lexer, enum sql_scan_error error, size_t offset)
{
    lexer->error = error;
    lexer->error_offset = offset;
    lexer->position = lexer->length;
    return SQL_TOKEN_ERROR;
}

/* Block comments nest. */
static bool skip_block_comment(struct sql_lexer *lexer)
{
    size_t opens = lexer->position, depth = 0;
    for (size_t at = opens; at + 1 < lexer->length;) {
        const char *two = lexer->text + at;
        if (two[0] == '/' && two[1] == '*') {
            depth++;
            at += 2;
        } else if (two[0] == '*' && two[1] == '/') {
            depth--;
            at += 2;
            if (depth == 0) {
                lexer->position = at;
                return true;
            }
        } else {
            at++;
        }
    }
    fail(lexer, SQL_SCAN_UNTERMINATED_COMMENT, opens);
    return false;
}

/* To the server a carriage return ends a comment as well as a line feed does. */
static enum sql_token_kind line_comment(struct sql_lexer *lexer)
{
    const char *text = lexer->text + lexer->position;
    size_t length = find(lexer, lexer->position, '\n') - lexer->position;
    const char *end = memchr(text, '\r', length);
    lexer->position += end == NULL ? length : (size_t)(end - text);
    return SQL_TOKEN_COMMENT;
}

/* '..' and "..": a doubled quote stands for itself. */
static enum sql_token_kind plain_quote(struct sql_lexer *lexer, char quote, enum sql_scan_error error)
{
    size_t opens = lexer->position, at = opens + 1;
    for (;;) {
        at = find(lexer, at, quote);
        if (at == lexer->length)
            return fail(lexer, error, opens);
        if (byte_at(lexer, at + 1) != (unsigned char)quote)
            break;
        at += 2;
    }
    lexer->position = at + 1;
    return SQL_TOKEN_QUOTED;
}

/* The string of E'..' from its quote on; `opens` is where the fault would be placed. */
static enum sql_token_kind escape_quote(struct sql_lexer *lexer, size_t opens)
{
    for (size_t at = lexer->position + 1; at < lexer->length; at++) {
        if (lexer->text[at] == '\\') {
            at++;
        } else if (lexer->text[at] == '\'') {
            if (byte_at(lexer, at + 1) != '\'') {
                lexer->position = lexer->escape_end = at + 1;
                return SQL_TOKEN_QUOTED;
            }
            at++;
        }
    }
    return fail(lexer, SQL_SCAN_UNTERMINATED_QUOTE, opens);
}

/* A string on a later line than the E'' string before it, with nothing but comments between, is part of that one. */
static bool continues_escape(const struct sql_lexer *lexer, size_t escape_end)
{
    const char *gap = lexer->text + escape_end;
    size_t length = lexer->position - escape_end;
    return escape_end != 0 && (memchr(gap, '\n', length) != NULL || memchr(gap, '\r', length) != NULL);
}

/* $$..$$ and $tag$..$tag$; any other dollar is a symbol. */
static enum sql_token_kind dollar(struct sql_lexer *lexer)
{
    size_t opens = lexer->position, at = opens + 1;
    if (kind_at(lexer, at) == LETTER)
        at = skip(lexer, at, LETTER | DIGIT);
    if (byte_at(lexer, at) != '$') {
        lexer->position = opens + 1;
        return SQL_TOKEN_SYMBOL;
    }

    const char *tag = lexer->text + opens;
    size_t tag_length = at + 1 - opens;
    for (at = find(lexer, at + 1, '$'); lexer->length - at >= tag_length; at = find(lexer, at + 1, '$')) {
        if (memcmp(lexer->text + at, tag, tag_length) == 0) {
            lexer->position = at + tag_length;
            return SQL_TOKEN_QUOTED;
        }
    }
    return fail(lexer, SQL_SCAN_UNTERMINATED_DOLLAR_QUOTE, opens);
}

static enum sql_token_kind word(struct sql_lexer *lexer)
{
    size_t begin = lexer->position, at = skip(lexer, begin, WORD);
    lexer->position = at;
    if (at == begin + 1 && (lexer->text[begin] | 0x20) == 'e' && byte_at(lexer, at) == '\'')
        return escape_quote(lexer, begin);
    return SQL_TOKEN_WORD;
}

/* Letters that touch a number (exponent, radix, or junk that the server refuses) belong to it, as to a word. */
static enum sql_token_kind number(struct sql_lexer *lexer)
{
    lexer->position = skip(lexer, lexer->position, DIGIT);
    if (kind_at(lexer, lexer->position) == LETTER)
        lexer->position = skip(lexer, lexer->position, WORD);
    return SQL_TOKEN_NUMBER;
}

/* The token at a position that is neither the end nor a blank nor a block comment. */
static enum sql_token_kind cut(struct sql_lexer *lexer, size_t escape_end)
{
    char first = lexer->text[lexer->position];
    int kind = kinds[(unsigned char)first];
    if (kind == LETTER)
        return word(lexer);
    if (kind == DIGIT)
        return number(lexer);
    if (first == '\'')
        return continues_escape(lexer, escape_end) ? escape_quote(lexer, lexer->position)
                                                   : plain_quote(lexer, '\'', SQL_SCAN_UNTERMINATED_QUOTE);
    if (first == '"')
        return plain_quote(lexer, '"', SQL_SCAN_UNTERMINATED_IDENTIFIER);
    if (kind == DOLLAR)
        return dollar(lexer);
    lexer->position++;
    return SQL_TOKEN_SYMBOL;
}

void sql_lex(struct sql_lexer *lexer, struct sql_token *token)
{
    for (;;) {
        lexer->position = skip(lexer, lexer->position, BLANK);
        *token = (struct sql_token){SQL_TOKEN_END, lexer->position, 0};
        if (lexer->position == lexer->length)
            return;

        const char *at = lexer->text + lexer->position;
        unsigned char second = byte_at(lexer, lexer->position + 1);
        if (at[0] == '-' && second == '-') {
            token->kind = line_comment(lexer);
            break;
        }
        size_t escape_end = lexer->escape_end;
        lexer->escape_end = 0;
        if (at[0] != '/' || second != '*') {
            token->kind = cut(lexer, escape_end);
            break;
        }
        if (!skip_block_comment(lexer)) {
            token->kind = SQL_TOKEN_ERROR;
            return;
        }
    }
    token->length = lexer->position - token->offset;
}

void sql_lex_token(struct sql_lexer *lexer, struct sql_token *token)
{
    do
        sql_lex(lexer, token);
    while (token->kind == SQL_TOKEN_COMMENT);
}

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - ('a' - 'A')) : byte;
}

bool sql_token_is(const struct sql_lexer *lexer, const struct sql_token *token, const char *word)
{
    if (token->kind != SQL_TOKEN_WORD)
        return false;
    const char *text = lexer->text + token->offset;
    for (size_t i = 0; i < token->length; i++)
        if (word[i] != upper(text[i]))
            return false;
    return word[token->length] == '\0';
}

size_t sql_token_word(const struct sql_lexer *lexer, const struct sql_token *token, char *word, size_t size)
{
    if (token->kind != SQL_TOKEN_WORD || token->length > size)
        return 0;
    for (size_t i = 0; i < token->length; i++)
        word[i] = upper(lexer->text[token->offset + i]);
    return token->length;
}
