#include "core/django_graph.h"

#include "base/arena.h"
#include "django_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- nodes by id ---- */

static struct django_vertex *add_vertex(struct django_loader *loader, const char *id)
{
    struct arena *arena = loader->arena;
    struct django_vertex *vertex = arena_alloc(arena, sizeof *vertex);
    vertex->id = id;
    vertex->number = ++loader->numbers;
    vertex->app_length = strcspn(id, ".");
    HASH_ADD_KEYPTR(hh, loader->by_id, vertex->id, strlen(vertex->id), vertex);
    return vertex;
}

/* Squashes may name millions: the key is written to the same place each time. */
struct django_vertex *django_vertex_get(struct django_loader *loader, const struct django_key *key)
{
    struct django_vertex *vertex;
    size_t app = strlen(key->app), length = app + 1 + strlen(key->name);
    if (length >= loader->key_size) {
        loader->key_size = 2 * length + 1;
        loader->key = arena_alloc(loader->arena, loader->key_size);
    }
    memcpy(loader->key, key->app, app);
    loader->key[app] = '.';
    memcpy(loader->key + app + 1, key->name, length - app);
    HASH_FIND(hh, loader->by_id, loader->key, length, vertex);
    return vertex != NULL ? vertex : add_vertex(loader, arena_copy(loader->arena, loader->key, length));
}

static bool same_app(const struct django_vertex *a, const struct django_vertex *b)
{
    return a->app_length == b->app_length && memcmp(a->id, b->id, a->app_length) == 0;
}

/* ---- __first__ and __latest__ ---- */

static const struct django_app *find_app(const struct django_project *project, const char *label, size_t length)
{
    for (size_t i = 0; i < project->n_apps; i++)
        if (strlen(project->apps[i].label) == length && memcmp(project->apps[i].label, label, length) == 0)
            return &project->apps[i];
    return NULL;
}

static void keep_first(struct django_vertex **end, struct django_vertex *vertex)
{
    if (*end == NULL || strcmp(vertex->id, (*end)->id) < 0)
        *end = vertex;
}

static void note_end(struct django_loader *loader, struct django_vertex *vertex)
{
    struct arena *arena = loader->arena;
    struct django_ends *ends;
    HASH_FIND(hh, loader->ends, vertex->id, vertex->app_length, ends);
    if (ends == NULL) {
        ends = arena_alloc(arena, sizeof *ends);
        HASH_ADD_KEYPTR(hh, loader->ends, vertex->id, vertex->app_length, ends);
    }
    if (vertex->parents.count == 0)
        keep_first(&ends->root, vertex);
    if (vertex->children.count == 0)
        keep_first(&ends->leaf, vertex);
}

/* Those that are only named count too: a squash may come to stand in their place. */
static void note_ends(struct django_loader *loader)
{
    for (struct django_vertex *vertex = loader->by_id; vertex != NULL; vertex = vertex->hh.next)
        note_end(loader, vertex);
}

/* One that need not be there: what names it is kept for the fault. */
static struct django_vertex *demand(struct django_loader *loader, const struct django_key *key,
                                    const struct django_migration *by)
{
    struct django_vertex *vertex = django_vertex_get(loader, key);
    if (vertex->named_by == NULL && loader->ends != NULL && vertex->migration == NULL)
        note_end(loader, vertex);
    if (vertex->migration == NULL && vertex->named_by == NULL) {
        vertex->named_by = by;
        vertex->named_at = key->place;
    }
    return vertex;
}

static void refuse(struct django_loader *loader, const struct django_migration *by, const struct django_key *key,
                   const char *what)
{
    fault_add(loader->faults, by->path, key->place.line, key->place.column, "%s depends on %s, %s", by->id, key->app,
              what);
}

