/* Runs a list of suites and closes with one line, "NAME: N passed, N failed", which .ci/check.sh adds up. */
#ifndef MIGRATED_TESTS_SUPPORT_RUNNER_H
#define MIGRATED_TESTS_SUPPORT_RUNNER_H

#include <check.h>

typedef Suite *suite_maker(void);

/* `suites` ends in NULL. `before` and `after`, which may be NULL, run around all of them. The exit status. */
int runner_main(const char *name, suite_maker *const *suites, void (*before)(void), void (*after)(void));

#endif
