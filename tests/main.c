/*
 * The test programs: compiled three times, with RUNNER_NAME, RUNNER_SUITES (one of the lists in suites.h) and
 * RUNNER_SERVER (whether the tests share a throw-away PostgreSQL).
 */
#include "suites.h"
#include "support/runner.h"

#include <stddef.h>

#if RUNNER_SERVER
#include "support/cluster.h"
#else
#define cluster_shared_start NULL
#define cluster_shared_stop  NULL
#endif

#define X(name) Suite *name##_suite(void);
RUNNER_SUITES(X)
#undef X

int main(void)
{
    static suite_maker *const suites[] = {
#define X(name) name##_suite,
        RUNNER_SUITES(X)
#undef X
            NULL,
    };
    return runner_main(RUNNER_NAME, suites, cluster_shared_start, cluster_shared_stop);
}
