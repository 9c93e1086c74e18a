#include "files/revision_dir.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/liquibase_file.h"
#include "core/revision_file.h"
#include "directories.h"
#include "file_bytes.h"
#include "fingerprint.h"
#include "inclusion_files.h"
#include "revision_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_places(const void *left, const void *right)
{
    const struct fault *a = left, *b = right;
    int files = strcmp(a->file, b->file);
    if (files != 0)
        return files;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* The graph's faults join those of the files; one at a place that is already faulted says the same again. */
static void build_graph(struct arena *arena, struct revision_tree *tree)
{
    struct faults found = {.arena = arena};
    tree->graph = graph_build(arena, tree->revisions, tree->count, &found);

    size_t own = tree->faults.count;
    faults_sort(&tree->faults);
    for (size_t i = 0; i < found.count; i++) {
        const struct fault *fault = &found.items[i];
        if (own == 0 || bsearch(fault, tree->faults.items, own, sizeof *fault, compare_places) == NULL)
            fault_add(&tree->faults, fault->file, fault->line, fault->column, "%s", fault->message);
    }
}

static void copy_faults(struct faults *faults, const struct faults *from)
{
    for (size_t i = 0; i < from->count; i++)
        fault_add(faults, arena_string(faults->arena, from->items[i].file), from->items[i].line,
                  from->items[i].column, "%s", from->items[i].message);
}

/* Is the id of each known? */
static bool has_ids(const struct revision_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->revisions[i].id_place.line == 0)
            return false;
    return true;
}

/* NULL: all are ours. */
static const struct layout *foreign_layout(const struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        if (directories->items[i].layout != &layout_native)
            return directories->items[i].layout;
    return NULL;
}

/* What plans and configurations say counts too. */
static void add_told(const struct directories *directories, struct arena *arena, struct names *included)
{
    const char **items = arena_array(arena, included->count + 2 * directories->count, sizeof *items);
    for (size_t i = 0; i < included->count; i++)
        items[i] = included->items[i];
    included->items = items;
    for (size_t i = 0; i < directories->count; i++) {
        const struct layout_listing *listing = &directories->items[i].listing;
        if (listing->plan.path != NULL)
            items[included->count++] = arena_string(arena, listing->plan.path);
        if (listing->configuration.path != NULL)
            items[included->count++] = arena_string(arena, listing->configuration.path);
    }
    names_sort(included);
}

/* They are read too. */
static void add_folders_of(struct arena *arena, const struct names *files, struct names *folders)
{
    const char **items = arena_array(arena, folders->count + files->count, sizeof *items);
    for (size_t i = 0; i < folders->count; i++)
        items[i] = folders->items[i];
    folders->items = items;
    for (size_t i = 0; i < files->count; i++) {
        const char *slash = strrchr(files->items[i], '/');
        const char *folder =
            slash == NULL ? "." : arena_copy(arena, files->items[i], (size_t)(slash - files->items[i]));
        if (!names_contain(folders, folder))
            items[folders->count++] = folder;
    }
}

bool revision_tree_read(struct arena *arena, const struct names *paths, const char *layout,
                        const struct parameters *parameters, struct revision_tree *tree, struct error *error)
{
    struct directories directories;
    if (!directories_open(paths, layout, &directories, error))
        return false;

    bool complete;
    *tree = (struct revision_tree){
        .faults = {.arena = arena},
        .folders = directories_folders(&directories, arena),
        .passed_over = directories_passed_over(&directories, arena),
        .foreign = foreign_layout(&directories),
    };
    copy_faults(&tree->faults, &directories.faults);
    tree->revisions = revisions_read(arena, &directories, parameters_copy(arena, parameters), &tree->count,
                                     &tree->included, &tree->faults, &complete);
    add_told(&directories, arena, &tree->included);
    add_folders_of(arena, &tree->included, &tree->folders);
    fingerprint_write(&directories, &tree->included, tree->fingerprint);
    directories_close(&directories);

    revision_files_link(arena, tree->revisions, tree->count, &tree->faults);
    if (complete && has_ids(tree)) /* else whatever names a revision that is missing would be faulted too */
        build_graph(arena, tree);
    if (tree->faults.count > 0)
        tree->graph = NULL;
    faults_sort(&tree->faults);
    return true;
}

