/*
 * Which AppConfig an app's apps.py gives, and its label: read, not run. Pure. Source of the rules: django/apps/config.py
 * (AppConfig.create and __init__).
 */
#ifndef MIGRATED_CORE_DJANGO_CONFIG_H
#define MIGRATED_CORE_DJANGO_CONFIG_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct django_config {
    const char *name;  /* the app's package; NULL: none was found */
    const char *label; /* NULL: the last part of its name */
};

/*
 * The class `class_name` of the module in `text`, or with NULL the one that Django takes by itself, if there is one. What
 * can't be known of it is a fault.
 */
struct django_config django_config_read(struct arena *arena, const char *path, const char *text, size_t length,
                                        const char *class_name, struct faults *faults);

#endif
