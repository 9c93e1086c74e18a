#include "revision_read.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/alembic_file.h"
#include "core/liquibase_file.h"
#include "core/revision_file.h"
#include "file_bytes.h"
#include "fingerprint.h"
#include "inclusion_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FEW_FILES 64 /* a second thread would cost what it saves */

/* What the readers share. Each takes the next file until none is left: a thread that comes late has less to do. */
struct queue {
    struct entry *entries;
    size_t count;
    const struct parameters *parameters;
    atomic_size_t next;
    struct revision *revisions; /* one for each entry; without path where none was read */
    struct several *several;    /* likewise, of files that hold several; NULL: there are no such files */
};

/* The revisions of one file. */
struct several {
    struct revision *items;
    size_t count;
};

/* What each has for itself. */
struct reader {
    struct queue *queue;
    struct arena *arena;
    struct faults faults;
    struct buffer buffer;
    struct text path;
    struct included_paths included;
    bool incomplete; /* a file could not be read */
};

enum outcome { FILE_READ, FILE_PASSED_OVER, FILE_UNREADABLE };

/* A name may be a pipe or a device: nothing here waits for one. For FILE_UNREADABLE errno is set. */
static enum outcome read_file(struct file *file, struct buffer *buffer)
{
    int descriptor = openat(dirfd(file->directory->stream), file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        int reason = errno;
        bool counts = file_look(file);
        errno = reason;
        return counts ? FILE_UNREADABLE : FILE_PASSED_OVER;
    }

    struct stat status;
    enum outcome outcome = FILE_UNREADABLE;
    if (fstat(descriptor, &status) == 0) {
        if (!file_mark(file, &status))
            outcome = FILE_PASSED_OVER;
        else if (file_bytes_read(descriptor, (size_t)status.st_size, buffer))
            outcome = FILE_READ;
    }
    int reason = errno;
    close(descriptor);
    errno = reason;
    return outcome;
}

static const char *path_of(struct reader *reader, const struct file *file)
{
    const char *directory = file->directory->path;
    text_clear(&reader->path);
    text_add(&reader->path, directory);
    if (strcmp(directory, "/") != 0)
        text_add_char(&reader->path, '/');
    text_add(&reader->path, file->name);
    return text_string(&reader->path);
}

/* "0002.SQL": others may stand on it, so it is not passed over. */
static bool refuse_misnamed(struct reader *reader, struct file *file, const char *path)
{
    const char *suffix = file->name + strlen(file->name) - strlen(".sql");
    if (strcmp(suffix, ".sql") == 0)
        return false;
    if (file_look(file)) {
        fault_add(&reader->faults, path, 1, 1, "its name ends in %s: give it one that ends in .sql", suffix);
        reader->incomplete = true;
    }
    return true;
}

static void tell_unreadable(struct reader *reader, const char *path)
{
    fault_add(&reader->faults, path, 1, 1, "can't be read: %m");
    reader->incomplete = true;
}

static void put_parameters(struct reader *reader, const struct directory *directory, const char *path,
                           struct revision *revision, struct revision_script *script)
{
    revision->parameters = directory->parameters != NULL ? directory->parameters : reader->queue->parameters;
    inclusion_files_put(reader->arena, revision->parameters, revision, path, &reader->buffer, script,
                        &reader->faults);
}

/* Its text was read, and its path is the reader's. */
static void read_script(struct reader *reader, const struct file *file, enum revision_part part,
                        struct revision *revision)
{
    const struct directory *directory = file->directory;
    const char *path = text_string(&reader->path);
    struct revision_script script =
        inclusion_files_read(reader->arena, directory->layout, directory->path, &directory->listing, path,
                             &reader->buffer, &reader->included, &reader->faults);
    if (part == REVISION_UP)
        inclusion_files_verify(reader->arena, directory->layout, directory->path, revision->verify_path,
                               &reader->buffer, &script, &reader->included, &reader->faults);
    if (directory->layout != &layout_native)
        put_parameters(reader, directory, path, revision, &script);
    revision_script_read(reader->arena, directory->layout, path, part, &script, revision, &reader->faults);
}

static void read_changesets(struct reader *reader, const struct file *file, struct several *several)
{
    struct text out = {0};
    several->count = liquibase_file_read(reader->arena, text_string(&reader->path), file->name, reader->buffer.bytes,
                                         reader->buffer.length, &out, &several->items, &reader->faults);
    text_finish(&out);
}

/* One that says itself which revision it is, or which they are. */
static void read_whole(struct reader *reader, struct file *file, struct revision *revision)
{
    const char *path = path_of(reader, file);
    bool alembic = file->directory->layout == &layout_alembic;
    if (!alembic && refuse_misnamed(reader, file, path))
        return;
    switch (read_file(file, &reader->buffer)) {
    case FILE_READ:
        if (file->directory->layout == &layout_liquibase)
            read_changesets(reader, file, &reader->queue->several[revision - reader->queue->revisions]);
        else if (alembic)
            alembic_file_read(reader->arena, path, reader->buffer.bytes, reader->buffer.length, revision,
                              &reader->faults);
        else
            read_script(reader, file, REVISION_WHOLE, revision);
        break;
    case FILE_UNREADABLE:
        tell_unreadable(reader, path);
        break;
    case FILE_PASSED_OVER:
        break;
    }
}

