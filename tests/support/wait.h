/*
 * Waiting in tests: until a condition holds or a deadline has passed. The only place where tests let time go by.
 */
#ifndef MIGRATED_TESTS_SUPPORT_WAIT_H
#define MIGRATED_TESTS_SUPPORT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of the monotonic clock. */
int64_t wait_now_ms(void);

/* How many times longer than written deadlines are, for slow tools: $MIGRATED_TEST_PATIENCE, 1 without it. */
int wait_patience(void);

#define WAIT_DURATION_SIZE 24

/* `ms` that many times longer, as a duration for an option of the program under test ("700ms"); written into `text`, which
 * is returned. */
const char *wait_duration(int ms, char text[WAIT_DURATION_SIZE]);

/* When a deadline of `deadline_ms` from now ends, on that clock: wait_patience times later. */
int64_t wait_end_ms(int deadline_ms);

/* Milliseconds from now until `end_ms` (of wait_now_ms), 0 if that has passed: a timeout for poll(). */
int wait_left_ms(int64_t end_ms);

/*
 * Asks `condition` every few milliseconds, at least once, and once more at the end. True as soon as it holds, false when
 * `deadline_ms` milliseconds have passed.
 */
bool wait_until(bool (*condition)(void *context), void *context, int deadline_ms);

#endif
