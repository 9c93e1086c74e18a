#include "cli/command.h"
#include "cli/job.h"

static int run(struct invocation *invocation)
{
    return job_run(invocation, DIRECTION_DOWNGRADE, invocation->arguments.items[0]);
}

const struct command cmd_downgrade = {
    .name = "downgrade",
    .arguments = "REV",
    .summary = "take revisions back down to REV",
    .help = "REV is an id, a unique prefix, base, -N, REV-N, label@base or label@-N. A revision without a down "
            "section is\n"
            "refused before anything runs.\n",
    .least = 1,
    .most = 1,
    .json = true,
    .with_alembic = "alembic downgrade REV",
    .with_django = "python manage.py migrate APP NAME",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_RUN,
    .flags = {JOB_FLAGS},
    .run = run,
};
