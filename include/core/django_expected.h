/*
 * The saved output of `manage.py showmigrations --plan`, read instead of a project: lines "[X]  app.name", with
 * "... (app.name)" behind it where it was asked with more words. Pure.
 */
#ifndef MIGRATED_CORE_DJANGO_EXPECTED_H
#define MIGRATED_CORE_DJANGO_EXPECTED_H

#include "core/django_migration.h"

/* The migrations in their order, each standing on the one before and on the last one of its app: all copied. A line that
 * is none is a fault, and so is a file without any. */
void django_expected_read(struct arena *arena, const char *path, const char *text, size_t length,
                          struct django_migration **migrations, size_t *count, struct faults *faults);

#endif
