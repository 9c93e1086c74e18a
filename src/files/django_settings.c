/* The settings module: found by manage.py, read with the modules that it imports in their places. */
#include "django_site_parts.h"

#include "base/arena.h"

#include <string.h>

#define MOST_DEEP  16 /* settings that import settings */
#define MOST_PARTS 1000

struct collection {
    struct django_part *parts;
    size_t count, capacity;
};

static void add_part(struct django_site *site, struct collection *all, const char *path, const char *text,
                     size_t length, size_t begin, size_t end)
{
    if (begin == end)
        return;
    all->parts = arena_grow(site->arena, all->parts, all->count, &all->capacity, sizeof *all->parts);
    all->parts[all->count++] = (struct django_part){path, text, length, begin, end};
}

/* "acme.settings.prod" imports from "..base": acme.base. NULL: it leads out of all packages. */
static const char *absolute(struct django_site *site, const char *importer, bool package,
                            const struct django_import *import)
{
    if (import->level == 0)
        return import->module;
    size_t length = strlen(importer);
    for (unsigned up = package ? 1 : 0; up < import->level; up++) {
        while (length > 0 && importer[length - 1] != '.')
            length--;
        if (length == 0)
            return NULL;
        length--;
    }
    return arena_printf(site->arena, "%.*s%s%s", (int)length, importer, *import->module == '\0' ? "" : ".",
                        import->module);
}

static bool collect(struct django_site *site, struct collection *all, const char *module, unsigned depth);

static void collect_text(struct django_site *site, struct collection *all, const char *module, const char *path,
                         bool package, unsigned depth)
{
    size_t length, at = 0;
    const char *text = django_file_read(site, path, &length);
    django_site_watch(site, arena_copy(site->arena, path, (size_t)(strrchr(path, '/') - path)));
    if (text == NULL) {
        fault_add(site->faults, path, 1, 1, "can't be read: %m");
        return;
    }
    if (!django_settings_check(site->arena, path, text, length, site->faults))
        return;
    struct django_imports imports = django_settings_imports(site->arena, text, length);
    for (size_t i = 0; i < imports.count; i++) {
        const struct django_import *import = &imports.items[i];
        const char *name = absolute(site, module, package, import);
        add_part(site, all, path, text, length, at, import->begin);
        at = import->begin;
        if (name != NULL && collect(site, all, name, depth + 1))
            at = import->end;
    }
    add_part(site, all, path, text, length, at, length);
}

/* False: it is none of the roots' own modules; the import stays, and what it may bring is not known. */
static bool collect(struct django_site *site, struct collection *all, const char *module, unsigned depth)
{
    const char *path;
    enum django_module_kind kind = django_module_find(site, module, &path);
    bool package = kind == DJANGO_PACKAGE;
    if ((kind != DJANGO_MODULE && !package) || depth == MOST_DEEP || all->count >= MOST_PARTS)
        return false;
    collect_text(site, all, module, package ? arena_printf(site->arena, "%s/__init__.py", path) : path, package,
                 depth);
    return true;
}

/* NULL: no manage.py names one. */
static const char *named_by_manage(struct django_site *site)
{
    for (size_t i = 0; i < site->options->roots->count; i++) {
        size_t length;
        const char *path = arena_printf(site->arena, "%s/manage.py", site->options->roots->items[i]);
        const char *text = django_file_read(site, path, &length);
        const char *module = text == NULL ? NULL : django_settings_module(site->arena, text, length);
        if (module != NULL)
            return module;
    }
    return NULL;
}

bool django_site_read_settings(struct django_site *site)
{
    const struct django_options *options = site->options;
    const char *module = options->settings != NULL ? options->settings : named_by_manage(site);
    struct collection all = {0};
    bool found = module != NULL && collect(site, &all, module, 0);
    site->settings = django_settings_read(site->arena, all.parts, all.count, options->user_model, site->faults);
    if (found || (module == NULL && options->apps->count > 0))
        return all.count > 0;
    site->without_settings = true;
    if (module == NULL)
        fault_add(site->faults, options->roots->items[0], 0, 0,
                  "no manage.py here names DJANGO_SETTINGS_MODULE: name the settings module with the option "
                  "settings, or the installed apps with apps");
    else
        fault_add(site->faults, options->roots->items[0], 0, 0,
                  "the settings module %s is not beneath migrations: name the directory that it is imported from",
                  module);
    return false;
}
