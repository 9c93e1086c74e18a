#include "daemon/files.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "daemon/watch.h"

#include <stdlib.h>
#include <string.h>

/* What is to be done after the reading under way. */
enum due { NOTHING, READ_IF_CHANGED, READ };

struct files {
    uv_loop_t *loop;
    struct files_events events;
    const struct target_config *target; /* borrowed */
    struct names folders, included;     /* as of the last reading (files/revision_dir.h); in an arena of their own */
    struct arena *folders_arena;
    struct watch *watch;
    uv_timer_t *rescan;
    char fingerprint[DIGEST_HEX_SIZE]; /* of what was read last, faulty files too; "": nothing could be */
    char *warning;                     /* told last, NULL: all is well */
    bool known;                        /* some were good: only better ones replace them */
    bool filled;                       /* and there was at least one */
    bool absent;                       /* none could be had so far, and that is well */
    bool reading, destroyed;
    enum due due;
};

static void log_faults(const struct tree *tree)
{
    const struct faults *faults = &tree->files.faults;
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        log_error("%s:%u:%u: %s", fault->file, fault->line, fault->column, fault->message);
    }
}

/* ---- reading ---- */

static void read_now(struct files *files, enum due how);

static void warn(struct files *files, const char *warning)
{
    if (files->warning != NULL && strcmp(files->warning, warning) == 0)
        return;
    free(files->warning);
    files->warning = memory_string(warning);
    log_warning("the last good revision files stay in force: %s", warning);
    files->events.faulty(files->events.context, warning);
}

static void take_faulty(struct files *files, struct tree *tree)
{
    struct text warning = {0};
    const struct fault *first = &tree->files.faults.items[0];
    log_faults(tree);
    text_addf(&warning, "%s:%u:%u: %s", first->file, first->line, first->column, first->message);
    warn(files, text_string(&warning));
    text_finish(&warning);
}

static void watch_anew(struct files *files);

static void take_good(struct files *files, struct tree *tree)
{
    files->known = true;
    files->filled = tree->files.count > 0;
    struct log_about about = {.target = files->target->name};
    log_event(LOG_SEVERITY_INFO, &about, "revision files read: %zu revision%s", tree->files.count,
              tree->files.count == 1 ? "" : "s");
    free(files->warning);
    files->warning = NULL;
    files->events.good(files->events.context, tree);
}

/* Nothing to go on with. */
static void take_none(struct files *files, const struct tree *tree)
{
    struct error faulty;
    size_t count = tree->files.faults.count;
    log_faults(tree);
    error_set(&faulty, ERROR_FILES, "%zu fault%s in the revision files", count, count == 1 ? "" : "s");
    error_next(&faulty, "mend them and check with `migrated check --files`");
    files->events.none(files->events.context, &faulty);
}

/* Of an Alembic project only the application's image may have them. When they come, they are read. */
static bool may_be_absent(const struct files *files, const struct tree *tree, const struct error *error)
{
    return engine_is_foreign(files->target->engine) && (files->absent || error != NULL || tree->files.missing);
}

static void take_absent(struct files *files, const struct tree *tree, const struct error *error)
{
    const char *why = error != NULL ? error->message : tree->files.faults.items[0].message;
    if (files->warning == NULL || strcmp(files->warning, why) != 0)
        log_warning("the revision files cannot be had: %s", why);
    free(files->warning);
    files->warning = memory_string(why);
    if (files->absent)
        return;
    files->absent = true;
    struct tree *none = tree_empty();
    files->events.good(files->events.context, none);
    tree_release(none);
}

static void take_folders(struct files *files, const struct revision_tree *tree)
{
    arena_destroy(files->folders_arena);
    files->folders_arena = arena_create();
    files->folders = names_copy(files->folders_arena, &tree->folders);
    files->included = names_copy(files->folders_arena, &tree->included);
}

static void take(struct files *files, struct tree *tree, const struct error *error)
{
    struct error gone;
    bool bad = error != NULL || (tree != NULL && tree->files.graph == NULL);
    if (!files->known && bad && may_be_absent(files, tree, error)) {
        take_absent(files, tree, error);
        return;
    }
    if (error != NULL) {
        files->fingerprint[0] = '\0';
        if (files->known)
            warn(files, error->message);
        else
            files->events.none(files->events.context, error);
        return;
    }
    if (tree == NULL)
        return;
    memcpy(files->fingerprint, tree->files.fingerprint, sizeof files->fingerprint);
    take_folders(files, &tree->files);
    watch_anew(files); /* the directories themselves may be others now */
    if (tree->files.graph == NULL && !files->known)
        take_none(files, tree);
    else if (tree->files.graph == NULL)
        take_faulty(files, tree);
    else if (files->filled && !tree_has_files(&tree->files, files->target, &gone))
        warn(files, gone.message);
    else
        take_good(files, tree);
}

static void free_files(struct files *files)
{
    arena_destroy(files->folders_arena);
    free(files->warning);
    free(files);
}

static void on_read(void *context, struct tree *tree, const struct error *error)
{
    struct files *files = context;
    enum due due = files->due;
    files->due = NOTHING;
    if (!files->destroyed)
        take(files, tree, error); /* which may destroy us */
    files->reading = false;
    tree_release(tree);
    if (files->destroyed)
        free_files(files);
    else if (due != NOTHING)
        read_now(files, due);
}

static void read_now(struct files *files, enum due how)
{
    if (files->reading) {
        files->due = how > files->due ? how : files->due;
        return;
    }
    files->reading = true;
    tree_read_later(files->loop, files->target, how == READ ? NULL : files->fingerprint, &files->included, on_read,
                    files);
}

void files_read(struct files *files)
{
    read_now(files, READ);
}

/* ---- watching ---- */

static void on_changed(void *context)
{
    read_now(context, READ_IF_CHANGED);
}

static void on_rescan(uv_timer_t *timer)
{
    on_changed(timer->data);
}

static void watch_anew(struct files *files)
{
    watch_destroy(files->watch);
    struct arena *arena = arena_create();
    struct names directories = tree_directories(arena, files->target);
    files->watch = watch_create(files->loop, &directories, &files->folders, on_changed, files);
    arena_destroy(arena);
}

void files_watch(struct files *files, const struct target_config *target, int64_t rescan_ms)
{
    files->target = target;
    watch_anew(files);
    uv_timer_start(files->rescan, on_rescan, (uint64_t)rescan_ms, (uint64_t)rescan_ms);
}

/* ---- life ---- */

struct files *files_create(uv_loop_t *loop, const struct files_events *events)
{
    struct files *files = memory_alloc(sizeof *files);
    files->loop = loop;
    files->events = *events;
    files->rescan = memory_alloc(sizeof *files->rescan);
    files->rescan->data = files;
    uv_timer_init(loop, files->rescan);
    return files;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void files_destroy(struct files *files)
{
    if (files == NULL)
        return;
    watch_destroy(files->watch);
    uv_close((uv_handle_t *)files->rescan, free_handle);
    files->destroyed = true;
    if (!files->reading)
        free_files(files);
}
