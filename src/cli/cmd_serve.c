#include "cli/command.h"
#include "cli/report.h"
#include "daemon/daemon.h"

static int run(struct invocation *invocation)
{
    struct error error = {0};
    if (!daemon_run(&invocation->source, &error))
        return report_error(&error);
    return 0;
}

const struct command cmd_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "run the daemon: apply pending revisions, answer /readyz and /health",
    .help = "Stays in the foreground. HTTP is up before the first connection to the database; what is pending is\n"
            "applied under a lock that all replicas share. SIGHUP reloads configuration and files, SIGTERM stops.\n",
    .run = run,
};
