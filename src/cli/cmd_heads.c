#include "cli/command.h"
#include "cli/revision_print.h"
#include "flows/tree.h"

static void list(struct invocation *invocation, const struct graph *graph)
{
    bool real = invocation_flag(invocation, "resolve-dependencies") != NULL;
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    struct nodes heads = real ? graph_real_heads(graph) : graph_versioned_heads(graph);
    heads = revision_sorted(invocation->arena, graph, heads);
    if (invocation->json)
        revision_print_json(&printer, heads, NULL);
    else
        revision_print_all(&printer, heads, invocation->verbose ? REVISION_BLOCK : REVISION_SHORT);
}

static int run(struct invocation *invocation)
{
    int status = invocation_configure(invocation);
    struct tree *tree = status == 0 ? invocation_tree(invocation, &status) : NULL;
    if (tree == NULL)
        return status;
    list(invocation, tree->files.graph);
    tree_release(tree);
    return status;
}

const struct command cmd_heads = {
    .name = "heads",
    .arguments = "",
    .summary = "list the heads of the revision files",
    .help =
        "Heads are the revisions that none names in down_revision. One that another revision depends on is marked\n"
        "(effective head): after a complete upgrade its row is not in the version table.\n",
    .flags = {{"resolve-dependencies", 0, NULL, "only real heads: what depends_on names is no head"}},
    .run = run,
};
