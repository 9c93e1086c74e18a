/*
 * The script that `upgrade --sql` and `downgrade --sql` print: runs unchanged in psql and leaves the same version rows
 * (Alembic's offline mode, alembic/runtime/migration.py). Each transactional revision is a transaction of its own.
 */
#ifndef MIGRATED_CORE_SCRIPT_H
#define MIGRATED_CORE_SCRIPT_H

#include "base/names.h"
#include "base/text.h"
#include "core/revision.h"

struct script_table {
    const char *schema; /* NULL: found through search_path */
    const char *name;
};

/* What stands first; with `create` the version table is made if it is missing (a script that starts at base). */
void script_begin(struct text *out, const struct script_table *table, bool create);

/* One revision. `text` is its whole file; the rows are sorted. */
void script_add(struct text *out, const struct script_table *table, const struct revision *revision,
                enum direction direction, const char *text, const struct names *before, const struct names *after);

#endif
