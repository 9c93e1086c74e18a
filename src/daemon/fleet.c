#include "daemon/fleet.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "daemon/failure_log.h"
#include "daemon/files.h"

#include <stdlib.h>
#include <string.h>

struct member {
    struct fleet *fleet;
    struct member *next; /* among those that are leaving */
    char *name;          /* owned */
    struct target *target;
    struct files *files; /* NULL: leaving, or stopping */
    bool has_files;      /* good ones were read */
    bool late;           /* came with a reload: faulty files of its own end nothing */
    char *missing;       /* of a late one: why it has no files, as it was logged last; NULL: nothing was */
};

struct fleet {
    uv_loop_t *loop;
    const struct config *config; /* borrowed */
    struct fleet_events events;
    struct member **members; /* as the configuration lists them */
    size_t count;
    struct member *leaving;
    bool filled;
    size_t running; /* while stopping: not stopped yet */
    void (*stopped)(void *context);
    void *stopped_context;
};

static void destroy(struct member *member)
{
    files_destroy(member->files);
    target_destroy(member->target);
    free(member->name);
    free(member->missing);
    free(member);
}

/* ---- files ---- */

static void note_filled(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++)
        if (!fleet->members[i]->has_files)
            return;
    if (!fleet->filled)
        fleet->events.filled(fleet->events.context);
    fleet->filled = true;
}

static void on_good_files(void *context, struct tree *tree)
{
    struct member *member = context;
    struct log_about about = {.target = member->name};
    if (!member->has_files && tree->files.count == 0)
        log_event(LOG_SEVERITY_WARNING, &about, "there is no revision file: nothing is expected of the database");
    member->has_files = true;
    note_filled(member->fleet);
    target_warn(member->target, NULL);
    target_set_tree(member->target, tree);
}

static void on_faulty_files(void *context, const char *warning)
{
    struct member *member = context;
    target_warn(member->target, warning);
}

static void on_no_files(void *context, const struct error *error)
{
    struct member *member = context;
    struct fleet *fleet = member->fleet;
    struct text line = {0};
    if (!member->late) {
        failure_log(error);
        fleet->events.none(fleet->events.context, error);
        return;
    }
    failure_add(&line, error);
    if (member->missing == NULL || strcmp(member->missing, text_string(&line)) != 0) {
        failure_log(error);
        free(member->missing);
        member->missing = memory_string(text_string(&line));
        target_warn(member->target, member->missing);
    }
    text_finish(&line);
}

/* ---- coming and going ---- */

static void on_changed(void *context)
{
    struct member *member = context;
    member->fleet->events.changed(member->fleet->events.context);
}

static struct member *join(struct fleet *fleet, const struct target_config *own, bool late)
{
    struct member *member = memory_alloc(sizeof *member);
    struct target_events events = {on_changed, member};
    struct files_events files_events = {on_good_files, on_no_files, on_faulty_files, member};
    member->fleet = fleet;
    member->name = memory_string(own->name);
    member->late = late;
    member->target = target_create(fleet->loop, fleet->config, own, &events);
    member->files = files_create(fleet->loop, &files_events);
    return member;
}

/* The pool reads the files while the connection is opened. */
static void start(struct member *member, const struct target_config *own)
{
    files_watch(member->files, own, member->fleet->config->cache_ttl_ms);
    files_read(member->files);
    target_start(member->target);
}

static void on_left(void *context)
{
    struct member *member = context;
    struct fleet *fleet = member->fleet;
    struct member **link = &fleet->leaving;
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    destroy(member);
    if (fleet->stopped != NULL && --fleet->running == 0)
        fleet->stopped(fleet->stopped_context);
}

static void leave(struct member *member)
{
    struct fleet *fleet = member->fleet;
    struct log_about about = {.target = member->name};
    log_event(LOG_SEVERITY_INFO, &about, "the target is in the configuration no more");
    files_destroy(member->files);
    member->files = NULL;
    member->next = fleet->leaving;
    fleet->leaving = member;
    target_stop(member->target, on_left, member);
}

