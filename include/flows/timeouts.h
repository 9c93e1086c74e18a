/* How long a revision's statements may wait and run: the file's headers win over the configuration. */
#ifndef MIGRATED_FLOWS_TIMEOUTS_H
#define MIGRATED_FLOWS_TIMEOUTS_H

#include "config/config.h"
#include "core/revision.h"

/* `longest_wait_ms` bounds it whatever else is said (INT64_MAX: nothing does). 0: no limit. */
int64_t timeouts_lock_ms(const struct target_config *target, const struct revision *revision,
                         int64_t longest_wait_ms);
int64_t timeouts_statement_ms(const struct target_config *target, const struct revision *revision);
/* Of statements that wait by design, without a lock_timeout (CONCURRENTLY): their own deadline. */
int64_t timeouts_online_ms(const struct target_config *target, const struct revision *revision);

#endif
