/* Python's string literals: where they end, and what they say. Private to core. */
#ifndef MIGRATED_CORE_PYTHON_STRING_H
#define MIGRATED_CORE_PYTHON_STRING_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* May these letters stand in front of a quote (r, u, b, f, t, two or three of them)? */
bool python_is_prefix(const char *letters, size_t length);

/*
 * Behind the quote that closes the literal whose prefix begins at `begin` and whose first quote is at `quote`; 0 if none
 * does. A formatted one may hold its own quotes within its braces, as of Python 3.12.
 */
size_t python_string_end(const char *text, size_t length, size_t begin, size_t quote);

enum python_string_kind {
    STRING_PLAIN,
    STRING_BYTES,
    STRING_FORMATTED, /* with braces: only a run tells its value */
};

enum python_string_kind python_string_kind(const char *literal, size_t length);

/*
 * Add what a plain literal (from its prefix on) says, as UTF-8 and with LF at line ends. False: it holds what has no
 * value here (a character by its Unicode name, a surrogate, a NUL), which is added as it is written.
 */
bool python_string_decode(const char *literal, size_t length, struct text *text);

#endif
