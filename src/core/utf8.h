/* UTF-8 as PostgreSQL takes it: no overlong forms, no surrogates, nothing above U+10FFFF. Private to core. */
#ifndef MIGRATED_CORE_UTF8_H
#define MIGRATED_CORE_UTF8_H

#include <stddef.h>

/* Bytes at the beginning that are whole, valid characters: `length` if all of it is valid. NUL bytes pass. */
size_t utf8_valid_length(const char *text, size_t length);

#endif
