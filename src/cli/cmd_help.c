#include "cli/command.h"
#include "cli/help.h"
#include "cli/report.h"

static int run(struct invocation *invocation)
{
    if (invocation->arguments.count == 0) {
        help_program(stdout);
        return 0;
    }
    const struct command *command = command_find(invocation->arguments.items[0]);
    if (command == NULL)
        return report_usage("unknown command %s", invocation->arguments.items[0]);
    help_command(command);
    return 0;
}

const struct command cmd_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "tell what a command does",
    .most = 1,
    .run = run,
};