static struct member *take_member(struct fleet *fleet, const char *name)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = fleet->members[i];
        if (member == NULL || strcmp(member->name, name) != 0)
            continue;
        fleet->members[i] = NULL;
        return member;
    }
    return NULL;
}

static struct member *renew(struct fleet *fleet, const struct target_config *own)
{
    struct member *member = take_member(fleet, own->name);
    if (member == NULL) {
        member = join(fleet, own, true);
        start(member, own);
        return member;
    }
    target_reload(member->target, fleet->config, own);
    files_watch(member->files, own, fleet->config->cache_ttl_ms);
    files_read(member->files);
    return member;
}

void fleet_reload(struct fleet *fleet, const struct config *config)
{
    struct member **members = memory_alloc(config->n_targets * sizeof(struct member *));
    fleet->config = config;
    for (size_t i = 0; i < config->n_targets; i++)
        members[i] = renew(fleet, &config->targets[i]);
    struct member **before = fleet->members;
    size_t count = fleet->count;
    fleet->members = members;
    fleet->count = config->n_targets;
    for (size_t i = 0; i < count; i++)
        if (before[i] != NULL)
            leave(before[i]);
    free(before);
    fleet_arrange(fleet);
}

void fleet_read(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++)
        files_read(fleet->members[i]->files);
}

/* ---- the order ---- */

static bool is_in_sync(const struct fleet *fleet, const char *name)
{
    for (size_t i = 0; i < fleet->count; i++)
        if (strcmp(fleet->members[i]->name, name) == 0)
            return target_is_in_sync(fleet->members[i]->target);
    return false;
}

void fleet_arrange(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        const char *after = fleet->config->targets[i].after;
        bool ready = after == NULL || is_in_sync(fleet, after);
        target_wait_for(fleet->members[i]->target, ready ? NULL : after);
    }
}

/* ---- the whole ---- */

struct target_view *fleet_look(struct fleet *fleet, struct arena *arena, size_t *count)
{
    struct target_view *views = arena_array(arena, fleet->count, sizeof *views);
    for (size_t i = 0; i < fleet->count; i++)
        target_look(fleet->members[i]->target, arena, &views[i]);
    *count = fleet->count;
    return views;
}

bool fleet_is_busy(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++)
        if (target_is_running(fleet->members[i]->target))
            return true;
    return fleet->leaving != NULL;
}

struct fleet *fleet_create(uv_loop_t *loop, const struct config *config, const struct fleet_events *events)
{
    struct fleet *fleet = memory_alloc(sizeof *fleet);
    fleet->loop = loop;
    fleet->config = config;
    fleet->events = *events;
    fleet->members = memory_alloc(config->n_targets * sizeof(struct member *));
    for (; fleet->count < config->n_targets; fleet->count++)
        fleet->members[fleet->count] = join(fleet, &config->targets[fleet->count], false);
    fleet_arrange(fleet);
    return fleet;
}

void fleet_start(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++)
        start(fleet->members[i], &fleet->config->targets[i]);
}

static void on_stopped(void *context)
{
    struct fleet *fleet = context;
    if (--fleet->running == 0)
        fleet->stopped(fleet->stopped_context);
}

void fleet_stop(struct fleet *fleet, void (*stopped)(void *context), void *context)
{
    fleet->stopped = stopped;
    fleet->stopped_context = context;
    fleet->running = fleet->count;
    for (struct member *member = fleet->leaving; member != NULL; member = member->next)
        fleet->running++;
    for (size_t i = 0; i < fleet->count; i++) {
        files_destroy(fleet->members[i]->files);
        fleet->members[i]->files = NULL;
        target_stop(fleet->members[i]->target, on_stopped, fleet);
    }
}

void fleet_destroy(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    for (size_t i = 0; i < fleet->count; i++)
        destroy(fleet->members[i]);
    while (fleet->leaving != NULL) {
        struct member *member = fleet->leaving;
        fleet->leaving = member->next;
        destroy(member);
    }
    free(fleet->members);
    free(fleet);
}
