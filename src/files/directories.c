#include "directories.h"

#include "base/arena.h"
#include "core/alembic_file.h"
#include "core/revision_file.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool takes_native(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 4 && strcasecmp(name + length - 4, ".sql") == 0;
}

const struct layout native_layout = {".sql", takes_native, revision_file_read};
const struct layout alembic_layout = {".py", alembic_file_is_named, alembic_file_read};

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

static bool list(const struct layout *layout, struct arena *arena, struct directory *directory, struct error *error)
{
    size_t capacity = 0;
    struct names *names = &directory->names;
    directory->stream = opendir(directory->path);
    if (directory->stream == NULL)
        return refuse(directory->path, error);

    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory->stream);
        if (entry == NULL)
            break;
        if (!layout->takes(entry->d_name))
            continue;
        names->items = arena_grow(arena, names->items, names->count, &capacity, sizeof *names->items);
        names->items[names->count++] = arena_string(arena, entry->d_name);
    }
    if (errno != 0)
        return refuse(directory->path, error);
    names_sort(names);
    return true;
}

void directories_close(struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        if (directories->items[i].stream != NULL)
            closedir(directories->items[i].stream);
    arena_destroy(directories->arena);
}

static void gather_files(struct directories *directories)
{
    directories->files = arena_array(directories->arena, directories->file_count, sizeof *directories->files);
    struct file *file = directories->files;
    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *directory = &directories->items[i];
        for (size_t j = 0; j < directory->names.count; j++)
            *file++ = (struct file){.directory = directory, .name = directory->names.items[j]};
    }
}

bool directories_open(const struct layout *layout, const struct names *paths, struct directories *directories,
                      struct error *error)
{
    struct arena *arena = arena_create();
    *directories = (struct directories){
        .arena = arena,
        .layout = layout,
        .items = arena_array(arena, paths->count, sizeof *directories->items),
        .count = paths->count,
    };
    for (size_t i = 0; i < paths->count; i++) {
        struct directory *directory = &directories->items[i];
        directory->path = without_slashes(arena, paths->items[i]);
        if (!list(layout, arena, directory, error)) {
            directories_close(directories);
            return false;
        }
        directories->file_count += directory->names.count;
    }
    gather_files(directories);
    return true;
}
