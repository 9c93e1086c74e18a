/*
 * How the support library gives up: inside a test it fails that test, outside (before the runner started) it ends the
 * program with the message on stderr. Support functions never return an error that a test would have to look at.
 */
#ifndef MIGRATED_TESTS_SUPPORT_FAIL_H
#define MIGRATED_TESTS_SUPPORT_FAIL_H

#include <stdbool.h>

_Noreturn void support_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Between `true` and `false` no test runs: Check cannot take a failure there. */
void support_outside_tests(bool outside);

#endif
