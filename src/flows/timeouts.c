#include "flows/timeouts.h"

#define ROWS_MS 1000
#define LOOK_MS 1000 /* twice the ladder's last rung */

static int64_t lock_ms_of(enum sql_lock lock, const struct lock_wait *wait)
{
    static const int64_t ladder[] = {50, 100, 200, 500};
    const unsigned last = sizeof ladder / sizeof *ladder - 1;
    int64_t rung_ms = ladder[wait->attempt < last ? wait->attempt : last];
    switch (lock) {
    case SQL_LOCK_ROWS:
        return ROWS_MS;
    case SQL_LOCK_ONLINE:
        return 0;
    case SQL_LOCK_STRONG:
        break;
    }
    return rung_ms < wait->least_ms ? wait->least_ms : rung_ms;
}

int64_t timeouts_lock_ms(const struct target_config *target, const struct revision *revision, enum sql_lock lock,
                         const struct lock_wait *wait)
{
    int64_t timeout_ms = lock_ms_of(lock, wait);
    if (target->lock_timeout_ms >= 0)
        timeout_ms = target->lock_timeout_ms;
    if (revision->lock_timeout_ms >= 0)
        timeout_ms = revision->lock_timeout_ms;
    if (timeout_ms == 0 && wait->longest_ms == INT64_MAX)
        return 0;
    return timeout_ms > 0 && timeout_ms < wait->longest_ms ? timeout_ms : wait->longest_ms;
}

int64_t timeouts_look_ms(int64_t lock_ms)
{
    return lock_ms == 0 || lock_ms > LOOK_MS ? lock_ms : LOOK_MS;
}

int64_t timeouts_online_ms(const struct target_config *target, const struct revision *revision)
{
    if (revision->online_timeout_ms >= 0)
        return revision->online_timeout_ms;
    return revision->statement_timeout_ms >= 0 ? revision->statement_timeout_ms : target->online_timeout_ms;
}

int64_t timeouts_statement_ms(const struct target_config *target, const struct revision *revision, enum sql_lock lock)
{
    if (lock == SQL_LOCK_ONLINE)
        return timeouts_online_ms(target, revision);
    return revision->statement_timeout_ms >= 0 ? revision->statement_timeout_ms : target->statement_timeout_ms;
}
