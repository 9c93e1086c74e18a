/* engine = script: the file as it is now follows what the version rows say was there before. */
#include "apply_run_parts.h"

#include "core/script_graph.h"

/* The rows are those of which an older file does not know: whether this is one has been told from the graph that is kept.
 * What others have applied between two readings is followed anew. */
bool apply_script_follow(struct apply_run *run)
{
    size_t foreign;
    uint32_t node = script_graph_node(run->given);
    if (node == GRAPH_NONE || run->options.direction != DIRECTION_UPGRADE)
        return false;
    bool is_in = names_contain(&run->rows, graph_revision(run->given, node)->id);
    if (run->follows && names_equal(&run->followed, &run->rows))
        return false;
    run->follows = true;
    run->followed = run->rows;
    run->options.graph = script_graph_after(run->arena, run->given, &run->rows, &foreign);
    apply_set_graph(&run->apply, run->options.graph);
    run->graph_foreign = is_in ? graph_size(run->options.graph) : foreign; /* what it came after is kept already */
    run->graph_kept = run->graph_foreign;
    return run->action.kind == APPLY_PREPARE && !is_in;
}
