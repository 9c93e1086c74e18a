#include "cli/command.h"
#include "daemon/daemon.h"

static int run(struct invocation *invocation)
{
    struct error error = {0};
    return daemon_run(&invocation->source, &error) ? 0 : error_exit_status(error.code);
}

const struct command cmd_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "run the daemon: apply pending revisions, answer /readyz and /health",
    .help = "Stays in the foreground. HTTP is up before the first connection to the database; what is pending is\n"
            "applied under a lock that all replicas share. SIGHUP reloads configuration and files, SIGTERM stops.\n",
    .uses = OPTION_FOR_ALL,
    .run = run,
};
