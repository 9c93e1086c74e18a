#include "cli/command.h"
#include "cli/job.h"
#include "flows/tree.h"

static int run(struct invocation *invocation, const struct revision_tree *files)
{
    return job_show_plan(invocation, files->graph, DIRECTION_UPGRADE,
                         invocation->arguments.count > 0 ? invocation->arguments.items[0] : "heads");
}

const struct command cmd_plan = {
    .name = "plan",
    .arguments = "[REV]",
    .summary = "tell what upgrade would run, in order",
    .most = 1,
    .json = true,
    .each = true,
    .with_alembic = "alembic upgrade heads --sql",
    .with_django = "python manage.py migrate --plan",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_PLAN,
    .run_with_files = run,
};
