#include "cli/command.h"
#include "cli/help.h"
#include "cli/report.h"

#include <string.h>

static int run(struct invocation *invocation)
{
    if (invocation->arguments.count == 0) {
        help_program(stdout);
        return 0;
    }
    const char *name = invocation->arguments.items[0];
    const struct command *command = command_find(name);
    if (strcmp(name, "options") == 0)
        help_options();
    else if (command != NULL)
        help_command(command);
    else
        return report_usage("no help on %s: it is neither a command nor \"options\"", name);
    return 0;
}

const struct command cmd_help = {
    .name = "help",
    .arguments = "[COMMAND|options]",
    .summary = "tell what a command does, or list all options",
    .most = 1,
    .run = run,
};
