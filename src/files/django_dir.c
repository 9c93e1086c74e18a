#include "files/django_dir.h"

#include "base/arena.h"
#include "core/django_expected.h"
#include "core/django_history.h"
#include "django_site.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct reading {
    struct django_site site;
    struct arena *texts; /* of what is read and gone: while migrations are */
    struct django_migration *migrations;
    size_t count, capacity;
    bool listing; /* only the fingerprint is wanted */
};

/* ---- one app ---- */

static struct names list_files(struct arena *arena, const char *directory)
{
    struct names names = {0};
    size_t capacity = 0;
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return names;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = arena_string(arena, entry->d_name);
    }
    closedir(stream);
    names_sort(&names);
    return names;
}

/* Django runs a compiled file without its source, too. */
static void refuse_compiled(struct reading *reading, const struct names *files, const char *directory,
                            const char *file)
{
    size_t length = strlen(file);
    if (length <= 4 || strcmp(file + length - 4, ".pyc") != 0 || *file == '_' || *file == '~')
        return;
    const char *source = arena_copy(reading->texts, file, length - 1);
    if (!names_contain(files, source))
        fault_add(reading->site.faults, arena_printf(reading->site.arena, "%s/%s", directory, file), 1, 1,
                  "compiled Python can't be read: put the source beside it");
}

/* Its text belongs to the readings of this app alone. */
static void read_migration(struct reading *reading, const char *app, const char *path, const char *name)
{
    struct django_site texts = reading->site;
    size_t length;
    texts.arena = reading->texts;
    const char *text = django_file_read(&texts, path, &length);
    if (text == NULL) {
        fault_add(reading->site.faults, path, 1, 1, "can't be read: %m");
        return;
    }
    reading->migrations = arena_grow(reading->site.arena, reading->migrations, reading->count, &reading->capacity,
                                     sizeof *reading->migrations);
    django_migration_read(reading->site.arena, path, app, name, text, length, reading->site.settings,
                          &reading->migrations[reading->count++], reading->site.faults);
}

static void mark(struct reading *reading, const char *path, const struct stat *status)
{
    const int64_t marks[] = {status->st_size, status->st_mtim.tv_sec, status->st_mtim.tv_nsec,
                             (int64_t)status->st_ino};
    digest_add(reading->site.digest, path, strlen(path) + 1);
    digest_add(reading->site.digest, marks, sizeof marks);
}

