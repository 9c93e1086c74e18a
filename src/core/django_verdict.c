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

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has(const struct names *sorted, const char *name)
{
    return sorted->count > 0 &&
           bsearch(&name, sorted->items, sorted->count, sizeof *sorted->items, compare_ids) != NULL;
}

/* All that files explain: their own ids, and those they replace. Sorted. */
static struct names explained(struct arena *arena, const struct django_project *project)
{
    size_t count = project->count;
    for (size_t i = 0; i < project->count; i++)
        count += project->migrations[i].replaces.count;
    struct names names = room_for(arena, count);
    for (size_t i = 0; i < project->count; i++) {
        const struct django_keys *replaces = &project->migrations[i].replaces;
        add(&names, project->migrations[i].id);
        for (size_t j = 0; j < replaces->count; j++)
            add(&names, arena_printf(arena, "%s.%s", replaces->items[j].app, replaces->items[j].name));
    }
    names_sort(&names);
    return names;
}

static void list_unknown(struct arena *arena, const struct django_project *project, const struct names *rows,
                         struct verdict *verdict)
{
    struct names known = explained(arena, project);
    verdict->unknown_rows = room_for(arena, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        if (django_project_has_app(project, rows->items[i], strcspn(rows->items[i], ".")) &&
            !has(&known, rows->items[i]))
            add(&verdict->unknown_rows, arena_string(arena, rows->items[i]));
    names_sort(&verdict->unknown_rows);
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
