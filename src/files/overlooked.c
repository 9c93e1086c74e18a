#include "base/arena.h"
#include "directories.h"
#include "files/revision_dir.h"

#include <sys/stat.h>

/* (device, inode): is it one of the directories that are read? */
static bool is_read(const struct directories *directories, const struct stat *status)
{
    struct stat other;
    for (size_t i = 0; i < directories->count; i++)
        if (fstat(dirfd(directories->items[i].stream), &other) == 0 && other.st_dev == status->st_dev &&
            other.st_ino == status->st_ino)
            return true;
    return false;
}

/* One that cannot be opened is none of ours. */
static bool holds_revisions(const char *path)
{
    DIR *stream = opendir(path);
    bool found = false;
    if (stream == NULL)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(stream)) != NULL;)
        found = directory_takes(entry->d_name);
    closedir(stream);
    return found;
}

static void add_folders(struct arena *arena, const struct directories *directories, const struct directory *directory,
                        const struct names *read, struct names *folders, size_t *capacity)
{
    rewinddir(directory->stream);
    for (const struct dirent *entry; (entry = readdir(directory->stream)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(dirfd(directory->stream), entry->d_name, &status, 0) != 0 ||
            !S_ISDIR(status.st_mode) || is_read(directories, &status))
            continue;
        const char *path = arena_printf(arena, "%s/%s", directory->path, entry->d_name);
        if (names_contain(read, path) || !holds_revisions(path))
            continue;
        folders->items = arena_grow(arena, folders->items, folders->count, capacity, sizeof *folders->items);
        folders->items[folders->count++] = path;
    }
}

bool revision_folders_overlooked(struct arena *arena, const struct names *paths, const char *layout,
                                 const struct names *read, struct names *folders, struct error *error)
{
    struct directories directories;
    size_t capacity = 0;
    if (!directories_open(paths, layout, &directories, error))
        return false;
    *folders = (struct names){0};
    for (size_t i = 0; i < directories.count; i++)
        if (!directories.items[i].layout->folders)
            add_folders(arena, &directories, &directories.items[i], read, folders, &capacity);
    directories_close(&directories);
    names_sort(folders);
    return true;
}
