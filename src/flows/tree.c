#include "flows/tree.h"

#include "base/arena.h"
#include "base/memory.h"
#include "files/alembic_dir.h"
#include "files/django_dir.h"
#include "files/script_file.h"

#include <stdlib.h>
#include <string.h>

/* What a reading needs of a target; all borrowed. */
struct source {
    enum engine engine;
    struct names paths;
    const char *layout;
    const struct parameters *vars;
    struct django_options django;
};

static void set_source(struct source *source, const struct target_config *target)
{
    *source = (struct source){
        .engine = target->engine,
        .paths = target->migrations,
        .layout = target->layout,
        .vars = &target->vars,
        .django = {&source->paths, &target->apps, target->settings, target->user_model, target->expected},
    };
}

static bool read_files(struct arena *arena, const struct source *source, struct revision_tree *files,
                       struct error *error)
{
    if (source->engine == ENGINE_DJANGO)
        return django_tree_read(arena, &source->django, files, error);
    if (source->engine == ENGINE_ALEMBIC)
        return alembic_tree_read(arena, &source->paths, files, error);
    if (source->engine == ENGINE_SCRIPT)
        return script_tree_read(arena, &source->paths, files, error);
    return revision_tree_read(arena, &source->paths, source->layout, source->vars, files, error);
}

static struct tree *read_source(const struct source *source, struct error *error)
{
    struct tree *tree = memory_alloc(sizeof *tree);
    tree->arena = arena_create();
    tree->holders = 1;
    if (read_files(tree->arena, source, &tree->files, error))
        return tree;
    tree_release(tree);
    return NULL;
}

struct tree *tree_read(const struct target_config *target, struct error *error)
{
    struct source source;
    set_source(&source, target);
    return read_source(&source, error);
}

struct tree *tree_empty(void)
{
    struct tree *tree = memory_alloc(sizeof *tree);
    struct faults faults = {0};
    tree->arena = arena_create();
    tree->holders = 1;
    faults.arena = tree->arena;
    tree->files.graph = graph_build(tree->arena, NULL, 0, &faults);
    return tree;
}

struct names tree_directories(struct arena *arena, const struct target_config *target)
{
    struct names found = {0};
    if (target->engine == ENGINE_ALEMBIC)
        found = alembic_directories(arena, &target->migrations);
    if (target->engine == ENGINE_SCRIPT)
        found = script_directories(arena, &target->migrations);
    return found.count > 0 ? found : names_copy(arena, &target->migrations);
}

struct tree *tree_hold(struct tree *tree)
{
    tree->holders++;
    return tree;
}

void tree_release(struct tree *tree)
{
    if (tree == NULL || --tree->holders > 0)
        return;
    arena_destroy(tree->arena);
    free(tree);
}

struct reading {
    uv_work_t work;
    struct arena *arena;         /* of the target */
    struct target_config target; /* what a reading needs of it */
    struct source source;
    struct names included;
    char known[DIGEST_HEX_SIZE];
    struct tree *tree;
    bool failed;
    struct error error;
    void (*done)(void *context, struct tree *tree, const struct error *error);
    void *context;
};

static bool read_fingerprint(struct reading *reading, char fingerprint[DIGEST_HEX_SIZE])
{
    const struct source *source = &reading->source;
    if (source->engine == ENGINE_DJANGO)
        return django_tree_fingerprint(&source->django, fingerprint, &reading->error);
    if (source->engine == ENGINE_ALEMBIC)
        return alembic_tree_fingerprint(&source->paths, fingerprint, &reading->error);
    if (source->engine == ENGINE_SCRIPT)
        return script_tree_fingerprint(&source->paths, fingerprint, &reading->error);
    return revision_tree_fingerprint(&source->paths, source->layout, &reading->included, fingerprint,
                                     &reading->error);
}

static void read_in_pool(uv_work_t *work)
{
    struct reading *reading = work->data;
    char fingerprint[DIGEST_HEX_SIZE];
    if (reading->known[0] != '\0') {
        if (!read_fingerprint(reading, fingerprint)) {
            reading->failed = true;
            return;
        }
        if (strcmp(fingerprint, reading->known) == 0)
            return;
    }
    reading->tree = read_source(&reading->source, &reading->error);
    reading->failed = reading->tree == NULL;
}

static void reading_done(uv_work_t *work, int status)
{
    struct reading *reading = work->data;
    (void)status;
    reading->done(reading->context, reading->tree, reading->failed ? &reading->error : NULL);
    arena_destroy(reading->arena);
    free(reading);
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_string(arena, text);
}

static void copy_target(struct arena *arena, const struct target_config *from, struct target_config *to)
{
    *to = (struct target_config){
        .engine = from->engine,
        .migrations = names_copy(arena, &from->migrations),
        .layout = arena_string(arena, from->layout),
        .vars = *parameters_copy(arena, &from->vars),
        .apps = names_copy(arena, &from->apps),
        .settings = copy_text(arena, from->settings),
        .user_model = copy_text(arena, from->user_model),
        .expected = copy_text(arena, from->expected),
    };
}

void tree_read_later(uv_loop_t *loop, const struct target_config *target, const char *known,
                     const struct names *included,
                     void (*done)(void *context, struct tree *tree, const struct error *error), void *context)
{
    struct reading *reading = memory_alloc(sizeof *reading);
    reading->arena = arena_create();
    copy_target(reading->arena, target, &reading->target);
    set_source(&reading->source, &reading->target);
    if (known != NULL) {
        memcpy(reading->known, known, strnlen(known, DIGEST_HEX_SIZE - 1));
        reading->included = names_copy(reading->arena, included);
    }
    reading->done = done;
    reading->context = context;
    reading->work.data = reading;
    uv_queue_work(loop, &reading->work, read_in_pool, reading_done);
}

bool tree_has_files(const struct revision_tree *files, const struct target_config *target, struct error *error)
{
    const struct names *directories = &target->migrations;
    if (files->count > 0 || files->graph == NULL || target->allow_empty == EMPTY_ALLOWED)
        return true;
    struct arena *arena = arena_create();
    error_set(error, ERROR_CONFIG, "there are no revision files in %s: %s mounted?",
              names_join(arena, directories, directories->count), directories->count == 1 ? "is it" : "are they");
    arena_destroy(arena);
    return error_next(error, "mount them, name their directory (migrations), or set allow_empty = yes");
}
