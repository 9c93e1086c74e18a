#include "cli/revision_directory.h"

#include "base/arena.h"
#include "cli/report.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

static bool same_path(const char *a, const char *b)
{
    size_t length = length_without_slashes(a);
    return length == length_without_slashes(b) && memcmp(a, b, length) == 0;
}

/* mkdir -p; false with errno set. */
static bool make(struct arena *arena, const char *path)
{
    char *part = arena_copy(arena, path, length_without_slashes(path));
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(part, 0777) == 0 || errno == EEXIST;
}

bool revision_directory_make(struct arena *arena, const struct names *directories, const char *wanted,
                             struct error *error)
{
    struct stat status;
    const char *path = wanted == NULL ? directories->items[0] : NULL;
    for (size_t i = 0; wanted != NULL && i < directories->count; i++)
        if (same_path(directories->items[i], wanted))
            path = directories->items[i];
    if (path == NULL || stat(path, &status) == 0 || errno != ENOENT)
        return true;
    if (make(arena, path)) {
        report_note("", 0, 0, "the directory %s was not there: made", path);
        return true;
    }
    error_set(error, ERROR_CONFIG, "the directory %s can't be made: %m", path);
    return error_next(error, "make it, or name another with --migrations");
}
