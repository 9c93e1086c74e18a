#include "files/revision_dir.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/memory.h"
#include "core/revision_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One directory, open, with the names in it that count. */
struct directory {
    const char *path; /* as given, without slashes at its end */
    DIR *stream;
    struct names files; /* sorted bytewise */
};

struct directories {
    struct arena *arena; /* owned: of the names */
    struct directory *items;
    size_t count, files; /* files: over all of them */
};

/* Memory for one file's text, used again for the next. */
struct buffer {
    char *bytes;
    size_t length, capacity;
};

static bool is_revision_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".sql") == 0;
}

static const char *without_slashes(struct arena *arena, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return arena_copy(arena, path, length);
}

static bool refuse(const char *path, struct error *error)
{
    error_set(error, ERROR_CONFIG, "the migrations directory '%s' can't be read: %m", path);
    return error_next(error, "create it, or name the right one with --migrations or MIGRATED_MIGRATIONS");
}

static bool list(struct arena *arena, struct directory *directory, struct error *error)
{
    size_t capacity = 0;
    struct names *files = &directory->files;
    directory->stream = opendir(directory->path);
    if (directory->stream == NULL)
        return refuse(directory->path, error);

    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory->stream);
        if (entry == NULL)
            break;
        if (!is_revision_name(entry->d_name))
            continue;
        files->items = arena_grow(arena, files->items, files->count, &capacity, sizeof *files->items);
        files->items[files->count++] = arena_string(arena, entry->d_name);
    }
    if (errno != 0)
        return refuse(directory->path, error);
    names_sort(files);
    return true;
}

static void directories_close(struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        if (directories->items[i].stream != NULL)
            closedir(directories->items[i].stream);
    arena_destroy(directories->arena);
}

/* Open and list them all; on failure nothing is left open. */
static bool directories_open(const struct names *paths, struct directories *directories, struct error *error)
{
    struct arena *arena = arena_create();
    *directories = (struct directories){
        .arena = arena,
        .items = arena_array(arena, paths->count, sizeof *directories->items),
        .count = paths->count,
    };
    for (size_t i = 0; i < paths->count; i++) {
        struct directory *directory = &directories->items[i];
        directory->path = without_slashes(arena, paths->items[i]);
        if (!list(arena, directory, error)) {
            directories_close(directories);
            return false;
        }
        directories->files += directory->files.count;
    }
    return true;
}

/* What would tell of a change, as fixed-width numbers behind the name. */
static void add_to_fingerprint(struct digest *digest, const char *name, const struct stat *status)
{
    int64_t numbers[] = {
        (int64_t)status->st_size,
        (int64_t)status->st_mtim.tv_sec,
        (int64_t)status->st_mtim.tv_nsec,
        (int64_t)status->st_ino,
    };
    digest_add(digest, name, strlen(name) + 1);
    digest_add(digest, numbers, sizeof numbers);
}

static void end_fingerprint(struct digest *digest, char fingerprint[DIGEST_HEX_SIZE])
{
    unsigned char result[DIGEST_BYTES];
    digest_end(digest, result);
    digest_hex(result, fingerprint);
}

/* A name that leads nowhere counts as a file of no size. False: it is no file at all, and passed over. */
static bool look_at(const struct directory *directory, const char *name, struct stat *status)
{
    if (fstatat(dirfd(directory->stream), name, status, 0) != 0)
        *status = (struct stat){.st_mode = S_IFREG};
    return S_ISREG(status->st_mode);
}

