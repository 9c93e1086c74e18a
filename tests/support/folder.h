/*
 * Temporary folders. Each has a keeper, a process that removes it when it is destroyed or when the last process that
 * could use it is gone, however it ended: kill -9 leaves nothing behind.
 *
 * They are made in $TMPDIR if that is short enough for a socket inside (sun_path holds 107 bytes), else in /tmp.
 */
#ifndef MIGRATED_TESTS_SUPPORT_FOLDER_H
#define MIGRATED_TESTS_SUPPORT_FOLDER_H

struct folder;

struct folder *folder_create(void);
void folder_destroy(struct folder *folder); /* removes it with all its contents; NULL is fine */

/* The folder's absolute path, and that of a file in it: borrowed, until folder_destroy. */
const char *folder_path(const struct folder *folder);
const char *folder_file(struct folder *folder, const char *name);

/* Write, read, take away one file. `name` may hold folders ("a/b.sql"), which are made. */
void folder_write(struct folder *folder, const char *name, const char *text);
char *folder_read(struct folder *folder, const char *name); /* owned by the caller */
void folder_remove(struct folder *folder, const char *name);

#endif
