/*
 * What alembic.ini says about where revision files are: the keys of its section [alembic]. Pure.
 *
 * The rules are those of Python's configparser, which are others than those of config/ini.h: `=` or `:`, keys in any
 * case, values that go on in indented lines, [DEFAULT], `%(name)s` and `%%`; values of other keys and sections are not
 * looked at. The keys and the ways of splitting are Alembic's (Config.get_version_locations_list, 1.19).
 */
#ifndef MIGRATED_CORE_ALEMBIC_INI_H
#define MIGRATED_CORE_ALEMBIC_INI_H

#include "base/fault.h"
#include "base/names.h"
#include "core/revision.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Owned by the arena. Paths are as written: relative ones are so to the working directory. */
struct alembic_ini {
    const char *script_location;    /* may name a Python package: "app.db:migrations" */
    struct names version_locations; /* empty: the folder `versions` in script_location */
    struct names prepend_sys_path;
    bool recursive;                            /* recursive_version_locations */
    bool sourceless;                           /* compiled files count too */
    struct place script_place, versions_place; /* of the values, for faults; 0:0 if not in the file */
};

/*
 * Read the file's text; `path` names it in faults, `here` is its directory, for `%(here)s`. False: faults were added
 * (no section, no script_location, an unknown path_separator, a `%(name)s` that leads nowhere).
 */
bool alembic_ini_read(struct arena *arena, const char *path, const char *here, const char *text, size_t length,
                      struct alembic_ini *ini, struct faults *faults);

#endif
