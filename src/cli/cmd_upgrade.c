#include "cli/command.h"
#include "cli/job.h"
#include "cli/job_report.h"

static int run(struct invocation *invocation)
{
    return job_run(invocation, DIRECTION_UPGRADE,
                   invocation->arguments.count > 0 ? invocation->arguments.items[0] : "heads");
}

static void conclude(const struct invocation *invocation)
{
    if (!invocation->json && invocation_flag(invocation, "dry-run") == NULL)
        job_report_success(invocation->applied);
}

const struct command cmd_upgrade = {
    .name = "upgrade",
    .arguments = "[REV]",
    .summary = "apply pending revisions up to REV (default heads), report, exit",
    .help = "Waits for the lock that all replicas share. A revision that fails is rolled back; the message tells "
            "where and\n"
            "what to type next. REV is an id, a unique prefix, head, heads, +N, REV+N or label@head. Of several\n"
            "targets all are upgraded, in their order; a REV means main's.\n",
    .most = 1,
    .json = true,
    .each = true,
    .conclude = conclude,
    .with_alembic = "alembic upgrade heads",
    .with_django = "python manage.py migrate",
    .with_option = "upgrade_command",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_RUN,
    .flags = {JOB_FLAGS},
    .run = run,
};
