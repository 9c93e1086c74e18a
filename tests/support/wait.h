/*
 * Waiting in tests: until a condition holds or a deadline has passed. The only place where tests let time go by.
 */
#ifndef MIGRATED_TESTS_SUPPORT_WAIT_H
#define MIGRATED_TESTS_SUPPORT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of the monotonic clock. */
int64_t wait_now_ms(void);

/* When a deadline of `deadline_ms` from now ends, on that clock: later under slow tools, $MIGRATED_TEST_PATIENCE times. */
int64_t wait_end_ms(int deadline_ms);

/* Milliseconds from now until `end_ms` (of wait_now_ms), 0 if that has passed: a timeout for poll(). */
int wait_left_ms(int64_t end_ms);

/*
 * Asks `condition` every few milliseconds, at least once, and once more at the end. True as soon as it holds, false when
 * `deadline_ms` milliseconds have passed.
 */
bool wait_until(bool (*condition)(void *context), void *context, int deadline_ms);

#endif
