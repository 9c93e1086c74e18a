#include "python_string.h"

#include <stdint.h>
#include <string.h>

#define MOST_NESTED 20 /* literals within the braces of others */

/* ---- where they end ---- */

struct source {
    const char *text;
    size_t length;
};

static char byte_at(const struct source *source, size_t at)
{
    return at < source->length ? source->text[at] : '\0';
}

bool python_is_prefix(const char *letters, size_t length)
{
    if (length > 3)
        return false;
    for (size_t i = 0; i < length; i++)
        if (strchr("rRuUbBfFtT", letters[i]) == NULL)
            return false;
    return true;
}

static bool has_letter(const char *letters, size_t length, char letter)
{
    for (size_t i = 0; i < length; i++)
        if ((letters[i] | 0x20) == letter)
            return true;
    return false;
}

/* The quotes at `at`: three of a kind, or one. */
static size_t quote_width(const struct source *source, size_t at)
{
    char quote = byte_at(source, at);
    return byte_at(source, at + 1) == quote && byte_at(source, at + 2) == quote ? 3 : 1;
}

static bool closes(const struct source *source, size_t at, char quote, size_t width)
{
    return byte_at(source, at) == quote &&
           (width == 1 || (byte_at(source, at + 1) == quote && byte_at(source, at + 2) == quote));
}

static bool is_break(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Behind a backslash and what it quotes. */
static size_t behind_escape(const struct source *source, size_t at)
{
    return at + (byte_at(source, at + 1) == '\r' && byte_at(source, at + 2) == '\n' ? 3 : 2);
}

static size_t plain_end(const struct source *source, size_t quote)
{
    char mark = source->text[quote];
    size_t width = quote_width(source, quote), at = quote + width;
    while (at < source->length) {
        if (closes(source, at, mark, width))
            return at + width;
        if (source->text[at] == '\\')
            at = behind_escape(source, at);
        else if (width == 1 && is_break(source->text[at]))
            return 0;
        else
            at++;
    }
    return 0;
}

static size_t literal_end(const struct source *source, size_t begin, size_t quote, unsigned level);

/* A quote within braces: its own literal, with the letters in front of it. */
static size_t nested_end(const struct source *source, size_t quote, unsigned level)
{
    size_t begin = quote;
    while (begin > 0 && quote - begin < 2 && python_is_prefix(source->text + begin - 1, 1))
        begin--;
    return literal_end(source, begin, quote, level + 1);
}

/* Behind the brace that closes the field which was opened in front of `at`; 0 if none does. */
static size_t field_end(const struct source *source, size_t at, unsigned level)
{
    size_t depth = 0, braces = 1; /* of brackets in the expression; fields: this one and those in its format */
    bool format = false;
    if (level > MOST_NESTED)
        return 0;
    while (at < source->length) {
        char byte = source->text[at];
        if (format && byte == '{') {
            braces++;
            format = false;
        } else if (byte == '}' && depth == 0) {
            if (--braces == 0)
                return at + 1;
            format = true; /* back in that of the field around it */
        } else if (!format && (byte == '"' || byte == '\'')) {
            at = nested_end(source, at, level);
            if (at == 0)
                return 0;
            continue;
        } else if (!format) {
            depth += byte == '(' || byte == '[' || byte == '{';
            depth -= depth > 0 && (byte == ')' || byte == ']' || byte == '}');
            format = depth == 0 && byte == ':';
        }
        at++;
    }
    return 0;
}

static size_t formatted_end(const struct source *source, size_t quote, bool raw, unsigned level)
{
    char mark = source->text[quote];
    size_t width = quote_width(source, quote), at = quote + width;
    while (at < source->length) {
        char byte = source->text[at], next = byte_at(source, at + 1);
        if (closes(source, at, mark, width))
            return at + width;
        if (byte == '\\' && next == 'N' && !raw && byte_at(source, at + 2) == '{')
            at += 3; /* the name's closing brace is one like any other */
        else if (byte == '\\')
            at = next == '{' ? at + 1 : behind_escape(source, at);
        else if (byte == '{' && next == '{')
            at += 2;
        else if (byte == '{') {
            at = field_end(source, at + 1, level);
            if (at == 0)
                return 0;
        } else if (width == 1 && is_break(byte))
            return 0;
        else
            at++;
    }
    return 0;
}

static size_t literal_end(const struct source *source, size_t begin, size_t quote, unsigned level)
{
    const char *letters = source->text + begin;
    size_t count = quote - begin;
    if (has_letter(letters, count, 'f') || has_letter(letters, count, 't'))
        return formatted_end(source, quote, has_letter(letters, count, 'r'), level);
    return plain_end(source, quote);
}

size_t python_string_end(const char *text, size_t length, size_t begin, size_t quote)
{
    return literal_end(&(struct source){text, length}, begin, quote, 0);
}

/* ---- what they say ---- */

static size_t prefix_length(const char *literal)
{
    return strcspn(literal, "'\"");
}

enum python_string_kind python_string_kind(const char *literal, size_t length)
{
    size_t letters = prefix_length(literal);
    if (has_letter(literal, letters, 'b'))
        return STRING_BYTES;
    bool formatted = has_letter(literal, letters, 'f') || has_letter(literal, letters, 't');
    bool braces = memchr(literal, '{', length) != NULL || memchr(literal, '}', length) != NULL;
    return has_letter(literal, letters, 't') || (formatted && braces) ? STRING_FORMATTED : STRING_PLAIN;
}

static bool add_character(struct text *text, uint32_t code)
{
    char bytes[4];
    if (code == 0 || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF)
        return false;
    if (code < 0x80) {
        text_add_char(text, (char)code);
        return true;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)((length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0) | code);
    text_add_bytes(text, bytes, length);
    return true;
}

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : 16;
}

