/* Where the revision files of an Alembic project are. Private to files. */
#ifndef MIGRATED_FILES_ALEMBIC_SITE_H
#define MIGRATED_FILES_ALEMBIC_SITE_H

#include "base/error.h"
#include "base/fault.h"
#include "base/names.h"

struct arena;

struct alembic_site {
    struct arena *arena;      /* borrowed */
    struct names directories; /* of revision files, in load order, none twice */
    bool missing;             /* a directory that is named is not there */
    size_t capacity;          /* private */
    struct faults *faults;    /* borrowed */
};

/* Add what `path` leads to; false with `error` when it leads nowhere. Faults of an alembic.ini are added. */
bool alembic_site_add(struct alembic_site *site, const char *path, struct error *error);

#endif
