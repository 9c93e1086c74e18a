/* The text of a Python file: its encoding, and places in it. Private to core. */
#ifndef MIGRATED_CORE_PYTHON_SOURCE_H
#define MIGRATED_CORE_PYTHON_SOURCE_H

#include "base/fault.h"
#include "core/revision.h"

#include <stdbool.h>

struct python_source {
    struct arena *arena; /* of the encoding's name; borrowed, as all here */
    const char *path;    /* in faults */
    const char *text;
    size_t length;
    struct faults *faults;
    const char *encoding; /* set by the check; NULL: UTF-8 */
};

/* Behind a byte order mark. */
size_t python_source_begin(const struct python_source *source);

/* Lines end with LF, CRLF or CR. */
struct place python_source_place(const struct python_source *source, size_t offset);

/* False with a fault: a NUL byte, an encoding that is not read, or bytes that are none of it. */
bool python_source_check(struct python_source *source);

#endif
