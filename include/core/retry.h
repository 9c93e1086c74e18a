/* Which failures pass by themselves, and how long to wait before trying again. */
#ifndef MIGRATED_CORE_RETRY_H
#define MIGRATED_CORE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* The same revision may succeed later: lock not available (55P03), deadlock (40P01), serialization (40001). */
bool retry_helps(const char *sqlstate);
/*
 * Making the books was refused, for the `tries`-th time (1: the first). True: somebody else may have made them at the same
 * moment, whatever IF NOT EXISTS says; look again what is there. 23505, 42P06, 42P07, 42710; XX000, as two GRANTs at once
 * have no state of their own; 42501 the first time, as what a different role has made is not ours to make.
 */
bool retry_was_race(const char *sqlstate, unsigned tries);
/* The server or the connection is gone or not ready: class 08, 57P01 to 57P05, 53300. */
bool retry_is_connection(const char *sqlstate);

/*
 * Exponential backoff with full jitter: a random part of base * 2^attempt, at most `limit_ms`, at least a tenth of
 * it so that nothing spins. `attempt` counts from 0; `random` is in [0, 1).
 */
int64_t retry_delay_ms(unsigned attempt, int64_t base_ms, int64_t limit_ms, double random);

#endif
