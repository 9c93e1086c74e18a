#include "cli/command.h"
#include "cli/database.h"
#include "cli/plan_print.h"
#include "cli/report.h"
#include "core/plan.h"
#include "flows/tree.h"

static int show_plan(struct invocation *invocation, const struct graph *graph)
{
    const char *target = invocation->arguments.count > 0 ? invocation->arguments.items[0] : "heads";
    struct database_look look;
    struct error error = {0};
    struct plan plan;
    if (!database_read(invocation, graph, &look, &error))
        return report_error(&error);
    struct verdict verdict;
    verdict_judge(invocation->arena, graph, &look.rows, look.has_stored ? &look.stored : NULL, &verdict);
    if (verdict.kind == VERDICT_AHEAD) {
        plan_print_ahead(invocation->arena, &verdict);
        plan = (struct plan){.graph = graph};
    } else if (!plan_upgrade(invocation->arena, graph, &look.rows, target, &plan, &error)) {
        return report_error(&error);
    }
    if (invocation->json)
        plan_print_json(&plan);
    else
        plan_print(&plan);
    return 0;
}

static int run(struct invocation *invocation)
{
    int status = invocation_configure(invocation);
    struct tree *tree = status == 0 ? invocation_tree(invocation, &status) : NULL;
    if (tree == NULL)
        return status;
    status = show_plan(invocation, tree->files.graph);
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
