/*
 * sqitch.plan: which changes there are, in which order, what each needs and which of them rework an earlier one. Private
 * to core. Pure.
 *
 * The rules are sqitch's own (App::Sqitch::Plan, _parse and check_changes; Plan::Change, path_segments; Plan::Depend,
 * parse; Engine, check_deploy_dependencies; version 1.3). Whatever sqitch refuses to read or to deploy is a fault.
 */
#ifndef MIGRATED_CORE_SQITCH_PLAN_H
#define MIGRATED_CORE_SQITCH_PLAN_H

#include "base/fault.h"
#include "base/names.h"

#include <stdbool.h>

struct arena;

#define SQITCH_NONE ((size_t)-1)

struct sqitch_tag {
    const char *name; /* without its @ */
    unsigned line;
    size_t change; /* behind which it stands */
};

struct sqitch_change {
    const char *name;
    const char *note;         /* "" if it has none */
    const char *id;           /* the name; of the second of that name NAME/2, and so on */
    const char *dependencies; /* what stands between the brackets; NULL: there are none */
    unsigned line, column;    /* of the name */
    unsigned dependencies_column;
    size_t reworked_by;    /* SQITCH_NONE: it is the last of its name */
    struct names requires; /* ids of changes of this plan */
};

/* Owned by the arena. */
struct sqitch_plan {
    const char *path; /* as it is shown; borrowed */
    const char *project;
    struct sqitch_change *changes;
    size_t count, capacity;
    struct sqitch_tag *tags;
    size_t tag_count, tag_capacity;
};

/* What is wrong are faults at their lines; the changes that could be read are there in any case. */
void sqitch_plan_read(struct arena *arena, const char *path, const char *text, size_t length,
                      struct sqitch_plan *plan, struct faults *faults);

/* ---- the parts of the reader ---- */

/* May it be the name of a change, tag or project? `last`: a blank or the end follows, and digits behind some marks may not
 * come before that. */
bool sqitch_name_is_valid(const char *name, size_t length, bool last);

/* One that may neither begin nor end a name. */
bool sqitch_is_punctuation(char byte);

/* One line of the plan's body. */
struct sqitch_line {
    bool is_tag;
    const char *name, *note;
    const char *dependencies; /* NULL: none */
    unsigned column, dependencies_column;
};

/* False: it is faulty, and that was told. `text` holds no line end and is not blank. */
bool sqitch_line_read(struct arena *arena, const char *path, unsigned number, const char *text, size_t length,
                      struct sqitch_line *line, struct faults *faults);

/* Look up what the changes name, and refuse what sqitch would. */
void sqitch_plan_resolve(struct arena *arena, struct sqitch_plan *plan, struct faults *faults);

#endif
