/*
 * `type = heartbeat`: the query returns who runs the jobs and when it was last alive (runner_id, last_heartbeat), and, if
 * the application has such a switch, whether jobs are to run at all (jobs_enabled). Of several runners the one that was
 * alive last counts. Ages are by the server's clock.
 */
#ifndef MIGRATED_CORE_CHECK_HEARTBEAT_H
#define MIGRATED_CORE_CHECK_HEARTBEAT_H

#include "core/check.h"

extern const struct check_type check_heartbeat;

#endif