bool revision_tree_fingerprint(const struct names *paths, const char *layout, const struct names *included,
                               char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    struct directories directories;
    if (!directories_open(paths, layout, &directories, error))
        return false;

    for (size_t i = 0; i < directories.file_count; i++)
        file_look(&directories.files[i]);
    fingerprint_write(&directories, included, fingerprint);
    directories_close(&directories);
    return true;
}

static bool unreadable(const char *path, struct error *error)
{
    error_set(error, ERROR_FILES, "can't be read: %m");
    error_place(error, path, 1, 1);
    return error_next(error, "put the file back, and make it readable for the user that runs migrated");
}

static bool changed(const char *path, struct error *error)
{
    error_set(error, ERROR_FILES, "the file was changed since it was read");
    error_place(error, path, 1, 1);
    return error_next(error, "run the command again, or send SIGHUP to the daemon, to read the files anew");
}

static bool same_section(const struct section *a, const struct section *b)
{
    return a->offset == b->offset && a->length == b->length && strcmp(a->checksum, b->checksum) == 0;
}

/* The text that is run is made of the file. */
static bool is_same_changeset(const struct revision *revision, enum direction direction, struct buffer *text)
{
    struct text out = {0};
    liquibase_file_text(text->bytes, text->length, &out);
    free(text->bytes);
    *text = (struct buffer){out.bytes, out.length, out.capacity};
    return liquibase_file_is_same(revision_section(revision, direction), revision, &out);
}

/* The files that it names are read into it. Line ends and blanks do not change the checksum, but they move the sections. */
static bool is_same(const struct revision *revision, enum direction direction, struct buffer *text)
{
    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct revision now = {.layout = revision->layout};
    const char *path = revision_path(revision, direction);
    enum revision_part side = direction == DIRECTION_UPGRADE ? REVISION_UP : REVISION_DOWN;
    const struct layout *layout = revision->layout == NULL ? &layout_native : revision->layout;
    struct revision_script script = {text->bytes, text->length, NULL, NULL};
    struct included_paths asked = {0};
    if (revision->directory != NULL)
        script = inclusion_files_read(arena, layout, revision->directory, NULL, path, text, &asked, &faults);
    if (side == REVISION_UP)
        inclusion_files_verify(arena, layout, revision->directory, revision->verify_path, text, &script, &asked,
                               &faults);
    if (revision->parameters != NULL)
        inclusion_files_put(arena, revision->parameters, revision, path, text, &script, &faults);
    enum revision_part part =
        layout != &layout_native && revision_section(revision, direction)->alone ? side : REVISION_WHOLE;
    revision_script_read(arena, layout, path, part, &script, &now, &faults);
    bool same = same_section(revision_section(&now, direction), revision_section(revision, direction));
    arena_destroy(arena);
    return same;
}

static bool read_again(const struct revision *revision, enum direction direction, struct buffer *buffer,
                       struct error *error)
{
    const struct section *section = revision_section(revision, direction);
    if (section->path == NULL) /* nothing is to be run */
        return true;
    int descriptor = open(section->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return unreadable(section->path, error);
    bool read = file_bytes_read(descriptor, section->file_size, buffer);
    int reason = errno;
    close(descriptor);
    errno = reason;
    if (!read)
        return unreadable(section->path, error);
    bool same = revision->layout == &layout_liquibase ? is_same_changeset(revision, direction, buffer)
                                                      : is_same(revision, direction, buffer);
    return same || changed(section->path, error);
}

bool revision_text_read(const struct revision *revision, enum direction direction, char **text, size_t *length,
                        struct error *error)
{
    struct buffer buffer = {0};
    if (!read_again(revision, direction, &buffer, error)) {
        free(buffer.bytes);
        return false;
    }
    buffer.bytes = memory_resize(buffer.bytes, buffer.length + 1);
    buffer.bytes[buffer.length] = '\0';
    *text = buffer.bytes;
    *length = buffer.length;
    return true;
}
