#include "flows/timeouts.h"

#define DEFAULT_LOCK_MS   2000 /* then roll back, let others pass, try again */
#define DEFAULT_ONLINE_MS ((int64_t)12 * 3600 * 1000)

int64_t timeouts_lock_ms(const struct target_config *target, const struct revision *revision, int64_t longest_wait_ms)
{
    int64_t timeout_ms = target->lock_timeout_ms < 0 ? DEFAULT_LOCK_MS : target->lock_timeout_ms;
    if (revision->lock_timeout_ms >= 0)
        timeout_ms = revision->lock_timeout_ms;
    if (timeout_ms == 0 && longest_wait_ms == INT64_MAX)
        return 0;
    return timeout_ms > 0 && timeout_ms < longest_wait_ms ? timeout_ms : longest_wait_ms;
}

int64_t timeouts_statement_ms(const struct target_config *target, const struct revision *revision)
{
    return revision->statement_timeout_ms >= 0 ? revision->statement_timeout_ms : target->statement_timeout_ms;
}

int64_t timeouts_online_ms(const struct target_config *target, const struct revision *revision)
{
    int64_t timeout_ms = timeouts_statement_ms(target, revision);
    return timeout_ms > 0 || revision->statement_timeout_ms == 0 ? timeout_ms : DEFAULT_ONLINE_MS;
}
