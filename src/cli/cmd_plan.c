#include "cli/command.h"
#include "cli/job.h"
#include "flows/tree.h"

static int run(struct invocation *invocation)
{
    int status = invocation_configure(invocation);
    struct tree *tree = status == 0 ? invocation_tree(invocation, &status) : NULL;
    if (tree == NULL)
        return status;
    status = job_show_plan(invocation, tree->files.graph, DIRECTION_UPGRADE,
                           invocation->arguments.count > 0 ? invocation->arguments.items[0] : "heads");
    tree_release(tree);
    return status;
}

const struct command cmd_plan = {
    .name = "plan",
    .arguments = "[REV]",
    .summary = "tell what upgrade would run, in order",
    .most = 1,
    .run = run,
};
