/* One command for all targets of the configuration, when none is named. */
#ifndef MIGRATED_CLI_EACH_TARGET_H
#define MIGRATED_CLI_EACH_TARGET_H

#include "cli/command.h"

/* Are there several, and is the command one that means all of them unless --target, a REV or --sql is given? */
bool each_target_wanted(const struct invocation *invocation);

/*
 * `one` for each target, in the order in which they run; what it prints is headed by "[NAME]", its JSON documents become
 * one, {"targets":{NAME:...}}. What applies leaves out those that come after one that failed. The highest exit status.
 */
int each_target_run(struct invocation *invocation, int (*one)(struct invocation *invocation));

/* Of a time that is for all of them together, what is left; 0 stays 0, else it is at least 1 ms. */
int64_t each_target_time_left(const struct invocation *invocation, int64_t time_ms);

#endif