/* Digits from *at on: `least` to `most` of them; false if there are fewer. */
static bool read_code(const struct source *source, size_t *at, int base, size_t least, size_t most, uint32_t *code)
{
    size_t count = 0;
    for (*code = 0; count < most && *at < source->length && digit_value(source->text[*at]) < base; count++, ++*at)
        *code = *code * (uint32_t)base + (uint32_t)digit_value(source->text[*at]);
    return count >= least;
}

static bool add_coded(const struct source *source, size_t *at, struct text *text)
{
    size_t begin = *at;
    char letter = source->text[begin + 1];
    bool octal = letter >= '0' && letter <= '7';
    size_t digits = octal ? 3 : letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    uint32_t code;
    *at += octal ? 1 : 2;
    if (read_code(source, at, octal ? 8 : 16, octal ? 1 : digits, digits, &code) && add_character(text, code))
        return true;
    text_add_bytes(text, source->text + begin, *at - begin);
    return false;
}

/* From the backslash at *at on. One that means nothing stays. */
static bool add_escape(const struct source *source, size_t *at, struct text *text)
{
    static const char letters[] = "\\'\"abfnrtv", meant[] = "\\'\"\a\b\f\n\r\t\v";
    char letter = byte_at(source, *at + 1);
    const char *simple = letter == '\0' ? NULL : strchr(letters, letter);
    if (simple != NULL) {
        text_add_char(text, meant[simple - letters]);
        *at += 2;
    } else if (is_break(letter)) {
        *at = behind_escape(source, *at);
    } else if ((letter >= '0' && letter <= '7') || letter == 'x' || letter == 'u' || letter == 'U') {
        return add_coded(source, at, text);
    } else {
        text_add_char(text, '\\');
        ++*at;
        return letter != 'N';
    }
    return true;
}

bool python_string_decode(const char *literal, size_t length, struct text *text)
{
    struct source source = {literal, length};
    size_t quote = prefix_length(literal), width = quote_width(&source, quote), at = quote + width;
    bool raw = has_letter(literal, quote, 'r'), good = true;
    source.length = length - width;
    while (at < source.length) {
        if (literal[at] == '\\' && !raw)
            good &= add_escape(&source, &at, text);
        else if (literal[at] == '\r') {
            text_add_char(text, '\n');
            at += byte_at(&source, at + 1) == '\n' ? 2 : 1;
        } else
            text_add_char(text, literal[at++]);
    }
    return good;
}
