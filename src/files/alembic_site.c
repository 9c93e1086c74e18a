#include "alembic_site.h"

#include "base/arena.h"
#include "core/alembic_ini.h"
#include "file_bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DEEP 64 /* folders in folders */

/* ---- paths ---- */

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool refuse(const char *path, struct error *error)
{
    error_set(error, ERROR_CONFIG, "the migrations path '%s' can't be read: %m", path);
    return error_next(error, "name an alembic.ini, or the directory of the revision files, with --migrations or "
                             "MIGRATED_MIGRATIONS");
}

static const char *join(struct arena *arena, const char *directory, const char *name)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    return arena_printf(arena, "%.*s%s%s", (int)length, directory, length == 1 && *directory == '/' ? "" : "/", name);
}

/* ---- directories ---- */

static bool is_known(const struct alembic_site *site, const struct stat *status)
{
    struct stat other;
    for (size_t i = 0; i < site->directories.count; i++)
        if (stat(site->directories.items[i], &other) == 0 && other.st_dev == status->st_dev &&
            other.st_ino == status->st_ino)
            return true;
    return false;
}

static void keep(struct alembic_site *site, const char *path)
{
    struct names *names = &site->directories;
    names->items = arena_grow(site->arena, names->items, names->count, &site->capacity, sizeof *names->items);
    names->items[names->count++] = path;
}

/* The folders in `path` that a walk goes into: no links, no __pycache__, none of those that Kubernetes swaps. */
static struct names folders_in(struct arena *arena, const char *path)
{
    struct names folders = {0};
    size_t capacity = 0;
    DIR *stream = opendir(path);
    if (stream == NULL)
        return folders;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        struct stat status;
        size_t length = strlen(entry->d_name);
        bool cache = length >= 11 && strcmp(entry->d_name + length - 11, "__pycache__") == 0;
        if (strcmp(entry->d_name, ".") == 0 || strncmp(entry->d_name, "..", 2) == 0 || cache ||
            fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode))
            continue;
        folders.items = arena_grow(arena, folders.items, folders.count, &capacity, sizeof *folders.items);
        folders.items[folders.count++] = join(arena, path, entry->d_name);
    }
    closedir(stream);
    names_sort(&folders);
    return folders;
}

static void add_directory(struct alembic_site *site, const char *path, bool recursive, unsigned depth)
{
    struct stat status;
    if (stat(path, &status) != 0 || depth == MOST_DEEP)
        return;
    if (!is_known(site, &status))
        keep(site, path);
    if (!recursive)
        return;
    struct names folders = folders_in(site->arena, path);
    for (size_t i = 0; i < folders.count; i++)
        add_directory(site, folders.items[i], true, depth + 1);
}

/* ---- compiled files ---- */

static bool is_compiled(const char *name)
{
    const char *ending = strrchr(name, '.');
    return ending != NULL && (strcmp(ending, ".pyc") == 0 || strcmp(ending, ".pyo") == 0) &&
           strncmp(name, "__init__", 8) != 0 && strncmp(name, ".#", 2) != 0;
}

/* Those whose source is not in `sources`. */
static void refuse_compiled(struct alembic_site *site, const char *path, const char *sources)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        int stem = (int)strcspn(entry->d_name, ".");
        const char *source = arena_printf(site->arena, "%s/%.*s.py", sources, stem, entry->d_name);
        if (is_compiled(entry->d_name) && access(source, F_OK) != 0)
            fault_add(site->faults, join(site->arena, path, entry->d_name), 1, 1,
                      "compiled Python can't be read: put the source beside it");
    }
    closedir(stream);
}

/* ---- alembic.ini ---- */

/* The directory of the file, from the root on; links are not followed. */
static const char *here_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *directory = slash == NULL ? "" : arena_copy(arena, path, slash == path ? 1 : (size_t)(slash - path));
    if (*directory == '/')
        return directory;
    char *working = get_current_dir_name();
    if (working == NULL)
        return *directory == '\0' ? "." : directory;
    const char *here = *directory == '\0' ? arena_string(arena, working) : join(arena, working, directory);
    free(working);
    return here;
}

/* What a path of an alembic.ini is looked for in. */
struct search {
    struct arena *arena;
    const char *here;
    const struct names *more; /* prepend_sys_path */
};

