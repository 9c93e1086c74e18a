/*
 * Text under construction: a growing, always NUL-terminated buffer. `struct text text = {0};` is an empty one.
 */
#ifndef MIGRATED_BASE_TEXT_H
#define MIGRATED_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *bytes;     /* NULL until something was added; read it through text_string */
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* private */
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char character);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
void text_vaddf(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0), nonnull(2)));

/* The text so far, "" if empty; borrowed, until the next change. */
const char *text_string(const struct text *text);

void text_clear(struct text *text);  /* empty, memory kept */
void text_finish(struct text *text); /* frees; the text is empty again */

/* The ending of a noun behind a count: "%zu revision%s". */
const char *text_plural(size_t count);

/* Characters of UTF-8 text: bytes that do not continue one. Positions from PostgreSQL count these. */
size_t text_characters(const char *bytes, size_t length);

#endif
