/* `migrated new` where the project's own command writes revisions (new_command). */
#ifndef MIGRATED_CLI_NEW_COMMAND_H
#define MIGRATED_CLI_NEW_COMMAND_H

#include "cli/command.h"

/*
 * Runs it by /bin/sh in the foreground, with our terminal: the message is "$1" and MIGRATED_MESSAGE, never a part of the
 * text that the shell reads; the address of the database as for upgrade_command. Its exit status is ours: 128 + N when
 * signal N ended it.
 */
int new_command_run(struct invocation *invocation);

#endif
