#include "files/script_file.h"

#include "base/arena.h"
#include "core/revision_file.h"
#include "core/script_graph.h"
#include "file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool unreadable(const char *path, int reason, struct error *error)
{
    error_set(error, ERROR_CONFIG, "the script '%s' can't be read: %s", path, strerror(reason));
    return error_next(error, "check the path (migrations) and its mode");
}

/* A pipe or a device is not waited for. -1 with `error`. */
static int open_script(const struct names *paths, struct stat *status, struct error *error)
{
    if (paths->count != 1) {
        error_set(error, ERROR_CONFIG, "a script is one file, and migrations names %zu", paths->count);
        error_next(error, "give each file a target of its own, one `after` the other");
        return -1;
    }
    const char *path = paths->items[0];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0 && fstat(descriptor, status) == 0 && S_ISREG(status->st_mode))
        return descriptor;
    if (descriptor < 0) {
        unreadable(path, errno, error);
        return -1;
    }
    close(descriptor);
    error_set(error, ERROR_CONFIG, "the script '%s' is no file", path);
    error_next(error, "with engine = script migrations is one SQL file, such as schema/pgvector.sql");
    return -1;
}

static void mark(const struct stat *status, char fingerprint[DIGEST_HEX_SIZE])
{
    const int64_t marks[] = {(int64_t)status->st_size, (int64_t)status->st_mtim.tv_sec,
                             (int64_t)status->st_mtim.tv_nsec, (int64_t)status->st_ino};
    unsigned char digest[DIGEST_BYTES];
    digest_sha256(marks, sizeof marks, digest);
    digest_hex(digest, fingerprint);
}

/* Where a script stands only the version rows tell. */
static void refuse_edges(const struct revision *revision, struct faults *faults)
{
    const struct {
        const char *word;
        bool given;
        struct place place;
    } headers[] = {
        {"down_revision", revision->has_down_revision, revision->down_revision_place},
        {"depends_on", revision->depends_on.count > 0, revision->depends_on_place},
        {"labels", revision->labels.count > 0, revision->labels_place},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i].given)
            fault_add(faults, revision->path, headers[i].place.line, headers[i].place.column,
                      "a script has no %s: it comes after whatever was there before", headers[i].word);
}

static void make_tree(struct arena *arena, const char *path, const struct buffer *buffer, struct revision_tree *tree)
{
    struct revision *revision = arena_alloc(arena, sizeof *revision);
    revision_file_read(arena, path, buffer->bytes, buffer->length, revision, &tree->faults);
    refuse_edges(revision, &tree->faults);
    revision->id = script_graph_id(arena, revision->id, revision->checksum);
    revision->is_script = true;
    tree->revisions = revision;
    tree->count = 1;
    if (tree->faults.count == 0)
        tree->graph = graph_build(arena, tree->revisions, tree->count, &tree->faults);
    faults_sort(&tree->faults);
}

bool script_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree, struct error *error)
{
    struct stat status;
    struct buffer buffer = {0};
    int descriptor = open_script(paths, &status, error);
    if (descriptor < 0)
        return false;
    *tree = (struct revision_tree){.faults = {.arena = arena}};
    mark(&status, tree->fingerprint);
    bool good = file_bytes_read(descriptor, (size_t)status.st_size, &buffer);
    int reason = errno;
    close(descriptor);
    if (good)
        make_tree(arena, paths->items[0], &buffer, tree);
    free(buffer.bytes);
    return good || unreadable(paths->items[0], reason, error);
}

bool script_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    struct stat status;
    int descriptor = open_script(paths, &status, error);
    if (descriptor < 0)
        return false;
    mark(&status, fingerprint);
    close(descriptor);
    return true;
}

struct names script_directories(struct arena *arena, const struct names *paths)
{
    struct names found = {.items = arena_array(arena, paths->count, sizeof *found.items)};
    for (size_t i = 0; i < paths->count; i++) {
        const char *slash = strrchr(paths->items[i], '/');
        size_t length = slash == NULL ? 0 : slash == paths->items[i] ? 1 : (size_t)(slash - paths->items[i]);
        found.items[found.count++] = length == 0 ? "." : arena_copy(arena, paths->items[i], length);
    }
    return found;
}
