#include "core/django_expected.h"

#include "base/arena.h"

#include <string.h>

#define uthash_malloc(size)      arena_alloc(arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

/* The line without blanks at its ends. */
static const char *trimmed(struct arena *arena, const char *line, size_t length)
{
    while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
        length--;
    for (; length > 0 && strchr(" \t", *line) != NULL; line++)
        length--;
    return arena_copy(arena, line, length);
}

/* "[X]  app.name ... (app.name)"; false: it is none. */
static bool read_line(struct arena *arena, const char *line, struct django_migration *migration)
{
    if (strncmp(line, "[X] ", 4) != 0 && strncmp(line, "[ ] ", 4) != 0)
        return false;
    line += 4 + strspn(line + 4, " ");
    size_t length = strcspn(line, " \t"), app = strcspn(line, ".");
    if (app == 0 || app + 1 >= length || (line[length] != '\0' && strncmp(line + length, " ... (", 6) != 0))
        return false;
    migration->id = arena_copy(arena, line, length);
    migration->app = arena_copy(arena, line, app);
    migration->name = arena_copy(arena, line + app + 1, length - app - 1);
    return true;
}

/* The last migration of each app so far. */
struct last {
    struct django_key key;
    UT_hash_handle hh;
};

static void add_dependency(struct django_migration *migration, struct django_key key)
{
    key.place = migration->place;
    migration->dependencies.items[migration->dependencies.count++] = key;
}

static void add_dependencies(struct arena *arena, struct last **by_app, const struct django_migration *before,
                             struct django_migration *migration)
{
    struct last *last;
    migration->dependencies.items = arena_array(arena, 2, sizeof *migration->dependencies.items);
    if (before != NULL)
        add_dependency(migration, (struct django_key){.app = before->app, .name = before->name});
    HASH_FIND_STR(*by_app, migration->app, last);
    if (last != NULL) {
        add_dependency(migration, last->key);
    } else {
        last = arena_alloc(arena, sizeof *last);
        HASH_ADD_KEYPTR(hh, *by_app, migration->app, strlen(migration->app), last);
    }
    last->key = (struct django_key){.app = migration->app, .name = migration->name};
}

void django_expected_read(struct arena *arena, const char *path, const char *text, size_t length,
                          struct django_migration **migrations, size_t *count, struct faults *faults)
{
    struct django_migration *items = NULL;
    struct last *by_app = NULL;
    size_t capacity = 0;
    const char *end = text + length, *file = arena_string(arena, path);
    *count = 0;
    for (unsigned line = 1; text < end; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t bytes = (size_t)((stop == NULL ? end : stop) - text);
        const char *content = trimmed(arena, text, bytes);
        struct django_migration migration = {.path = file, .place = {line, 1}, .atomic = true};
        text = stop == NULL ? end : stop + 1;
        if (*content == '\0')
            continue;
        if (!read_line(arena, content, &migration)) {
            fault_add(faults, file, line, 1,
                      "this is no line of `manage.py showmigrations --plan`: \"[X]  app.name\"");
            continue;
        }
        add_dependencies(arena, &by_app, *count == 0 ? NULL : &items[*count - 1], &migration);
        items = arena_grow(arena, items, *count, &capacity, sizeof *items);
        items[(*count)++] = migration;
    }
    if (*count == 0)
        fault_add(faults, file, 1, 1,
                  "no migration is named here: save the output of `manage.py showmigrations --plan`");
    *migrations = items;
}