static void read_package(struct reading *reading, const struct django_package *package)
{
    reading->texts = arena_create();
    struct names files = list_files(reading->texts, package->directory);
    for (size_t i = 0; i < files.count; i++) {
        struct stat status;
        const char *path = arena_printf(reading->texts, "%s/%s", package->directory, files.items[i]);
        const char *name = django_migration_name(reading->texts, files.items[i]);
        refuse_compiled(reading, &files, package->directory, files.items[i]);
        if (name == NULL || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        if (reading->listing)
            mark(reading, path, &status);
        else
            read_migration(reading, package->label, path, name);
    }
    arena_destroy(reading->texts);
}

/* ---- all ---- */

static bool read_expected(struct reading *reading, struct error *error)
{
    size_t length;
    const char *path = reading->site.options->expected;
    const char *text = django_file_read(&reading->site, path, &length);
    if (text == NULL) {
        error_set(error, ERROR_CONFIG, "the file of expected migrations '%s' can't be read: %m", path);
        return error_next(error, "write it with `manage.py showmigrations --plan`, or leave out the option expected");
    }
    django_expected_read(reading->site.arena, path, text, length, &reading->migrations, &reading->count,
                         reading->site.faults);
    return true;
}

static bool read_all(struct reading *reading, struct error *error)
{
    struct django_site *site = &reading->site;
    if (site->options->expected != NULL)
        return read_expected(reading, error);
    if (!django_site_find(site, error))
        return false;
    for (size_t i = 0; i < site->count; i++)
        if (site->packages[i].directory != NULL)
            read_package(reading, &site->packages[i]);
    return true;
}

static int compare_migrations(const void *a, const void *b)
{
    const struct django_migration *left = a, *right = b;
    return strcmp(left->id, right->id);
}

/* With `expected` the apps are those that it names. */
static struct django_app *list_apps(const struct reading *reading, size_t *count)
{
    const struct django_site *site = &reading->site;
    bool expected = site->options->expected != NULL;
    struct django_app *apps = arena_array(site->arena, expected ? reading->count : site->count, sizeof *apps);
    *count = 0;
    for (size_t i = 0; !expected && i < site->count; i++)
        apps[(*count)++] = (struct django_app){site->packages[i].label, site->packages[i].directory != NULL};
    for (size_t i = 0; expected && i < reading->count; i++)
        if (i == 0 || strcmp(reading->migrations[i].app, reading->migrations[i - 1].app) != 0)
            apps[(*count)++] = (struct django_app){reading->migrations[i].app, true};
    return apps;
}

static void build(struct reading *reading, struct revision_tree *tree)
{
    struct arena *arena = reading->site.arena;
    struct django_project *project = arena_alloc(arena, sizeof *project);
    struct django_graph graph;
    if (reading->count > 0)
        qsort(reading->migrations, reading->count, sizeof *reading->migrations, compare_migrations);
    for (size_t i = 1; i < reading->count; i++)
        if (strcmp(reading->migrations[i].id, reading->migrations[i - 1].id) == 0)
            fault_add(&tree->faults, reading->migrations[i].path, reading->migrations[i].place.line,
                      reading->migrations[i].place.column, "%s is named twice", reading->migrations[i].id);
    *project = (struct django_project){.migrations = reading->migrations, .count = reading->count};
    project->apps = list_apps(reading, &project->n_apps);
    if (tree->faults.count > 0 || !django_graph_build(arena, project, &(struct names){0}, &graph, &tree->faults))
        return;
    tree->revisions = django_history(arena, &graph);
    tree->count = graph.count;
    tree->graph = graph_build(arena, tree->revisions, tree->count, &tree->faults);
    if (tree->graph != NULL)
        graph_set_django(tree->graph, project);
}

/* Changes are looked for there, too. */
static struct names list_folders(const struct reading *reading)
{
    const struct django_site *site = &reading->site;
    size_t most = site->folders.count + site->count;
    struct names folders = {.items = arena_array(site->arena, most, sizeof *folders.items)};
    for (size_t i = 0; i < site->folders.count; i++)
        folders.items[folders.count++] = site->folders.items[i];
    for (size_t i = 0; i < site->count; i++)
        if (site->packages[i].directory != NULL)
            folders.items[folders.count++] = site->packages[i].directory;
    return folders;
}

static void begin(struct reading *reading, struct arena *arena, const struct django_options *options,
                  struct faults *faults)
{
    *faults = (struct faults){.arena = arena};
    *reading =
        (struct reading){.site = {.arena = arena, .options = options, .faults = faults, .digest = digest_begin()}};
}

static void end(struct reading *reading, char fingerprint[DIGEST_HEX_SIZE])
{
    unsigned char result[DIGEST_BYTES];
    digest_end(reading->site.digest, result);
    digest_hex(result, fingerprint);
}

/* The list first, so that what changes while files are read is seen by the next look. */
bool django_tree_read(struct arena *arena, const struct django_options *options, struct revision_tree *tree,
                      struct error *error)
{
    struct reading reading;
    char ignored[DIGEST_HEX_SIZE];
    *tree = (struct revision_tree){0};
    if (!django_tree_fingerprint(options, tree->fingerprint, error))
        return false;
    begin(&reading, arena, options, &tree->faults);
    bool good = read_all(&reading, error);
    end(&reading, ignored);
    tree->folders = list_folders(&reading);
    tree->missing = reading.site.without_settings;
    if (good && tree->faults.count == 0)
        build(&reading, tree);
    faults_sort(&tree->faults);
    return good;
}

bool django_tree_fingerprint(const struct django_options *options, char fingerprint[DIGEST_HEX_SIZE],
                             struct error *error)
{
    struct arena *arena = arena_create();
    struct faults faults;
    struct reading reading;
    begin(&reading, arena, options, &faults);
    reading.listing = true;
    bool good = read_all(&reading, error);
    end(&reading, fingerprint);
    arena_destroy(arena);
    return good;
}
