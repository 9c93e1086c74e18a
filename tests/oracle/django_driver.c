/*
 * Our side of the comparison with Django (django_files.py): reads projects and records from stdin, a line each, fields
 * separated by tabs.
 *
 *     project USER_MODEL      a new project begins; no answer, as with the next two
 *     app LABEL 0|1           an installed app: has it a package of migrations?
 *     file PATH APP NAME      a migration's file, which is read
 *     applied ID,ID           what is recorded ("-": nothing): plan PENDING LEAVES | refused MESSAGE
 */
#include "base/arena.h"
#include "core/django_graph.h"
#include "core/django_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FIELDS 4

struct driver {
    struct arena *arena; /* of the project */
    struct django_settings *settings;
    struct django_migration *migrations;
    struct django_app *apps;
    size_t count, n_apps, capacity, app_capacity;
    struct faults faults;
};

static void begin_project(struct driver *driver, const char *user_model)
{
    arena_destroy(driver->arena);
    *driver = (struct driver){.arena = arena_create()};
    driver->faults.arena = driver->arena;
    driver->settings =
        django_settings_read(driver->arena, NULL, 0, arena_string(driver->arena, user_model), &driver->faults);
}

static void add_app(struct driver *driver, const char *label, const char *migrated)
{
    driver->apps =
        arena_grow(driver->arena, driver->apps, driver->n_apps, &driver->app_capacity, sizeof *driver->apps);
    driver->apps[driver->n_apps++] = (struct django_app){arena_string(driver->arena, label), *migrated == '1'};
}

static void add_file(struct driver *driver, const char *path, const char *app, const char *name)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        abort();
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    driver->migrations =
        arena_grow(driver->arena, driver->migrations, driver->count, &driver->capacity, sizeof *driver->migrations);
    django_migration_read(driver->arena, path, app, name, text, length, driver->settings,
                          &driver->migrations[driver->count++], &driver->faults);
}

static int compare(const void *a, const void *b)
{
    const struct django_migration *left = a, *right = b;
    return strcmp(left->id, right->id);
}

static struct names split(struct arena *arena, char *list)
{
    struct names names = {.items = arena_array(arena, strlen(list) + 1, sizeof *names.items)};
    if (strcmp(list, "-") == 0)
        return names;
    for (char *item; (item = strsep(&list, ",")) != NULL;)
        names.items[names.count++] = item;
    return names;
}

static void print_ids(const struct django_graph *graph, bool leaves)
{
    const char *comma = "";
    for (uint32_t i = 0; i < graph->count; i++)
        if (leaves ? graph->nodes[i].leaf : !graph->nodes[i].applied) {
            printf("%s%s", comma, graph->nodes[i].migration->id);
            comma = ",";
        }
}

static void answer(struct driver *driver, char *applied)
{
    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct django_graph graph;
    struct names rows = split(arena, applied);
    qsort(driver->migrations, driver->count, sizeof *driver->migrations, compare);
    const struct django_project project = {driver->migrations, driver->count, driver->apps, driver->n_apps};
    if (driver->faults.count > 0) {
        printf("refused\t%s", driver->faults.items[0].message);
    } else if (!django_graph_build(arena, &project, &rows, &graph, &faults)) {
        printf("refused\t%s", faults.items[0].message);
    } else {
        printf("plan\t");
        print_ids(&graph, false);
        printf("\t");
        print_ids(&graph, true);
    }
    printf("\n");
    fflush(stdout);
    arena_destroy(arena);
}

int main(void)
{
    struct driver driver = {0};
    char *line = NULL;
    size_t size = 0;
    begin_project(&driver, "auth.User");
    while (getline(&line, &size, stdin) > 0) {
        char none[] = "", *fields[MOST_FIELDS] = {none, none, none, none}, *rest = line;
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < MOST_FIELDS && rest != NULL; i++)
            fields[i] = strsep(&rest, "\t");
        if (strcmp(fields[0], "project") == 0)
            begin_project(&driver, fields[1]);
        else if (strcmp(fields[0], "app") == 0)
            add_app(&driver, fields[1], fields[2]);
        else if (strcmp(fields[0], "file") == 0)
            add_file(&driver, fields[1], fields[2], fields[3]);
        else if (strcmp(fields[0], "applied") == 0)
            answer(&driver, fields[1]);
        else
            return 1;
    }
    free(line);
    arena_destroy(driver.arena);
    return 0;
}