/* False: there is no text to go on with. */
static bool read_text(struct reader *reader, struct file *file)
{
    if (file == NULL)
        return false;
    const char *path = path_of(reader, file);
    switch (read_file(file, &reader->buffer)) {
    case FILE_READ:
        return true;
    case FILE_UNREADABLE:
        tell_unreadable(reader, path);
        break;
    case FILE_PASSED_OVER:
        fault_add(&reader->faults, path, 1, 1, "is no file");
        reader->incomplete = true;
        break;
    }
    return false;
}

static void read_part(struct reader *reader, struct file *file, enum revision_part part, struct revision *revision)
{
    if (read_text(reader, file))
        read_script(reader, file, part, revision);
}

static void read_entry(struct reader *reader, const struct entry *entry, struct revision *revision)
{
    const struct directory *directory = entry->directory;
    if (directory->layout->told) {
        read_whole(reader, entry->up, revision);
        return;
    }
    revision_begin(reader->arena, directory->layout, directory->path, entry->told, entry->parent, revision,
                   &reader->faults);
    if (entry->verify != NULL)
        file_look(entry->verify);
    if (read_text(reader, entry->settings))
        revision_settings_read(reader->arena, text_string(&reader->path), reader->buffer.bytes, reader->buffer.length,
                               revision, &reader->faults);
    if (entry->up == entry->down) {
        read_part(reader, entry->up, REVISION_WHOLE, revision);
        return;
    }
    read_part(reader, entry->up, REVISION_UP, revision);
    read_part(reader, entry->down, REVISION_DOWN, revision);
}

static void *read_files(void *context)
{
    struct reader *reader = context;
    struct queue *queue = reader->queue;
    for (size_t i; (i = atomic_fetch_add(&queue->next, 1)) < queue->count;)
        read_entry(reader, &queue->entries[i], &queue->revisions[i]);
    free(reader->buffer.bytes);
    text_finish(&reader->path);
    return NULL;
}

static void note_included(struct reader *reader, const char *path)
{
    struct included_paths *included = &reader->included;
    included->names.items = arena_grow(reader->arena, included->names.items, included->names.count,
                                       &included->capacity, sizeof *included->names.items);
    included->names.items[included->names.count++] = path;
}

/* Read beside a second thread. Where there can't be one, the first has all to do. */
static void read_together(struct reader *reader)
{
    struct reader other = {.queue = reader->queue, .arena = arena_create()};
    other.faults.arena = other.arena;
    pthread_t thread;
    bool begun = pthread_create(&thread, NULL, read_files, &other) == 0;
    read_files(reader);
    if (begun)
        pthread_join(thread, NULL);

    for (size_t i = 0; i < other.faults.count; i++) {
        const struct fault *fault = &other.faults.items[i];
        fault_add(&reader->faults, fault->file, fault->line, fault->column, "%s", fault->message);
    }
    for (size_t i = 0; i < other.included.names.count; i++)
        note_included(reader, other.included.names.items[i]);
    reader->incomplete |= other.incomplete;
    arena_adopt(reader->arena, other.arena);
}

/* Close the gaps; how many there are. */
static size_t compact(struct revision *revisions, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (revisions[i].path == NULL)
            continue;
        if (kept < i)
            revisions[kept] = revisions[i];
        kept++;
    }
    return kept;
}

/* Of files that hold several: each follows the one before it in its directory. */
static struct revision *gather(struct arena *arena, const struct queue *queue, size_t *count)
{
    for (size_t i = *count = 0; i < queue->count; i++)
        *count += queue->several[i].count + (queue->revisions[i].path != NULL);
    struct revision *all = arena_array(arena, *count, sizeof *all), *next = all, *before = NULL;
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->revisions[i].path != NULL)
            *next++ = queue->revisions[i];
        if (i > 0 && queue->entries[i].directory != queue->entries[i - 1].directory)
            before = NULL;
        for (size_t j = 0; j < queue->several[i].count; j++, before = next++) {
            *next = queue->several[i].items[j];
            if (before != NULL)
                revision_follow(arena, next, before->id);
        }
    }
    return all;
}

static bool holds_several(const struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        if (directories->items[i].layout == &layout_liquibase)
            return true;
    return false;
}

/* Those of the target count before what a project's own configuration says. */
static void join_parameters(struct arena *arena, struct directory *directory, const struct parameters *parameters)
{
    if (directory->listing.variables == NULL)
        return;
    struct parameters *all = parameters_copy(arena, directory->listing.variables);
    for (size_t i = 0; i < parameters->count; i++)
        parameters_add(arena, all, parameters->items[i].name, parameters->items[i].value);
    directory->parameters = all;
}

struct revision *revisions_read(struct arena *arena, struct directories *directories,
                                const struct parameters *parameters, size_t *count, struct names *included,
                                struct faults *faults, bool *complete)
{
    struct queue queue = {
        .entries = directories->entries,
        .count = directories->entry_count,
        .parameters = parameters,
        .revisions = arena_array(arena, directories->entry_count, sizeof *queue.revisions),
    };
    if (holds_several(directories))
        queue.several = arena_array(arena, queue.count, sizeof *queue.several);
    for (size_t i = 0; i < directories->count; i++)
        join_parameters(arena, &directories->items[i], parameters);
    struct reader reader = {.queue = &queue, .arena = arena, .faults = *faults};
    if (queue.count > FEW_FILES)
        read_together(&reader);
    else
        read_files(&reader);
    *faults = reader.faults;
    *included = reader.included.names;
    names_sort(included); /* which thread read what is no matter */
    *complete = !reader.incomplete;
    if (queue.several != NULL)
        return gather(arena, &queue, count);
    *count = compact(queue.revisions, queue.count);
    return queue.revisions;
}
