#include "core/script_graph.h"

#include "base/arena.h"

#define SHOWN_HEX 12 /* so many characters tell two checksums apart */

const char *script_graph_id(struct arena *arena, const char *name, const char *checksum)
{
    return arena_printf(arena, "%s-%.*s", name, SHOWN_HEX, checksum);
}

uint32_t script_graph_node(const struct graph *graph)
{
    uint32_t last = (uint32_t)graph_size(graph) - 1;
    return graph_size(graph) > 0 && graph_revision(graph, last)->is_script ? last : GRAPH_NONE;
}

/* Of what was there before only the name is known. */
static struct revision stranger(const char *id)
{
    return (struct revision){.id = id,
                             .message = "",
                             .path = "",
                             .lock_timeout_ms = -1,
                             .statement_timeout_ms = -1,
                             .online_timeout_ms = -1,
                             .up = {.present = true, .transactional = true}};
}

const struct graph *script_graph_after(struct arena *arena, const struct graph *graph, const struct names *rows,
                                       size_t *foreign)
{
    uint32_t node = script_graph_node(graph);
    *foreign = 0;
    if (node == GRAPH_NONE || rows->count == 0 || names_contain(rows, graph_revision(graph, node)->id))
        return graph;
    struct revision *revisions = arena_array(arena, rows->count + 1, sizeof *revisions);
    for (size_t i = 0; i < rows->count; i++)
        revisions[i] = stranger(rows->items[i]);
    revisions[rows->count] = *graph_revision(graph, node);
    revisions[rows->count].down_revisions = names_copy(arena, rows);

    struct faults faults = {.arena = arena};
    const struct graph *after = graph_build(arena, revisions, rows->count + 1, &faults);
    if (after == NULL) /* a row that is no id of ours: as without it */
        return graph;
    *foreign = rows->count;
    return after;
}
