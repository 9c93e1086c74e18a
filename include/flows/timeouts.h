/* How long a revision's statements may wait and run: the file's headers win over the configuration. */
#ifndef MIGRATED_FLOWS_TIMEOUTS_H
#define MIGRATED_FLOWS_TIMEOUTS_H

#include "config/config.h"
#include "core/revision.h"

/* What is known of a wait for a lock before it begins. */
struct lock_wait {
    unsigned attempt;   /* 0: the first */
    int64_t least_ms;   /* who holds it lets go after so long, not before; 0: nobody does */
    int64_t longest_ms; /* whatever else is said; INT64_MAX: as long as you like */
};

/*
 * How long a statement with this lock may wait. Where neither file nor configuration say it, strong locks get a ladder of
 * short waits, since everybody else waits behind them, or the least that helps. 0: no limit.
 */
int64_t timeouts_lock_ms(const struct target_config *target, const struct revision *revision, enum sql_lock lock,
                         const struct lock_wait *wait);
/*
 * How old a transaction must be to be waited for before its table is locked: more than we would wait behind it, for what
 * has lasted that long lasts a while yet. 0: nobody looks, as the lock may be waited for for ever.
 */
int64_t timeouts_look_ms(int64_t lock_ms);
/* How long a statement with this lock may run; an online one as timeouts_online_ms. 0: no limit. */
int64_t timeouts_statement_ms(const struct target_config *target, const struct revision *revision,
                              enum sql_lock lock);
/* Of statements that are long by design, online (VALIDATE) or waiting (CONCURRENTLY): online_timeout. A file that says only
 * statement_timeout means them too; the configuration's is not for them. */
int64_t timeouts_online_ms(const struct target_config *target, const struct revision *revision);

#endif
