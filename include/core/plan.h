/*
 * What a command would run: the steps of an upgrade, downgrade or stamp, and what each does to the version rows.
 * Source of the rules: alembic/script/revision.py (_collect_upgrade_revisions, _collect_downgrade_revisions),
 * alembic/script/base.py (_stamp_revs), alembic/runtime/migration.py (RevisionStep, StampStep, HeadMaintainer).
 */
#ifndef MIGRATED_CORE_PLAN_H
#define MIGRATED_CORE_PLAN_H

#include "core/resolve.h"

struct step {
    uint32_t node;
    enum direction direction;
};

struct plan {
    const struct graph *graph; /* borrowed */
    struct step *steps;        /* owned by the arena, in the order in which they run */
    size_t count;
    struct names rows; /* version rows that the plan starts from, sorted; owned by the arena */
};

/* Upgrade `rows` to `target` ("heads", an id, "+1", "label@head" ...), or downgrade them. Refusals as Alembic's,
 * ERROR_USAGE; unknown and overlapping rows ERROR_FILES. A plan of no steps is a success: nothing to do. `rows` in the
 * order in which they were read: a downgrade "-N" goes from the first one, as Alembic's (callers warn when there are
 * several). */
bool plan_upgrade(struct arena *arena, const struct graph *graph, const struct names *rows, const char *target,
                  struct plan *plan, struct error *error);
bool plan_downgrade(struct arena *arena, const struct graph *graph, const struct names *rows, const char *target,
                    struct plan *plan, struct error *error);

/* The version rows after `stamp targets...` (all targets, Alembic's order of effects); with `purge` all rows are
 * forgotten first, unknown ones too. `after` is sorted and owned by the arena. */
bool plan_stamp(struct arena *arena, const struct graph *graph, const struct names *rows, const struct names *targets,
                bool purge, struct names *after, struct error *error);
/* Those of `ids` that such a stamp speaks of: a target, what it stands on, what stands on it; with `purge` all. Of one
 * without a file nobody knows where it stands. Ids are borrowed, the list is owned by the arena. */
bool plan_stamp_concerns(struct arena *arena, const struct graph *graph, const struct names *ids,
                         const struct names *targets, bool purge, struct names *concerned, struct error *error);

/*
 * Version-row arithmetic of a single step (net effect of Alembic's HeadMaintainer): `rows` is changed in place.
 *   upgrade r:   rows' = (rows minus N(r)) plus r
 *   downgrade r: rows' = (rows minus r) plus those members of N(r) that no other row needs
 * `struct version_rows` keeps what makes a long plan linear; create it once for a run.
 */
struct version_rows;

struct version_rows *version_rows_create(struct arena *arena, const struct graph *graph, struct nodes rows);
void version_rows_step(struct version_rows *rows, struct step step);
/* The rows now, as ids, sorted bytewise; owned by the arena given. */
struct names version_rows_ids(const struct version_rows *rows, struct arena *arena);

#endif
