#include "core/adoption.h"

#include "base/arena.h"
#include "core/natural.h"
#include "core/resolve.h"

#define NAMED 5 /* so many are named in a sentence, the rest is counted */

/* ---- what it means ---- */

/* Where each node stands. */
struct standing {
    struct node_set recorded; /* the other tool says so itself */
    struct node_set beneath;  /* it, and all that it stands on */
    struct node_set applied;  /* by the own version rows */
};

static void record_up_to(const struct graph *graph, struct standing *standing, const char *version)
{
    struct nodes order = graph_order(graph);
    for (uint32_t i = 0; i < order.count; i++)
        if (natural_compare(graph_revision(graph, order.items[i])->id, version) <= 0)
            node_set_add(&standing->recorded, order.items[i]);
}

/* A list with room for one name more. */
static void push(struct names *names, const char *name)
{
    names->items[names->count++] = name;
}

static void record(struct arena *arena, const struct graph *graph, const struct adopted_row *row,
                   struct standing *standing, struct adoption *adoption)
{
    uint32_t node = adopted_row_find(arena, adoption->tool, graph, row);
    switch (row->state) {
    case ADOPTED_FAILED:
        push(&adoption->failed, row->version);
        return;
    case ADOPTED_APART:
        push(&adoption->apart, row->version);
        return;
    case ADOPTED_BASELINE:
        adoption->recorded++;
        record_up_to(graph, standing, row->version);
        return;
    case ADOPTED_THROUGH:
    case ADOPTED_APPLIED:
        adoption->recorded++;
        break;
    }
    if (node == GRAPH_NONE) {
        push(&adoption->missing, row->version);
        return;
    }
    if (row->state == ADOPTED_THROUGH) {
        struct node_set below = node_set_create(arena, graph);
        graph_add_ancestors(graph, &below, (struct nodes){&node, 1}, EDGES_ALL);
        for (uint32_t i = 0; i < below.count; i++)
            if (below.has[i])
                node_set_add(&standing->recorded, i);
    }
    node_set_add(&standing->recorded, node);
    if (row->file_checksum != NULL)
        adoption->changed[adoption->n_changed++] = row;
}

static void make_room(struct arena *arena, size_t rows, size_t revisions, struct adoption *adoption)
{
    struct names *of_rows[] = {&adoption->failed, &adoption->missing, &adoption->apart};
    struct names *of_revisions[] = {&adoption->gaps, &adoption->taken, &adoption->ahead, &adoption->heads,
                                    &adoption->pending};
    for (size_t i = 0; i < sizeof of_rows / sizeof *of_rows; i++)
        of_rows[i]->items = arena_array(arena, rows, sizeof *of_rows[i]->items);
    for (size_t i = 0; i < sizeof of_revisions / sizeof *of_revisions; i++)
        of_revisions[i]->items = arena_array(arena, revisions, sizeof *of_revisions[i]->items);
    adoption->changed = arena_array(arena, rows, sizeof *adoption->changed);
}

/* A node whose children are none of `in`. */
static bool is_head(const struct graph *graph, const struct standing *in, uint32_t node)
{
    struct nodes above[] = {graph_children(graph, node), graph_dependents(graph, node)};
    for (size_t kind = 0; kind < 2; kind++)
        for (uint32_t i = 0; i < above[kind].count; i++)
            if (in->beneath.has[above[kind].items[i]] || in->applied.has[above[kind].items[i]])
                return false;
    return true;
}

static void place(const struct graph *graph, const struct standing *standing, uint32_t node,
                  struct adoption *adoption)
{
    const char *id = graph_revision(graph, node)->id;
    bool beneath = standing->beneath.has[node], applied = standing->applied.has[node];
    if (!beneath && !applied) {
        push(&adoption->pending, id);
        return;
    }
    if (beneath && !applied) {
        push(&adoption->taken, id);
        if (!standing->recorded.has[node])
            push(&adoption->gaps, id);
    } else if (!standing->recorded.has[node]) {
        push(&adoption->ahead, id);
    }
    if (is_head(graph, standing, node))
        push(&adoption->heads, id);
}

