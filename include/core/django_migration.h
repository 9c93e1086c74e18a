/*
 * One of Django's migration files, read without Python: what `dependencies`, `run_before` and `replaces` of its class
 * Migration hold, as far as they are literals, lists joined by + and swappable_dependency. Pure: text in, migration and
 * faults out. Source of the rules: django/db/migrations/migration.py (Migration, swappable_dependency).
 *
 * Nothing is guessed: a value that only a run of Python tells is a fault with its place.
 */
#ifndef MIGRATED_CORE_DJANGO_MIGRATION_H
#define MIGRATED_CORE_DJANGO_MIGRATION_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;
struct django_settings;

/* A migration as others name it. The name may be "__first__" or "__latest__". */
struct django_key {
    const char *app, *name;
    struct place place; /* where it is written */
};

struct django_keys {
    struct django_key *items;
    size_t count;
};

struct django_migration {
    const char *app, *name;
    const char *id;   /* "app.name" */
    const char *path; /* its file */
    struct django_keys dependencies, run_before, replaces;
    bool atomic;
    struct place place, atomic_place; /* of its class, and of the value that says False */
    size_t file_size;
    char checksum[DIGEST_HEX_SIZE];
};

/*
 * Read one file's text as the migration `name` of `app`. All but `settings` is copied; `text` is only read. What
 * `settings.NAME` holds in swappable_dependency comes from `settings` (django_settings.h), borrowed.
 */
void django_migration_read(struct arena *arena, const char *path, const char *app, const char *name, const char *text,
                           size_t length, const struct django_settings *settings, struct django_migration *migration,
                           struct faults *faults);

/* The name of the migration in a file that is called so, or NULL: it is none (pkgutil.iter_modules; no _ or ~ in front). */
const char *django_migration_name(struct arena *arena, const char *file);

#endif