/* NULL: there is nothing to stand on, with a fault where that is wrong. */
static struct django_vertex *external(struct django_loader *loader, const struct django_migration *by,
                                      const struct django_key *key)
{
    bool first = strcmp(key->name, "__first__") == 0;
    if (!first && strcmp(key->name, "__latest__") != 0)
        return demand(loader, key, by);
    const struct django_app *app = find_app(loader->project, key->app, strlen(key->app));
    struct django_ends *ends;
    if (strcmp(key->app, by->app) == 0 || (app != NULL && !app->migrated))
        return NULL;
    HASH_FIND_STR(loader->ends, key->app, ends);
    struct django_vertex *end = ends == NULL ? NULL : first ? ends->root : ends->leaf;
    if (app == NULL)
        refuse(loader, by, key, "which is no installed app");
    else if (end == NULL)
        refuse(loader, by, key, "an app without migrations");
    return end;
}

/* ---- loading ---- */

static void add_internal(struct django_loader *loader, struct django_vertex *vertex)
{
    const struct django_migration *migration = vertex->migration;
    for (size_t i = 0; i < migration->dependencies.count; i++) {
        const struct django_key *key = &migration->dependencies.items[i];
        if (strcmp(key->app, migration->app) == 0 && strcmp(key->name, "__first__") != 0)
            django_edge_add(loader, vertex, demand(loader, key, migration));
    }
}

static void add_external(struct django_loader *loader, struct django_vertex *vertex)
{
    const struct django_migration *migration = vertex->migration;
    for (size_t i = 0; i < migration->dependencies.count; i++) {
        const struct django_key *key = &migration->dependencies.items[i];
        struct django_vertex *parent =
            strcmp(key->app, migration->app) == 0 ? NULL : external(loader, migration, key);
        if (parent != NULL)
            django_edge_add(loader, vertex, parent);
    }
    for (size_t i = 0; i < migration->run_before.count; i++) {
        struct django_vertex *child = external(loader, migration, &migration->run_before.items[i]);
        if (child != NULL)
            django_edge_add(loader, child, vertex);
    }
}

/* Of one app; the vertices are sorted. */
static void add_externals(struct django_loader *loader, const char *label)
{
    size_t low = 0, high = loader->project->count, length = strlen(label);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(loader->vertices[middle]->migration->app, label) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < loader->project->count && loader->vertices[low]->app_length == length &&
           memcmp(loader->vertices[low]->id, label, length) == 0;
         low++)
        add_external(loader, loader->vertices[low]);
}

static void load(struct django_loader *loader, const struct names *applied)
{
    const struct django_project *project = loader->project;
    loader->vertices = arena_array(loader->arena, project->count, sizeof(struct django_vertex *));
    for (size_t i = 0; i < project->count; i++) {
        loader->vertices[i] = add_vertex(loader, project->migrations[i].id);
        loader->vertices[i]->migration = &project->migrations[i];
    }
    for (size_t i = 0; i < project->count; i++)
        add_internal(loader, loader->vertices[i]);
    note_ends(loader);
    for (size_t i = 0; i < project->n_apps; i++)
        add_externals(loader, project->apps[i].label);
    django_squash_load(loader, applied);
}

/* ---- the order ---- */

