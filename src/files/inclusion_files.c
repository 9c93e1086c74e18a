#include "inclusion_files.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/layout.h"
#include "core/verification.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct within {
    struct arena *arena;
    const char *directory;
    const struct layout_listing *listing; /* NULL: nobody asks */
    struct included_paths *asked;
};

static void note_asked(struct within *within, const char *path)
{
    struct included_paths *asked = within->asked;
    if (names_contain(&asked->names, path))
        return;
    asked->names.items = arena_grow(within->arena, asked->names.items, asked->names.count, &asked->capacity,
                                    sizeof *asked->names.items);
    asked->names.items[asked->names.count++] = path;
}

/* Links resolved; NULL with errno set. */
static const char *real_path(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    if (real == NULL)
        return NULL;
    const char *copy = arena_string(arena, real);
    free(real);
    return copy;
}

static bool is_beneath(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strcmp(directory, "/") == 0 || (strncmp(path, directory, length) == 0 && path[length] == '/');
}

static const char *unreadable(struct arena *arena)
{
    return arena_printf(arena, "can't be read: %s", strerror(errno));
}

/* NULL, or why not. It may be a pipe or a device: nothing here waits for one. */
static const char *read_bytes(struct arena *arena, size_t most, struct included *file)
{
    int descriptor = open(file->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return unreadable(arena);
    struct stat status;
    struct buffer buffer = {0};
    const char *why = NULL;
    if (fstat(descriptor, &status) != 0)
        why = unreadable(arena);
    else if (!S_ISREG(status.st_mode))
        why = "is no file";
    else if ((size_t)status.st_size > most)
        buffer.length = (size_t)status.st_size;
    else if (!file_bytes_read(descriptor, (size_t)status.st_size, &buffer))
        why = unreadable(arena);
    close(descriptor);
    file->bytes = buffer.bytes;
    file->length = buffer.length;
    return why;
}

/* It would run twice: by itself too. */
static bool is_of_revision(const struct layout_listing *listing, const char *name)
{
    for (size_t i = 0; listing != NULL && i < listing->count; i++) {
        const struct layout_entry *entry = &listing->entries[i];
        if ((entry->up != NULL && strcmp(entry->up, name) == 0) ||
            (entry->down != NULL && strcmp(entry->down, name) == 0))
            return true;
    }
    return false;
}

static const char *beside(struct arena *arena, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');
    return slash == NULL ? arena_string(arena, name)
                         : arena_printf(arena, "%.*s/%s", (int)(slash - from), from, name);
}

static bool read_included(void *context, const char *from, const char *name, size_t most, struct included *file,
                          const char **why)
{
    struct within *within = context;
    struct arena *arena = within->arena;
    if (name[0] == '/') {
        *why = "is an absolute path: name it as seen from this file";
        return false;
    }
    file->path = beside(arena, from, name);
    note_asked(within, file->path);
    file->real = real_path(arena, file->path);
    if (file->real == NULL) {
        *why = arena_printf(arena, "can't be read, as seen from %s: %s", from, strerror(errno));
        return false;
    }
    const char *directory = real_path(arena, within->directory);
    if (directory == NULL || !is_beneath(file->real, directory))
        *why = arena_printf(arena, "lies outside of %s: only files in there are read", within->directory);
    else if (is_of_revision(within->listing, file->real + strlen(directory) + 1))
        *why = "is itself a revision's file: it would run twice, move it into a folder or take this line out";
    else
        *why = read_bytes(arena, most, file);
    return *why == NULL;
}

static const char *top_of(struct arena *arena, const struct layout *layout, const char *directory)
{
    return layout->includes_from_top ? revision_path_join(arena, directory, "") : NULL;
}

struct revision_script inclusion_files_read(struct arena *arena, const struct layout *layout, const char *directory,
                                            const struct layout_listing *listing, const char *path,
                                            struct buffer *buffer, struct included_paths *asked,
                                            struct faults *faults)
{
    struct within within = {arena, directory, listing, asked};
    struct inclusion_reader reader = {
        .context = &within, .top = top_of(arena, layout, directory), .read = read_included};
    struct text out = {0};
    struct revision_script script = {.directory = directory};
    script.inclusions = inclusions_read(arena, layout, path, buffer->bytes, buffer->length, &reader, &out, faults);
    if (script.inclusions != NULL) {
        free(buffer->bytes);
        *buffer = (struct buffer){out.bytes, out.length, out.capacity};
    } else {
        text_finish(&out);
    }
    script.text = buffer->bytes;
    script.length = buffer->length;
    return script;
}

/* False: it is not there any more, or can't be read, which is a fault. */
static bool read_verification(struct arena *arena, const char *path, struct buffer *buffer, struct faults *faults)
{
    struct included file = {.path = path, .real = path};
    const char *why = read_bytes(arena, SIZE_MAX, &file);
    if (why != NULL)
        fault_add(faults, path, 1, 1, "%s", why);
    *buffer = (struct buffer){.bytes = file.bytes, .length = file.length, .capacity = file.length};
    return why == NULL;
}

void inclusion_files_verify(struct arena *arena, const struct layout *layout, const char *directory, const char *path,
                            struct buffer *buffer, struct revision_script *script, struct included_paths *asked,
                            struct faults *faults)
{
    struct buffer own = {0};
    struct text out = {0};
    if (path == NULL || !read_verification(arena, path, &own, faults))
        return;
    struct revision_script read = inclusion_files_read(arena, layout, directory, NULL, path, &own, asked, faults);
    size_t mark = read.length >= 3 && memcmp(read.text, "\xEF\xBB\xBF", 3) == 0 && read.inclusions == NULL ? 3 : 0;
    struct verification verification = {path, read.text + mark, read.length - mark, read.inclusions};
    verification_add(arena, &verification, script, &out, faults);
    free(own.bytes);
    if (script->text == buffer->bytes) {
        text_finish(&out);
        return;
    }
    free(buffer->bytes);
    *buffer = (struct buffer){out.bytes, out.length, out.capacity};
}

void inclusion_files_put(struct arena *arena, const struct parameters *parameters, const struct revision *revision,
                         const char *path, struct buffer *buffer, struct revision_script *script,
                         struct faults *faults)
{
    struct text out = {0};
    parameters_put(arena, parameters, revision, path, script, &out, faults);
    if (out.length == 0 && script->text == buffer->bytes) {
        text_finish(&out);
        return;
    }
    free(buffer->bytes);
    *buffer = (struct buffer){out.bytes, out.length, out.capacity};
}