static const char *find_in(const struct search *search, const char *directory, const char *relative)
{
    const char *base = *directory == '/' || strcmp(directory, ".") == 0 ? directory
                       : is_directory(directory)                        ? directory
                                                 : join(search->arena, search->here, directory);
    const char *path = strcmp(base, ".") == 0 ? relative : join(search->arena, base, relative);
    return is_directory(path) ? path : NULL;
}

/* "app.db:migrations/x" as the path app/db/migrations/x. */
static const char *package_path(struct arena *arena, const char *location, size_t package)
{
    char *path = arena_string(arena, location);
    for (size_t i = 0; path[i] != '\0'; i++)
        if (path[i] == ':' || (i < package && path[i] == '.'))
            path[i] = '/';
    return path;
}

/* NULL: it is nowhere. */
static const char *find_location(const struct search *search, const char *location)
{
    if (*location == '/')
        return is_directory(location) ? location : NULL;
    const char *colon = strchr(location, ':'), *relative = location;
    if (colon != NULL)
        relative = package_path(search->arena, location, (size_t)(colon - location));
    const char *found = NULL;
    for (size_t i = 0; colon != NULL && found == NULL && i < search->more->count; i++)
        found = find_in(search, search->more->items[i], relative);
    if (found == NULL)
        found = find_in(search, ".", relative);
    return found != NULL ? found : find_in(search, search->here, relative);
}

static void refuse_location(struct alembic_site *site, const char *ini, struct place place, const char *location)
{
    site->missing = true;
    if (strchr(location, ':') != NULL)
        fault_add(
            site->faults, ini, place.line, place.column,
            "the package %s was not found in the working directory, nor beside this file: name the directory of "
            "the revision files in migrations",
            location);
    else
        fault_add(
            site->faults, ini, place.line, place.column,
            "there is no directory %s in the working directory, nor beside this file: %%(here)s stands for this "
            "file's directory",
            location);
}

static void add_location(struct alembic_site *site, const struct alembic_ini *settings, const char *path)
{
    size_t first = site->directories.count;
    add_directory(site, path, settings->recursive, 0);
    for (size_t i = first; settings->sourceless && i < site->directories.count; i++) {
        const char *directory = site->directories.items[i];
        refuse_compiled(site, directory, directory);
        refuse_compiled(site, join(site->arena, directory, "__pycache__"), directory);
    }
}

static void add_locations(struct alembic_site *site, const char *ini, const struct alembic_ini *settings,
                          const struct search *search)
{
    const char *script = find_location(search, settings->script_location);
    const struct names *versions = &settings->version_locations;
    size_t found = 0;
    if (script == NULL) {
        refuse_location(site, ini, settings->script_place, settings->script_location);
        return;
    }
    for (size_t i = 0; i < versions->count; i++) {
        const char *path = find_location(search, versions->items[i]);
        found += path != NULL;
        if (path != NULL)
            add_location(site, settings, path);
    }
    const char *usual = join(site->arena, script, "versions");
    if (versions->count > 0 && found == 0)
        refuse_location(site, ini, settings->versions_place, versions->items[0]);
    else if (versions->count == 0 && !is_directory(usual))
        refuse_location(site, ini, settings->script_place, usual);
    else if (versions->count == 0)
        add_location(site, settings, usual);
}

static bool add_ini(struct alembic_site *site, const char *path, struct error *error)
{
    struct buffer buffer = {0};
    struct alembic_ini settings;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return refuse(path, error);
    bool read = file_bytes_read(descriptor, 0, &buffer);
    int reason = errno;
    close(descriptor);
    errno = reason;
    const char *here = here_of(site->arena, path);
    if (!read)
        refuse(path, error);
    else if (alembic_ini_read(site->arena, path, here, buffer.bytes, buffer.length, &settings, site->faults))
        add_locations(site, path, &settings, &(struct search){site->arena, here, &settings.prepend_sys_path});
    free(buffer.bytes);
    return read;
}

bool alembic_site_add(struct alembic_site *site, const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return refuse(path, error);
    if (!S_ISDIR(status.st_mode))
        return add_ini(site, path, error);

    const char *ini = join(site->arena, path, "alembic.ini"), *versions = join(site->arena, path, "versions");
    if (is_file(ini))
        return add_ini(site, ini, error);
    bool script = is_file(join(site->arena, path, "env.py")) && is_directory(versions);
    add_directory(site, script ? versions : path, false, 0);
    return true;
}
