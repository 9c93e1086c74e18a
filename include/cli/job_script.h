/* `upgrade --sql` and `downgrade --sql`: the script on stdout, no database needed. */
#ifndef MIGRATED_CLI_JOB_SCRIPT_H
#define MIGRATED_CLI_JOB_SCRIPT_H

#include "cli/command.h"
#include "core/plan.h"

/* `range` is REV (from base) or A:B; a downgrade needs A:B. The exit status. */
int job_script(struct invocation *invocation, const struct graph *graph, enum direction direction, const char *range);

#endif
