#include "directory_list.h"

#include "base/arena.h"
#include "directories.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *path, struct error *error)
{
    error_set(error, ERROR_CONFIG, "the migrations directory '%s' can't be read: %m", path);
    return error_next(error, "create it, or name the right one with --migrations or MIGRATED_MIGRATIONS");
}

DIR *directory_open(const char *path, struct error *error)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        refuse(path, error);
    return stream;
}

/* Links are followed, but for what is named like a revision file: in a mounted volume every file is one. */
static bool is_folder(DIR *stream, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type == DT_DIR)
        return true;
    if ((entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN) || directory_takes(entry->d_name))
        return false;
    return fstatat(dirfd(stream), entry->d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

struct list {
    struct arena *arena;
    struct names *names;
    size_t capacity;
};

static void add(struct list *list, const char *name)
{
    struct names *names = list->names;
    names->items = arena_grow(list->arena, names->items, names->count, &list->capacity, sizeof *names->items);
    names->items[names->count++] = name;
}

static void add_folder(struct list *list, DIR *parent, const char *folder)
{
    int descriptor = openat(dirfd(parent), folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (entry->d_name[0] != '.')
            add(list,
                arena_printf(list->arena, "%s/%s%s", folder, entry->d_name, is_folder(stream, entry) ? "/" : ""));
    closedir(stream);
}

bool directory_list(struct arena *arena, const char *path, DIR *stream, const struct layout *layout,
                    struct names *names, struct error *error)
{
    struct list list = {.arena = arena, .names = names};
    bool folders = layout == NULL || layout->folders, hidden = layout != NULL && layout->hidden;
    *names = (struct names){0};
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            break;
        if (entry->d_name[0] == '.' && !hidden)
            continue;
        if (!is_folder(stream, entry)) {
            add(&list, arena_string(arena, entry->d_name));
            continue;
        }
        add(&list, arena_printf(arena, "%s/", entry->d_name));
        if (folders)
            add_folder(&list, stream, entry->d_name);
    }
    if (errno != 0)
        return refuse(path, error);
    names_sort(names);
    return true;
}

static void add_deeper(struct list *list, int parent, const char *folder);

static void add_all(struct list *list, DIR *stream, const char *folder)
{
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bool deeper = S_ISDIR(status.st_mode);
        add(list, arena_printf(list->arena, "%s%s%s", folder, entry->d_name, deeper ? "/" : ""));
        if (deeper)
            add_deeper(list, dirfd(stream), list->names->items[list->names->count - 1]);
    }
}

/* `folder` ends in a slash; it is the last of its names that is beneath the parent. */
static void add_deeper(struct list *list, int parent, const char *folder)
{
    const char *name = folder + strlen(folder) - 1;
    while (name > folder && name[-1] != '/')
        name--;
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    add_all(list, stream, folder);
    closedir(stream);
}

bool directory_is_deep(const struct layout *layout, const char *name)
{
    size_t length = strcspn(name, "/");
    for (size_t i = 0; layout->deep != NULL && layout->deep[i] != NULL && name[length] != '\0'; i++)
        if (strlen(layout->deep[i]) == length && memcmp(layout->deep[i], name, length) == 0)
            return true;
    return false;
}

/* "FOLDER/FOLDER/" */
static bool is_in_folder(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash != NULL && slash[1] != '\0' && name[strlen(name) - 1] == '/';
}

void directory_list_deep(struct arena *arena, DIR *stream, const struct layout *layout, struct names *names)
{
    struct list list = {.arena = arena, .names = names, .capacity = names->count};
    size_t count = names->count;
    for (size_t i = 0; i < count; i++) {
        const char *name = names->items[i];
        if (!directory_is_deep(layout, name) || !is_in_folder(name))
            continue;
        char *parent = arena_copy(arena, name, strcspn(name, "/"));
        int descriptor = openat(dirfd(stream), parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0)
            continue;
        add_deeper(&list, descriptor, name);
        close(descriptor);
    }
    names_sort(names);
}

static const char *first_script(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (strchr(names->items[i], '/') == NULL && directory_takes(names->items[i]))
            return names->items[i];
    return NULL;
}

size_t directory_head(DIR *stream, const struct names *names, char head[LIST_HEAD_BYTES])
{
    const char *name = first_script(names);
    struct stat status;
    int descriptor = name == NULL ? -1 : openat(dirfd(stream), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return 0;
    ssize_t got = -1;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
        got = read(descriptor, head, LIST_HEAD_BYTES);
    close(descriptor);
    return got < 0 ? 0 : (size_t)got;
}
