#include "cli/command.h"
#include "cli/revision_print.h"
#include "flows/tree.h"

static int list(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    bool real = invocation_flag(invocation, "resolve-dependencies") != NULL;
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    struct nodes heads = real ? graph_real_heads(graph) : graph_versioned_heads(graph);
    heads = revision_sorted(invocation->arena, graph, heads);
    if (invocation->json)
        revision_print_json(&printer, heads, NULL);
    else
        revision_print_all(&printer, heads, invocation->verbose ? REVISION_BLOCK : REVISION_SHORT);
    return 0;
}

const struct command cmd_heads = {
    .name = "heads",
    .arguments = "",
    .summary = "list the heads of the revision files",
    .help =
        "Heads are the revisions that none names in down_revision. One that another revision depends on is marked\n"
        "(effective head): after a complete upgrade its row is not in the version table.\n",
    .json = true,
    .uses = OPTION_FOR_FILES,
    .flags = {{"resolve-dependencies", 0, NULL, "only real heads: what depends_on names is no head"}},
    .run_with_files = list,
};
