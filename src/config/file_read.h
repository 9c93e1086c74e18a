/* A small file, whole: the configuration, a secret. */
#ifndef MIGRATED_CONFIG_FILE_READ_H
#define MIGRATED_CONFIG_FILE_READ_H

#include <stddef.h>

struct arena;

/*
 * Read `path`, which may be a pipe; the bytes are NUL-terminated beyond their length, owned by the arena. Returns 0, or
 * an errno: EFBIG when there are more than `most` bytes. The outputs are untouched on failure.
 */
int file_read(struct arena *arena, const char *path, size_t most, const char **bytes, size_t *length);

#endif
