/* Reading one open file whole. Private to files. */
#ifndef MIGRATED_FILES_FILE_BYTES_H
#define MIGRATED_FILES_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Memory for one file's text, used again for the next; freed by its owner with free(bytes). */
struct buffer {
    char *bytes;
    size_t length, capacity;
};

/* Read to the end: the size is but a hint. False with errno set. */
bool file_bytes_read(int descriptor, size_t size, struct buffer *buffer);

#endif
