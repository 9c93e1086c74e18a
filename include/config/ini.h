/*
 * INI text into sections, keys and values that know their places. Pure: no files.
 *
 *     # a comment, also with ;
 *     [section name]
 *     key = value
 *
 * A comment is a line of its own: a `#` or `;` inside a value belongs to it (URLs have them). Values are trimmed and
 * otherwise taken as they are: no quotes, no escapes, no continuation lines. UTF-8, a byte order mark and CRLF are
 * fine; NUL is not.
 */
#ifndef MIGRATED_CONFIG_INI_H
#define MIGRATED_CONFIG_INI_H

#include "config/faults.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct ini_section {
    const char *name; /* blanks inside squeezed to one */
    unsigned line, column;
};

struct ini_entry {
    size_t section;        /* position in `sections` */
    const char *key;       /* letters, digits, `_`, `-` and `.` only */
    const char *value;     /* "" if there is nothing behind the `=` */
    unsigned line;         /* 1-based */
    unsigned key_column;   /* 1-based, in characters */
    unsigned value_column; /* of an empty value: behind the `=` */
};

/* Owned by the arena, in the order of the file. */
struct ini {
    struct ini_section *sections;
    struct ini_entry *entries;
    size_t n_sections, n_entries;
    size_t section_capacity, entry_capacity; /* private */
};

/*
 * Read `length` bytes of text; `file` names it in the faults (ERROR_CONFIG, with line and column). Sections and keys of
 * one section may not repeat. A faulty line is passed over, a faulty section with all its keys: `ini` holds the rest.
 * No fault quotes a value or a line that could not be read: either may hold a password. False: faults were added.
 */
bool ini_parse(struct arena *arena, const char *file, const char *bytes, size_t length, struct ini *ini,
               struct config_faults *faults);

#endif