/* Read to the end: the size is but a hint. False with errno set. */
static bool read_all(int descriptor, size_t size, struct buffer *buffer)
{
    buffer->length = 0;
    for (;;) {
        size_t needed = buffer->length + (size > buffer->length ? size - buffer->length : 0) + 1;
        if (buffer->capacity < needed) {
            buffer->capacity = needed < 4096 ? 4096 : 2 * needed;
            buffer->bytes = memory_resize(buffer->bytes, buffer->capacity);
        }
        size_t room = buffer->capacity - buffer->length;
        ssize_t got = read(descriptor, buffer->bytes + buffer->length, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        buffer->length += (size_t)got;
        if (buffer->length == size && (size_t)got < room) /* as long as it should be, and there was room for more */
            return true;
    }
}

enum outcome { FILE_READ, FILE_PASSED_OVER, FILE_UNREADABLE };

/* A name may be a pipe or a device: nothing here waits for one. For FILE_UNREADABLE errno is set. */
static enum outcome read_file(const struct directory *directory, const char *name, struct buffer *buffer,
                              struct stat *status)
{
    int descriptor = openat(dirfd(directory->stream), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        int reason = errno;
        bool file = look_at(directory, name, status);
        errno = reason;
        return file ? FILE_UNREADABLE : FILE_PASSED_OVER;
    }

    enum outcome outcome = FILE_UNREADABLE;
    if (fstat(descriptor, status) == 0) {
        if (!S_ISREG(status->st_mode))
            outcome = FILE_PASSED_OVER;
        else if (read_all(descriptor, (size_t)status->st_size, buffer))
            outcome = FILE_READ;
    }
    int reason = errno;
    close(descriptor);
    errno = reason;
    return outcome;
}

/* What goes from file to file while a tree is read. */
struct reading {
    struct arena *arena;
    struct revision_tree *tree;
    struct digest *digest;
    struct buffer buffer;
    bool complete; /* every file could be read */
};

static void read_revision(struct reading *reading, const struct directory *directory, const char *name)
{
    struct revision_tree *tree = reading->tree;
    struct stat status;
    const char *slash = strcmp(directory->path, "/") == 0 ? "" : "/";
    enum outcome outcome = read_file(directory, name, &reading->buffer, &status);
    if (outcome == FILE_PASSED_OVER)
        return;

    if (outcome == FILE_UNREADABLE) {
        int reason = errno;
        const char *path = arena_printf(reading->arena, "%s%s%s", directory->path, slash, name);
        errno = reason;
        fault_add(&tree->faults, path, 1, 1, "can't be read: %m");
        reading->complete = false;
    } else {
        const char *path = arena_printf(reading->arena, "%s%s%s", directory->path, slash, name);
        revision_file_read(reading->arena, path, reading->buffer.bytes, reading->buffer.length,
                           &tree->revisions[tree->count++], &tree->faults);
    }
    add_to_fingerprint(reading->digest, name, &status);
}

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
static void build_graph(struct reading *reading)
{
    struct revision_tree *tree = reading->tree;
    struct faults found = {.arena = reading->arena};
    tree->graph = graph_build(reading->arena, tree->revisions, tree->count, &found);

    size_t own = tree->faults.count;
    faults_sort(&tree->faults);
    for (size_t i = 0; i < found.count; i++) {
        const struct fault *fault = &found.items[i];
        if (own == 0 || bsearch(fault, tree->faults.items, own, sizeof *fault, compare_places) == NULL)
            fault_add(&tree->faults, fault->file, fault->line, fault->column, "%s", fault->message);
    }
}

bool revision_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree,
                        struct error *error)
{
    struct directories directories;
    if (!directories_open(paths, &directories, error))
        return false;

    *tree = (struct revision_tree){
        .revisions = arena_array(arena, directories.files, sizeof *tree->revisions),
        .faults = {.arena = arena},
    };
    struct reading reading = {.arena = arena, .tree = tree, .digest = digest_begin(), .complete = true};
    for (size_t i = 0; i < directories.count; i++) {
        const struct directory *directory = &directories.items[i];
        digest_add(reading.digest, directory->path, strlen(directory->path) + 1);
        for (size_t j = 0; j < directory->files.count; j++)
            read_revision(&reading, directory, directory->files.items[j]);
    }
    end_fingerprint(reading.digest, tree->fingerprint);
    free(reading.buffer.bytes);
    directories_close(&directories);

    revision_files_link(arena, tree->revisions, tree->count, &tree->faults);
    if (reading.complete) /* else whatever names a revision of a missing file would be faulted too */
        build_graph(&reading);
    if (tree->faults.count > 0)
        tree->graph = NULL;
    faults_sort(&tree->faults);
    return true;
}

bool revision_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    struct directories directories;
    if (!directories_open(paths, &directories, error))
        return false;

    struct digest *digest = digest_begin();
    for (size_t i = 0; i < directories.count; i++) {
        const struct directory *directory = &directories.items[i];
        digest_add(digest, directory->path, strlen(directory->path) + 1);
        for (size_t j = 0; j < directory->files.count; j++) {
            struct stat status;
            const char *name = directory->files.items[j];
            if (look_at(directory, name, &status))
                add_to_fingerprint(digest, name, &status);
        }
    }
    end_fingerprint(digest, fingerprint);
    directories_close(&directories);
    return true;
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
    bool read = read_all(descriptor, revision->file_size, &buffer);
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
