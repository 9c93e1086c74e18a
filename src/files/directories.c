#include "directories.h"

#include "base/arena.h"
#include "core/revision_file.h"
#include "directory_list.h"
#include "told_texts.h"

#include <string.h>
#include <strings.h>

bool directory_takes(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 4 && strcasecmp(name + length - 4, ".sql") == 0;
}

static const char *without_slashes(struct arena *arena, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return arena_copy(arena, path, length);
}

void directories_close(struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++)
        if (directories->items[i].stream != NULL)
            closedir(directories->items[i].stream);
    arena_destroy(directories->arena);
}

/* ---- the layout ---- */

static bool refuse_both(const struct directory *directory, const struct layout *other, struct error *error)
{
    error_set(error, ERROR_CONFIG, "the files in '%s' look like %s's and like %s's", directory->path,
              directory->layout->tool, other->tool);
    return error_next(error, "say which it is: layout = %s or layout = %s", directory->layout->name, other->name);
}

/* The first file's beginning tells where names do not. */
static bool recognise(struct directory *directory, struct error *error)
{
    char head[LIST_HEAD_BYTES];
    size_t length = directory_head(directory->stream, &directory->listing.names, head);
    const struct layout *other;
    directory->layout = layout_recognise(&directory->listing.names, head, length, &other);
    return other == NULL || refuse_both(directory, other, error);
}

static bool open_one(struct directories *directories, struct directory *directory, const char *layout,
                     struct error *error)
{
    directory->layout = strcmp(layout, "auto") == 0 ? NULL : layout_find(layout);
    directory->listing = (struct layout_listing){
        .arena = directories->arena,
        .directory = directory->path,
        .faults = &directories->faults,
    };
    directory->stream = directory_open(directory->path, error);
    if (directory->stream == NULL || !directory_list(directories->arena, directory->path, directory->stream,
                                                     directory->layout, &directory->listing.names, error))
        return false;
    bool named = directory->layout != NULL;
    if (!named && !recognise(directory, error))
        return false;
    directory_list_deep(directories->arena, directory->stream, directory->layout, &directory->listing.names);
    struct told_texts texts;
    told_texts_read(directory, &texts);
    directory->layout->list(&directory->listing);
    told_texts_free(directory, &texts);
    if (!named)
        layout_refuse_rest(directory->layout, &directory->listing);
    return true;
}

/* ---- files ---- */

static struct file *add_file(struct directories *directories, const struct directory *directory, const char *name)
{
    if (name == NULL)
        return NULL;
    struct file *file = &directories->files[directories->file_count++];
    *file = (struct file){.directory = directory, .name = name};
    return file;
}

static void add_entry(struct directories *directories, const struct directory *directory, size_t i)
{
    const struct layout_entry *told = &directory->listing.entries[i];
    struct entry *entry = &directories->entries[directories->entry_count++];
    *entry = (struct entry){
        .directory = directory,
        .told = told,
        .parent = i > 0 ? directory->listing.entries[i - 1].id : NULL,
        .settings = add_file(directories, directory, told->settings),
        .up = add_file(directories, directory, told->up),
        .verify = add_file(directories, directory, told->verify),
    };
    entry->down = told->down == told->up ? entry->up : add_file(directories, directory, told->down);
}

static void gather(struct directories *directories)
{
    size_t entries = 0, files = 0;
    for (size_t i = 0; i < directories->count; i++) {
        entries += directories->items[i].listing.count;
        files += directories->items[i].listing.count * (directories->items[i].layout == &layout_native ? 1 : 4);
    }
    directories->entries = arena_array(directories->arena, entries, sizeof *directories->entries);
    directories->files = arena_array(directories->arena, files, sizeof *directories->files);
    for (size_t i = 0; i < directories->count; i++)
        for (size_t j = 0; j < directories->items[i].listing.count; j++)
            add_entry(directories, &directories->items[i], j);
}

bool directories_open(const struct names *paths, const char *layout, struct directories *directories,
                      struct error *error)
{
    struct arena *arena = arena_create();
    *directories = (struct directories){
        .arena = arena,
        .items = arena_array(arena, paths->count, sizeof *directories->items),
        .count = paths->count,
        .faults = {.arena = arena},
    };
    for (size_t i = 0; i < paths->count; i++) {
        struct directory *directory = &directories->items[i];
        directory->path = without_slashes(arena, paths->items[i]);
        if (!open_one(directories, directory, layout, error)) {
            directories_close(directories);
            return false;
        }
    }
    gather(directories);
    return true;
}

/* One in the directory, or in any of its folders. */
static bool is_folder(const struct layout *layout, const char *name)
{
    const char *slash = directory_is_deep(layout, name) ? strrchr(name, '/') : strchr(name, '/');
    return slash != NULL && slash[1] == '\0';
}

struct names directories_passed_over(const struct directories *directories, struct arena *arena)
{
    struct names found = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *directory = &directories->items[i];
        if (directory->layout->told)
            continue;
        struct names names = layout_passed_over(directory->layout, &directory->listing);
        for (size_t j = 0; j < names.count; j++) {
            found.items = arena_grow(arena, found.items, found.count, &capacity, sizeof *found.items);
            found.items[found.count++] = arena_printf(arena, "%s/%s", directory->path, names.items[j]);
        }
    }
    return found;
}

struct names directories_folders(const struct directories *directories, struct arena *arena)
{
    struct names folders = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *directory = &directories->items[i];
        for (size_t j = 0; directory->layout->folders && j < directory->listing.names.count; j++) {
            const char *name = directory->listing.names.items[j];
            if (!is_folder(directory->layout, name))
                continue;
            folders.items = arena_grow(arena, folders.items, folders.count, &capacity, sizeof *folders.items);
            folders.items[folders.count++] = without_slashes(arena, revision_path_join(arena, directory->path, name));
        }
    }
    return folders;
}
