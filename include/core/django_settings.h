/*
 * What a Django settings module holds, as far as it is literal: INSTALLED_APPS, MIGRATION_MODULES and the models that
 * swappable_dependency may name. Pure: whoever reads files puts the texts of the modules that are imported with * in the
 * place of the import.
 */
#ifndef MIGRATED_CORE_DJANGO_SETTINGS_H
#define MIGRATED_CORE_DJANGO_SETTINGS_H

#include "base/fault.h"
#include "core/revision.h"

#include <stdbool.h>

struct arena;

/* The module that a manage.py gives to DJANGO_SETTINGS_MODULE; NULL: none, or several. Owned by the arena. */
const char *django_settings_module(struct arena *arena, const char *text, size_t length);

/* False with a fault: it is no text that can be read. */
bool django_settings_check(struct arena *arena, const char *path, const char *text, size_t length,
                           struct faults *faults);

/* `from X import *`, or by upper-case names, at the beginning of a line. */
struct django_import {
    size_t begin, end;  /* the statement, in the text */
    unsigned level;     /* how many dots stand in front */
    const char *module; /* "base", "acme.settings.base"; "" with dots alone */
};

struct django_imports {
    struct django_import *items;
    size_t count;
};

struct django_imports django_settings_imports(struct arena *arena, const char *text, size_t length);

/* A stretch of a file. Parts are read as one text; all of it is borrowed. */
struct django_part {
    const char *path;
    const char *text; /* of the whole file */
    size_t file_length;
    size_t begin, end;
};

struct django_app_name {
    const char *name;   /* "django.contrib.auth", "shop.apps.ShopConfig" */
    const char *module; /* its migrations by MIGRATION_MODULES; NULL: beside the app */
    const char *file;
    struct place place;
    bool unsure; /* added beneath a condition */
};

struct django_settings;

/* What is no Python is a fault. Without parts no setting is known, but that AUTH_USER_MODEL is `user_model`. */
struct django_settings *django_settings_read(struct arena *arena, const struct django_part *parts, size_t count,
                                             const char *user_model, struct faults *faults);

/* What is written in INSTALLED_APPS; a fault where that can't be known. */
struct django_app_name *django_settings_apps(struct arena *arena, const struct django_settings *settings,
                                             size_t *count, struct faults *faults);

/* The text that the setting holds, or NULL with `why`, "computed". AUTH_USER_MODEL is "auth.User" where none sets it. */
const char *django_settings_text(struct arena *arena, const struct django_settings *settings, const char *name,
                                 const char **why);

/* Is MIGRATION_MODULES set? Then where. */
bool django_settings_moves(const struct django_settings *settings, const char **file, struct place *place);

#endif
