#include "django_site.h"

#include "base/arena.h"
#include "core/django_config.h"
#include "django_site_parts.h"

#include <string.h>
#include <sys/stat.h>

static void refuse(struct django_site *site, const struct django_app_name *app, const char *what)
{
    fault_add(
        site->faults, app->file, app->place.line, app->place.column,
        "the app %s %s: name the directory that it is imported from in migrations, save a plan and name it with "
        "expected, or name the installed apps with apps",
        app->name, what);
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}

/* ---- packages of migrations ---- */

/* NULL: the module is no package; then Django loads nothing either. */
static const char *migrations_of(struct django_site *site, const char *module)
{
    const char *path;
    return django_module_find(site, module, &path) == DJANGO_PACKAGE ? path : NULL;
}

/* Its package of migrations may come later, its AppConfig be another. */
static void watch_app(struct django_site *site, const char *module)
{
    const char *path;
    if (django_module_find(site, module, &path) == DJANGO_PACKAGE)
        django_site_watch(site, path);
}

static void keep(struct django_site *site, const struct django_app_name *app, const char *label,
                 const char *directory)
{
    for (size_t i = 0; i < site->count; i++)
        if (strcmp(site->packages[i].label, label) == 0) {
            fault_add(site->faults, app->file, app->place.line, app->place.column,
                      "there are two apps with the label %s: labels must differ", label);
            return;
        }
    if (app->unsure && directory != NULL) {
        fault_add(site->faults, app->file, app->place.line, app->place.column,
                  "the app %s is installed beneath a condition: name the installed apps with the option apps",
                  app->name);
        return;
    }
    site->packages = arena_grow(site->arena, site->packages, site->count, &site->capacity, sizeof *site->packages);
    site->packages[site->count++] = (struct django_package){label, directory};
}

/* ---- apps ---- */

static bool read_config(struct django_site *site, const char *path, const char *class_name,
                        struct django_config *config)
{
    size_t length, before = site->faults->count;
    const char *text = django_file_read(site, path, &length);
    *config = (struct django_config){0};
    if (text == NULL)
        fault_add(site->faults, path, 1, 1, "can't be read: %m");
    else
        *config = django_config_read(site->arena, path, text, length, class_name, site->faults);
    return site->faults->count == before;
}

/* The package's own name and label, unless an AppConfig gives others. */
static void add_package(struct django_site *site, const struct django_app_name *app,
                        const struct django_config *config)
{
    const char *name = config->name != NULL ? config->name : app->name;
    const char *label = config->label != NULL ? config->label : last_part(name);
    watch_app(site, name);
    keep(site, app, label, migrations_of(site, arena_printf(site->arena, "%s.migrations", name)));
}

/* "shop": with an AppConfig of its apps.py, if there is one to be taken. */
static void add_module(struct django_site *site, const struct django_app_name *app)
{
    const char *path;
    struct django_config config = {0};
    enum django_module_kind kind = django_module_find(site, arena_printf(site->arena, "%s.apps", app->name), &path);
    if (kind == DJANGO_PACKAGE)
        path = arena_printf(site->arena, "%s/__init__.py", path);
    if ((kind == DJANGO_MODULE || kind == DJANGO_PACKAGE) && !read_config(site, path, NULL, &config))
        return;
    add_package(site, app, &config);
}

/* "shop.apps.ShopConfig". */
static void add_class(struct django_site *site, const struct django_app_name *app)
{
    const char *path, *class_name = last_part(app->name);
    struct django_config config;
    enum django_module_kind kind = DJANGO_NO_MODULE;
    if (class_name > app->name)
        kind =
            django_module_find(site, arena_copy(site->arena, app->name, (size_t)(class_name - app->name - 1)), &path);
    if (kind == DJANGO_PACKAGE)
        path = arena_printf(site->arena, "%s/__init__.py", path);
    if (kind != DJANGO_MODULE && kind != DJANGO_PACKAGE) {
        if (!app->unsure)
            refuse(site, app, "is not beneath migrations");
    } else if (read_config(site, path, class_name, &config))
        add_package(site, app, &config);
}

static void add_app(struct django_site *site, const struct django_app_name *app)
{
    const char *path;
    if (app->module != NULL) {
        const char *directory = migrations_of(site, app->module);
        if (directory == NULL)
            refuse(site, app, arena_printf(site->arena, "has no package %s", app->module));
        else
            keep(site, app, app->name, directory);
    } else if (django_module_find(site, app->name, &path) == DJANGO_NO_MODULE)
        add_class(site, app);
    else
        add_module(site, app);
}

/* The option's: "shop", "shop.apps.ShopConfig", "shop=acme.shop.migrations". */
static struct django_app_name *named_apps(struct django_site *site, size_t *count)
{
    const struct names *names = site->options->apps;
    struct django_app_name *apps = arena_array(site->arena, names->count, sizeof *apps);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i], *sign = strchr(name, '=');
        apps[i] = (struct django_app_name){.name = name, .file = site->options->roots->items[0]};
        if (sign != NULL) {
            apps[i].name = arena_copy(site->arena, name, (size_t)(sign - name));
            apps[i].module = sign + 1;
        }
    }
    *count = names->count;
    return apps;
}

static void refuse_moved(struct django_site *site)
{
    const char *file;
    struct place place;
    if (django_settings_moves(site->settings, &file, &place))
        fault_add(site->faults, file, place.line, place.column,
                  "MIGRATION_MODULES is not read: name the installed apps with the option apps, those it moves as "
                  "LABEL=MODULE");
}

static bool check_roots(const struct names *roots, struct error *error)
{
    struct stat status;
    for (size_t i = 0; i < roots->count; i++)
        if (stat(roots->items[i], &status) != 0 || !S_ISDIR(status.st_mode)) {
            error_set(error, ERROR_CONFIG, "the migrations path '%s' is no directory that can be read",
                      roots->items[i]);
            return error_next(error, "name the directory of manage.py, and that of the installed packages, with "
                                     "--migrations or MIGRATED_MIGRATIONS");
        }
    return true;
}

bool django_site_find(struct django_site *site, struct error *error)
{
    struct django_app_name *apps = NULL;
    size_t count = 0;
    if (!check_roots(site->options->roots, error))
        return false;
    bool known = django_site_read_settings(site);
    if (site->options->apps->count > 0) {
        apps = named_apps(site, &count);
    } else if (known) {
        refuse_moved(site);
        apps = django_settings_apps(site->arena, site->settings, &count, site->faults);
    }
    for (size_t i = 0; i < count; i++)
        add_app(site, &apps[i]);
    return true;
}
