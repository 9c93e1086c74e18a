/* What a target's own command (upgrade_command, new_command) finds in its environment: ours, and more. */
#ifndef MIGRATED_FLOWS_COMMAND_ENVIRONMENT_H
#define MIGRATED_FLOWS_COMMAND_ENVIRONMENT_H

#include "config/config.h"

struct command_environment {
    char **variables;     /* "NAME=value", NULL at the end; owned by the arena; secrets among them */
    struct names secrets; /* passwords that its output may hold; owned by the arena */
};

/*
 * DATABASE_URL, the address that revisions are applied through, unless the target's address is from there; MIGRATED_TARGET, the target's
 * name; and `more` ("NAME=value"), which win over ours. Errors: ERROR_CONFIG, of a faulty address.
 */
bool command_environment_make(struct arena *arena, const struct target_config *target, const struct names *more,
                              struct command_environment *environment, struct error *error);

#endif
