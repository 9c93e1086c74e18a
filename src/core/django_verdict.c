#include "core/django_verdict.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static void add(struct names *names, const char *name)
{
    names->items[names->count++] = name;
}

static struct names room_for(struct arena *arena, size_t count)
{
    return (struct names){.items = arena_array(arena, count, sizeof(const char *))};
}

static int compare_to_migration(const void *id, const void *migration)
{
    return strcmp(id, ((const struct django_migration *)migration)->id);
}

static bool has_file(const struct django_project *project, const char *id)
{
    return project->count > 0 && bsearch(id, project->migrations, project->count, sizeof *project->migrations,
                                         compare_to_migration) != NULL;
}

static int compare_key(const void *key, const void *id)
{
    const struct django_key *wanted = key;
    const char *text = *(const char *const *)id;
    size_t app = strlen(wanted->app);
    int order = strncmp(wanted->app, text, app);
    if (order == 0)
        order = '.' - (unsigned char)text[app];
    return order != 0 ? order : strcmp(wanted->name, text + app + 1);
}

/* Takes out of the sorted names those that a squash replaces. */
static void strike_replaced(struct arena *arena, const struct django_project *project, struct names *names)
{
    bool *struck = arena_array(arena, names->count, sizeof *struck);
    size_t kept = 0;
    for (size_t i = 0; names->count > 0 && i < project->count; i++) {
        const struct django_keys *replaces = &project->migrations[i].replaces;
        for (size_t j = 0; j < replaces->count; j++) {
            const char *const *found =
                bsearch(&replaces->items[j], names->items, names->count, sizeof *names->items, compare_key);
            if (found != NULL)
                struck[found - names->items] = true;
        }
    }
    for (size_t i = 0; i < names->count; i++)
        if (!struck[i])
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static void list_unknown(struct arena *arena, const struct django_project *project, const struct names *rows,
                         struct verdict *verdict)
{
    verdict->unknown_rows = room_for(arena, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        if (!has_file(project, rows->items[i]) &&
            django_project_has_app(project, rows->items[i], strcspn(rows->items[i], ".")))
            add(&verdict->unknown_rows, arena_string(arena, rows->items[i]));
    names_sort(&verdict->unknown_rows);
    strike_replaced(arena, project, &verdict->unknown_rows);
    verdict->unplaced = verdict->unknown_rows;
}

/* Applied, and nothing of its app that stands on it is. */
static void list_current(struct arena *arena, const struct django_graph *graph, struct verdict *verdict)
{
    bool *covered = arena_array(arena, graph->count, sizeof *covered);
    verdict->current = room_for(arena, graph->count + verdict->unknown_rows.count);
    for (uint32_t i = graph->count; i-- > 0;) {
        const struct django_node *node = &graph->nodes[i];
        if (!node->applied)
            continue;
        if (!covered[i])
            add(&verdict->current, node->migration->id);
        for (uint32_t j = 0; j < node->n_parents; j++)
            covered[node->parents[j]] |=
                strcmp(graph->nodes[node->parents[j]].migration->app, node->migration->app) == 0;
    }
    for (size_t i = 0; i < verdict->unknown_rows.count; i++)
        add(&verdict->current, verdict->unknown_rows.items[i]);
    names_sort(&verdict->current);
}

static void list_graph(struct arena *arena, const struct django_graph *graph, struct verdict *verdict)
{
    verdict->heads = room_for(arena, graph->count);
    verdict->pending = room_for(arena, graph->count);
    for (uint32_t i = 0; i < graph->count; i++) {
        const struct django_node *node = &graph->nodes[i];
        if (node->leaf)
            add(&verdict->heads, node->migration->id);
        if (!node->applied)
            add(&verdict->pending, node->migration->id);
    }
    names_sort(&verdict->heads);
    names_sort(&verdict->pending);
}

void django_verdict_judge(struct arena *arena, const struct django_project *project, const struct names *rows,
                          struct verdict *verdict)
{
    struct django_graph graph;
    struct faults faults = {.arena = arena};
    *verdict = (struct verdict){.rows = names_copy(arena, rows)};
    names_sort(&verdict->rows);
    list_unknown(arena, project, rows, verdict);
    if (!django_graph_build(arena, project, rows, &graph, &faults)) {
        verdict->kind = VERDICT_UNKNOWN;
        verdict->reason = faults.items[0].message;
        verdict->current = verdict->rows;
        return;
    }
    list_current(arena, &graph, verdict);
    list_graph(arena, &graph, verdict);
    verdict->kind = verdict->pending.count > 0        ? VERDICT_PENDING
                    : verdict->unknown_rows.count > 0 ? VERDICT_AHEAD
                                                      : VERDICT_IN_SYNC;
}
