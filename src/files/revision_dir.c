#include "files/revision_dir.h"

#include "base/arena.h"
#include "base/memory.h"
#include "core/revision_file.h"
#include "directories.h"
#include "file_bytes.h"
#include "fingerprint.h"
#include "revision_read.h"
#include "tree_parts.h"

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

/* Is the id of each known? */
static bool has_ids(const struct revision_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->revisions[i].id_place.line == 0)
            return false;
    return true;
}

bool tree_read_directories(struct arena *arena, const struct layout *layout, const struct names *paths,
                           struct revision_tree *tree, struct error *error)
{
    struct directories directories;
    if (!directories_open(layout, paths, &directories, error))
        return false;

    bool complete;
    *tree = (struct revision_tree){
        .revisions = arena_array(arena, directories.file_count, sizeof *tree->revisions),
        .faults = {.arena = arena},
    };
    tree->count = revisions_read(arena, &directories, tree->revisions, &tree->faults, &complete);
    fingerprint_write(&directories, tree->fingerprint);
    directories_close(&directories);

    if (layout == &native_layout)
        revision_files_link(arena, tree->revisions, tree->count, &tree->faults);
    if (complete && has_ids(tree)) /* else whatever names a revision that is missing would be faulted too */
        build_graph(arena, tree);
    if (tree->faults.count > 0)
        tree->graph = NULL;
    faults_sort(&tree->faults);
    return true;
}

bool revision_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree,
                        struct error *error)
{
    return tree_read_directories(arena, &native_layout, paths, tree, error);
}

bool tree_fingerprint_directories(const struct layout *layout, const struct names *paths,
                                  char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    struct directories directories;
    if (!directories_open(layout, paths, &directories, error))
        return false;

    for (size_t i = 0; i < directories.file_count; i++)
        file_look(&directories.files[i]);
    fingerprint_write(&directories, fingerprint);
    directories_close(&directories);
    return true;
}

bool revision_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    return tree_fingerprint_directories(&native_layout, paths, fingerprint, error);
}

static bool unreadable(const struct revision *revision, struct error *error)
{
    error_set(error, ERROR_FILES, "can't be read: %m");
    error_place(error, revision->path, 1, 1);
    return error_next(error, "put the file back, and make it readable for the user that runs migrated");
}

static bool changed(const struct revision *revision, struct error *error)
{
    error_set(error, ERROR_FILES, "the file was changed since it was read");
    error_place(error, revision->path, 1, 1);
    return error_next(error, "run the command again, or send SIGHUP to the daemon, to read the files anew");
}

static bool same_span(const struct section *a, const struct section *b)
{
    return a->offset == b->offset && a->length == b->length;
}

/* Line ends and blanks do not change the checksum, but they move the sections. */
static bool is_same(const struct revision *revision, const char *text, size_t length)
{
    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct revision now;
    revision_file_read(arena, revision->path, text, length, &now, &faults);
    bool same = strcmp(now.checksum, revision->checksum) == 0 && same_span(&now.up, &revision->up) &&
                same_span(&now.down, &revision->down);
    arena_destroy(arena);
    return same;
}

bool revision_text_read(const struct revision *revision, char **text, size_t *length, struct error *error)
{
    struct buffer buffer = {0};
    int descriptor = open(revision->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return unreadable(revision, error);
    bool read = file_bytes_read(descriptor, revision->file_size, &buffer);
    int reason = errno;
    close(descriptor);
    errno = reason;
    if (!read)
        unreadable(revision, error);
    else if (!is_same(revision, buffer.bytes, buffer.length))
        read = changed(revision, error);
    if (!read) {
        free(buffer.bytes);
        return false;
    }

    buffer.bytes = memory_resize(buffer.bytes, buffer.length + 1);
    buffer.bytes[buffer.length] = '\0';
    *text = buffer.bytes;
    *length = buffer.length;
    return true;
}