/* By id: what is ordered has files. */
static int compare_vertices(const void *a, const void *b)
{
    const struct django_vertex *const *left = a, *const *right = b;
    return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

static void sort_parents(const struct django_loader *loader, struct django_vertex *vertex)
{
    struct django_edges *parents = &vertex->parents;
    size_t count = 0;
    for (size_t i = 0; i < parents->count; i++)
        if (django_stands_on(loader, vertex, parents->items[i]))
            parents->items[count++] = parents->items[i];
    parents->count = count;
    if (count > 0)
        qsort(parents->items, count, sizeof(struct django_vertex *), compare_vertices);
}

enum { NEW, OPEN, DONE };

static void refuse_circle(struct django_loader *loader, const struct django_vertex *vertex)
{
    const struct django_migration *migration = vertex->migration;
    fault_add(loader->faults, migration->path, migration->place.line, migration->place.column,
              "%s stands on itself, by way of its dependencies: take one out of the circle", vertex->id);
}

static void refuse_missing(struct django_loader *loader, const struct django_vertex *vertex)
{
    const struct django_migration *by = vertex->named_by;
    fault_add(loader->faults, by->path, vertex->named_at.line, vertex->named_at.column,
              "%s names %s, which is not there%s", by->id, vertex->id,
              vertex->replaced ? ": the squash that replaces it is applied in parts" : "");
}

/* What is named and not there must have been replaced. */
static bool check_missing(struct django_loader *loader)
{
    size_t before = loader->faults->count;
    for (const struct django_vertex *vertex = loader->by_id; vertex != NULL; vertex = vertex->hh.next)
        if (vertex->migration == NULL && vertex->named_by != NULL && !vertex->gone)
            refuse_missing(loader, vertex);
    return loader->faults->count == before;
}

static void take(struct django_loader *loader, struct django_graph *graph, struct django_vertex *vertex)
{
    struct django_node *node = &graph->nodes[graph->count];
    uint32_t *parents = arena_array(loader->arena, vertex->parents.count, sizeof *parents);
    *node = (struct django_node){
        .migration = vertex->migration, .parents = parents, .applied = vertex->applied, .leaf = true};
    for (size_t i = 0; i < vertex->parents.count; i++) {
        const struct django_vertex *parent = vertex->parents.items[i];
        parents[node->n_parents++] = parent->position;
        if (same_app(parent, vertex))
            graph->nodes[parent->position].leaf = false;
    }
    vertex->position = graph->count++;
    vertex->state = DONE;
}

/* As iterative_dfs: of several parents the last by its key comes first. False with a fault. */
static bool walk(struct django_loader *loader, struct django_graph *graph, struct django_vertex *from)
{
    struct django_edges *stack = &loader->stack;
    stack->count = 0;
    django_edges_push(loader->arena, stack, from);
    while (stack->count > 0) {
        struct django_vertex *vertex = stack->items[stack->count - 1];
        if (vertex->state != NEW) {
            stack->count--;
            if (vertex->state == OPEN)
                take(loader, graph, vertex);
            continue;
        }
        vertex->state = OPEN;
        sort_parents(loader, vertex);
        for (size_t i = 0; i < vertex->parents.count; i++) {
            if (vertex->parents.items[i]->state == OPEN) {
                refuse_circle(loader, vertex);
                return false;
            }
            django_edges_push(loader->arena, stack, vertex->parents.items[i]);
        }
    }
    return true;
}

static bool is_leaf(const struct django_loader *loader, const struct django_vertex *vertex)
{
    for (size_t i = 0; i < vertex->children.count; i++) {
        const struct django_vertex *child = vertex->children.items[i];
        if (same_app(child, vertex) && django_stands_on(loader, child, vertex))
            return false;
    }
    return true;
}

/* Walks from the leaves, in their order, and then from what only a circle could leave. */
static bool order(struct django_loader *loader, struct django_graph *graph)
{
    const struct django_project *project = loader->project;
    graph->nodes = arena_array(loader->arena, project->count, sizeof *graph->nodes);
    for (int rest = 0; rest < 2; rest++)
        for (size_t i = 0; i < project->count; i++) {
            struct django_vertex *vertex = loader->vertices[i];
            if (vertex->gone || vertex->state == DONE || (rest == 0 && !is_leaf(loader, vertex)))
                continue;
            if (!walk(loader, graph, vertex))
                return false;
        }
    return true;
}

bool django_graph_build(struct arena *arena, const struct django_project *project, const struct names *applied,
                        struct django_graph *graph, struct faults *faults)
{
    struct django_loader loader = {.arena = arena, .project = project, .faults = faults};
    size_t before = faults->count;
    *graph = (struct django_graph){0};
    load(&loader, applied);
    return faults->count == before && check_missing(&loader) && order(&loader, graph);
}

bool django_project_has_app(const struct django_project *project, const char *label, size_t length)
{
    return find_app(project, label, length) != NULL;
}
