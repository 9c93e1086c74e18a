/* Modules as Python's finder of paths looks for them, and what their files hold. */
#include "base/arena.h"
#include "django_site.h"
#include "file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_kind(const char *path, mode_t kind)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

static enum django_module_kind look(struct django_site *site, const char *base, const char **path)
{
    const char *file = arena_printf(site->arena, "%s.py", base);
    *path = base;
    if (is_kind(base, S_IFDIR) && is_kind(arena_printf(site->arena, "%s/__init__.py", base), S_IFREG))
        return DJANGO_PACKAGE;
    if (is_kind(file, S_IFREG)) {
        *path = file;
        return DJANGO_MODULE;
    }
    return is_kind(base, S_IFDIR) ? DJANGO_NAMESPACE : DJANGO_NO_MODULE;
}

/* A namespace at the top may lie in several roots; a package or module lies in the first that has it. */
enum django_module_kind django_module_find(struct django_site *site, const char *name, const char **path)
{
    const struct names *roots = site->options->roots;
    enum django_module_kind found = DJANGO_NO_MODULE;
    char *relative = arena_string(site->arena, name);
    for (char *at = relative; (at = strchr(at, '.')) != NULL;)
        *at = '/';
    const char *top = arena_copy(site->arena, relative, strcspn(relative, "/"));
    for (size_t i = 0; i < roots->count; i++) {
        const char *ignored;
        enum django_module_kind kind = look(site, arena_printf(site->arena, "%s/%s", roots->items[i], top), &ignored);
        bool sure = kind == DJANGO_PACKAGE || kind == DJANGO_MODULE;
        const char *base = arena_printf(site->arena, "%s/%s", roots->items[i], relative), *there;
        if (kind == DJANGO_NO_MODULE)
            continue;
        kind = look(site, base, &there);
        if (sure || (kind != DJANGO_NO_MODULE && found == DJANGO_NO_MODULE)) {
            found = kind;
            *path = there;
        }
        if (sure)
            break;
    }
    return found;
}

void django_site_watch(struct django_site *site, const char *folder)
{
    if (names_contain(&site->folders, folder))
        return;
    site->folders.items = arena_grow(site->arena, site->folders.items, site->folders.count, &site->folders_capacity,
                                     sizeof *site->folders.items);
    site->folders.items[site->folders.count++] = folder;
}

const char *django_file_read(struct django_site *site, const char *path, size_t *length)
{
    struct buffer buffer = {0};
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return NULL;
    bool good = fstat(descriptor, &status) == 0 && file_bytes_read(descriptor, (size_t)status.st_size, &buffer);
    int reason = errno;
    close(descriptor);
    const char *text = good ? arena_copy(site->arena, buffer.bytes, buffer.length) : NULL;
    *length = buffer.length;
    digest_add(site->digest, path, strlen(path) + 1);
    if (good)
        digest_add(site->digest, buffer.bytes, buffer.length);
    free(buffer.bytes);
    errno = reason;
    return text;
}
