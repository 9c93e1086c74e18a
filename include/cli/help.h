/* Help texts, made from the command table and the option table. */
#ifndef MIGRATED_CLI_HELP_H
#define MIGRATED_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

void help_program(FILE *stream);
/* On stdout: the command's own flags, then the options that it uses. */
void help_command(const struct command *command);
void help_options(void); /* all of them, on stdout */
void help_version(void);

#endif
