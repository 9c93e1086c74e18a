#include "python_lex.h"

#include "python_string.h"

#include <string.h>

enum { BLANK = 1, LETTER = 2, DIGIT = 4, BREAK = 8 };

static const unsigned char kinds[256] = {
    [' '] = BLANK,         ['\t'] = BLANK,         ['\f'] = BLANK, ['\n'] = BREAK,         ['\r'] = BREAK,
    ['0' ... '9'] = DIGIT, ['A' ... 'Z'] = LETTER, ['_'] = LETTER, ['a' ... 'z'] = LETTER, [0x80 ... 0xFF] = LETTER,
};

static char byte_at(const struct python_lexer *lexer, size_t at)
{
    return at < lexer->length ? lexer->text[at] : '\0';
}

static int kind_at(const struct python_lexer *lexer, size_t at)
{
    return at < lexer->length ? kinds[(unsigned char)lexer->text[at]] : 0;
}

static size_t skip(const struct python_lexer *lexer, size_t at, int wanted)
{
    while ((kind_at(lexer, at) & wanted) != 0)
        at++;
    return at;
}

static size_t line_end(const struct python_lexer *lexer, size_t at)
{
    while (at < lexer->length && kinds[(unsigned char)lexer->text[at]] != BREAK)
        at++;
    return at;
}

static size_t behind_break(const struct python_lexer *lexer, size_t at)
{
    return at + (byte_at(lexer, at) == '\r' && byte_at(lexer, at + 1) == '\n' ? 2 : 1);
}

void python_lexer_init(struct python_lexer *lexer, const char *text, size_t length)
{
    *lexer = (struct python_lexer){.text = text, .length = length};
}

/* A form feed begins the columns anew. */
static void measure_indent(struct python_lexer *lexer)
{
    lexer->indent = 0;
    for (; kind_at(lexer, lexer->position) == BLANK; lexer->position++) {
        char blank = lexer->text[lexer->position];
        lexer->indent = blank == '\f' ? 0 : blank == '\t' ? (lexer->indent / 8 + 1) * 8 : lexer->indent + 1;
    }
}

/* To the next token's first byte, over blanks, comments, and lines that do not end here. */
static void skip_to_token(struct python_lexer *lexer)
{
    if (!lexer->in_line)
        measure_indent(lexer);
    for (;;) {
        lexer->position = skip(lexer, lexer->position, BLANK);
        char first = byte_at(lexer, lexer->position);
        if (first == '#')
            lexer->position = line_end(lexer, lexer->position);
        else if (first == '\\' && kind_at(lexer, lexer->position + 1) == BREAK)
            lexer->position = behind_break(lexer, lexer->position + 1);
        else if (kind_at(lexer, lexer->position) != BREAK || (lexer->in_line && lexer->depth == 0))
            return;
        else {
            lexer->position = behind_break(lexer, lexer->position);
            if (!lexer->in_line)
                measure_indent(lexer);
        }
    }
}

static struct python_token token(struct python_lexer *lexer, enum python_token_kind kind, size_t end)
{
    struct python_token found = {.kind = kind, .begin = lexer->position, .end = end, .depth = lexer->depth};
    lexer->position = end;
    lexer->in_line = kind != PYTHON_NEWLINE && kind != PYTHON_END;
    return found;
}

static struct python_token fail(struct python_lexer *lexer, const char *error)
{
    struct python_token found = token(lexer, PYTHON_ERROR, lexer->position);
    lexer->error = error;
    lexer->length = lexer->position;
    return found;
}

static struct python_token open_bracket(struct python_lexer *lexer, char bracket)
{
    if (lexer->depth == PYTHON_MOST_BRACKETS)
        return fail(lexer, "more brackets inside one another than Python takes");
    struct python_token found = token(lexer, PYTHON_OPERATOR, lexer->position + 1);
    found.sign = bracket;
    lexer->brackets[lexer->depth++] = bracket == '(' ? ')' : bracket == '[' ? ']' : '}';
    return found;
}

static struct python_token close_bracket(struct python_lexer *lexer, char bracket)
{
    if (lexer->depth == 0 || lexer->brackets[lexer->depth - 1] != bracket)
        return fail(lexer, "a closing bracket without the one that opens it");
    lexer->depth--;
    struct python_token found = token(lexer, PYTHON_OPERATOR, lexer->position + 1);
    found.sign = bracket;
    return found;
}

/* How many bytes, and which operator: one that assigns, or another. */
static size_t operator_length(const struct python_lexer *lexer, char *sign)
{
    char first = byte_at(lexer, lexer->position), second = byte_at(lexer, lexer->position + 1),
         third = byte_at(lexer, lexer->position + 2);
    *sign = SIGN_OTHER;
    if (first != '\0' && strchr("*/<>", first) != NULL && second == first) {
        if (third == '=')
            *sign = SIGN_AUGMENTED;
        return third == '=' ? 3 : 2;
    }
    if (second == '=' && first == ':')
        *sign = SIGN_WALRUS;
    else if (second == '=' && first != '\0' && strchr("+-*/%&|^@", first) != NULL)
        *sign = SIGN_AUGMENTED;
    else if (second == '=' && first != '\0' && strchr("=!<>", first) != NULL)
        return 2;
    else {
        if (first != '\0' && strchr("=:,;.*+", first) != NULL)
            *sign = first;
        return 1;
    }
    return 2;
}

static struct python_token read_operator(struct python_lexer *lexer)
{
    char first = lexer->text[lexer->position], sign;
    if (first == '(' || first == '[' || first == '{')
        return open_bracket(lexer, first);
    if (first == ')' || first == ']' || first == '}')
        return close_bracket(lexer, first);
    size_t length = operator_length(lexer, &sign);
    struct python_token found = token(lexer, PYTHON_OPERATOR, lexer->position + length);
    found.sign = sign;
    return found;
}

static struct python_token read_string(struct python_lexer *lexer, size_t quote)
{
    size_t end = python_string_end(lexer->text, lexer->length, lexer->position, quote);
    return end == 0 ? fail(lexer, "a quoted text that does not end") : token(lexer, PYTHON_STRING, end);
}

struct python_token python_next(struct python_lexer *lexer)
{
    skip_to_token(lexer);
    size_t at = lexer->position;
    if (at >= lexer->length) {
        if (lexer->error == NULL && lexer->depth > 0)
            return fail(lexer, "a bracket that is not closed");
        return token(lexer, lexer->in_line ? PYTHON_NEWLINE : PYTHON_END, at);
    }

    char first = lexer->text[at];
    int kind = kind_at(lexer, at);
    if (kind == BREAK)
        return token(lexer, PYTHON_NEWLINE, behind_break(lexer, at));
    if (first == '"' || first == '\'')
        return read_string(lexer, at);
    if (kind == DIGIT)
        return token(lexer, PYTHON_NUMBER, skip(lexer, at, LETTER | DIGIT));
    if (kind != LETTER)
        return read_operator(lexer);

    size_t end = skip(lexer, at, LETTER | DIGIT);
    char behind = byte_at(lexer, end);
    if ((behind == '"' || behind == '\'') && python_is_prefix(lexer->text + at, end - at))
        return read_string(lexer, end);
    return token(lexer, PYTHON_WORD, end);
}
