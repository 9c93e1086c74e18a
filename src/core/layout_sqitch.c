/*
 * sqitch: sqitch.plan tells the changes and their order, deploy/NAME.sql, revert/NAME.sql and verify/NAME.sql are their
 * scripts. Of a change that was reworked later they are NAME@TAG.sql, after a tag between the two (App::Sqitch::Plan::
 * Change, path_segments). psql's variables are put in (sqitch gives them with --set).
 */
#include "layout_parts.h"
#include "psql_variables.h"
#include "sqitch_conf.h"
#include "sqitch_plan.h"

#define PLAN "sqitch.plan"

struct project {
    struct layout_listing *listing;
    struct sqitch_plan plan;
    struct sqitch_conf conf;
};

/* NULL: there is none. */
static const char *script(const struct project *project, const char *folder, const char *stem)
{
    struct layout_listing *listing = project->listing;
    return layout_holds(&listing->names,
                        arena_printf(listing->arena, "%s/%s.%s", folder, stem, project->conf.extension));
}

/* The tags of the changes from the last one before its rework down to itself: the first of which there is a script. */
static const char *reworked_stem(const struct project *project, const struct sqitch_change *change, size_t position)
{
    const struct sqitch_plan *plan = &project->plan;
    const char *first = NULL;
    for (size_t at = change->reworked_by; at-- > position;)
        for (size_t i = 0; i < plan->tag_count; i++) {
            if (plan->tags[i].change != at)
                continue;
            const char *stem = arena_printf(project->listing->arena, "%s@%s", change->name, plan->tags[i].name);
            if (script(project, "deploy", stem) != NULL)
                return stem;
            first = first == NULL ? stem : first;
        }
    return first;
}

static void add(const struct project *project, size_t position)
{
    struct layout_listing *listing = project->listing;
    const struct sqitch_change *change = &project->plan.changes[position];
    const char *stem = change->reworked_by == SQITCH_NONE ? change->name : reworked_stem(project, change, position);
    const char *up = script(project, "deploy", stem), *verify = script(project, "verify", stem);
    if (verify != NULL)
        layout_leave(listing, verify);
    if (up == NULL) {
        fault_add(listing->faults, listing->plan.path, change->line, change->column,
                  "change %s has no deploy/%s.%s: put it there, or take its line out", change->name, stem,
                  project->conf.extension);
        return;
    }
    struct layout_entry *entry = layout_add(listing, change->id, change->id);
    entry->message = change->note;
    entry->up = up;
    entry->down = script(project, "revert", stem);
    entry->verify = project->conf.verify ? verify : NULL;
    entry->depends_on = change->requires;
    entry->line = change->line;
}

static void list(struct layout_listing *listing)
{
    struct project project = {.listing = listing};
    if (listing->plan.path == NULL) {
        layout_fault(listing, PLAN, "is not there, or can't be read: it tells which changes there are");
        return;
    }
    project.conf = sqitch_conf_read(listing);
    listing->variables = project.conf.variables;
    sqitch_plan_read(listing->arena, listing->plan.path, listing->plan.bytes, listing->plan.length, &project.plan,
                     listing->faults);
    for (size_t i = 0; i < project.plan.count; i++)
        add(&project, i);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    (void)head, (void)length;
    return layout_holds(names, PLAN) != NULL;
}

static const struct layout_marks marks = {
    .way_back = "revert script", .parameters = psql_variables_put, .outside = ""};

static const char *const folders[] = {"deploy", "revert", "verify", NULL};

const struct layout layout_sqitch = {
    .name = "sqitch",
    .tool = "sqitch",
    .folders = true,
    .deep = folders,
    .plan = PLAN,
    .configuration = "sqitch.conf",
    .includes_from_top = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