bool adoption_judge(struct arena *arena, const struct graph *graph, const struct names *version_rows,
                    const struct adopted_rows *rows, struct adoption *adoption, struct error *error)
{
    struct nodes order = graph_order(graph), own;
    struct standing standing = {node_set_create(arena, graph), node_set_create(arena, graph),
                                node_set_create(arena, graph)};
    if (!resolve_rows(arena, graph, version_rows, &own, error))
        return false;
    make_room(arena, rows->count, order.count, adoption);
    for (size_t i = 0; i < rows->count; i++)
        record(arena, graph, &rows->items[i], &standing, adoption);
    graph_add_ancestors(graph, &standing.applied, own, EDGES_ALL);
    for (uint32_t i = 0; i < order.count; i++) {
        uint32_t node = order.items[i];
        if (standing.recorded.has[node] && !standing.beneath.has[node])
            graph_add_ancestors(graph, &standing.beneath, (struct nodes){&node, 1}, EDGES_ALL);
    }
    for (uint32_t i = 0; i < order.count; i++)
        place(graph, &standing, order.items[i], adoption);
    return true;
}

/* ---- what speaks against it ---- */

/* The first reason is the error itself, the others are its details. */
static void refuse(struct error *error, const char *what, const char *next)
{
    if (error->code != ERROR_NONE) {
        error_add_detail(error, "%s", what);
        return;
    }
    error_set(error, ERROR_FILES, "%s", what);
    error_next(error, "%s", next);
}

static void refuse_failed(struct arena *arena, const struct adoption *adoption, struct error *error)
{
    if (adoption->failed.count == 0)
        return;
    refuse(error,
           arena_printf(arena, "%s says that version %s was begun and not finished by %s", adoption->table,
                        names_join(arena, &adoption->failed, NAMED), adoption->tool->title),
           arena_printf(arena, "%s; then run `migrated adopt` again", adoption->tool->failed));
}

static void refuse_missing(struct arena *arena, const struct adoption *adoption, struct error *error)
{
    if (adoption->missing.count == 0)
        return;
    refuse(error,
           arena_printf(arena, "%s holds %zu version%s without a file: %s", adoption->table, adoption->missing.count,
                        adoption->missing.count == 1 ? "" : "s", names_join(arena, &adoption->missing, NAMED)),
           "take the release that has the files; or, if they were taken away on purpose, say --allow-missing");
}

static void refuse_changed(struct arena *arena, const struct adoption *adoption, struct error *error)
{
    for (size_t i = 0; i < adoption->n_changed; i++)
        refuse(error,
               arena_printf(arena, "revision %s was edited after %s had applied it: its checksum was %s, it is %s",
                            adoption->changed[i]->version, adoption->tool->title, adoption->changed[i]->checksum,
                            adoption->changed[i]->file_checksum),
               "put the file back; or, if the edit is harmless, say --allow-changed");
}

static void refuse_gaps(struct arena *arena, const struct adoption *adoption, struct error *error)
{
    if (adoption->gaps.count == 0)
        return;
    refuse(error,
           arena_printf(arena, "%zu revision%s beneath what %s has applied %s not recorded as applied: %s",
                        adoption->gaps.count, adoption->gaps.count == 1 ? "" : "s", adoption->tool->title,
                        adoption->gaps.count == 1 ? "is" : "are", names_join(arena, &adoption->gaps, NAMED)),
           arena_printf(arena,
                        "let %s apply %s first; or say --allow-gaps: then %s taken as applied, and %s never run",
                        adoption->tool->title, adoption->gaps.count == 1 ? "it" : "them",
                        adoption->gaps.count == 1 ? "it is" : "they are", adoption->gaps.count == 1 ? "is" : "are"));
}

bool adoption_allows(struct arena *arena, const struct adoption *adoption, const struct adoption_accepted *accepted,
                     struct error *error)
{
    *error = (struct error){0};
    refuse_failed(arena, adoption, error);
    if (adoption->taken.count > 0 && !accepted->missing)
        refuse_missing(arena, adoption, error);
    if (adoption->taken.count > 0 && !accepted->changed)
        refuse_changed(arena, adoption, error);
    if (!accepted->gaps)
        refuse_gaps(arena, adoption, error);
    return error->code == ERROR_NONE;
}
