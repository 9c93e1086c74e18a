#include "support/runner.h"

#include <stdio.h>
#include <stdlib.h>

int runner_main(const char *name, suite_maker *const *suites, void (*before)(void), void (*after)(void))
{
    SRunner *runner = srunner_create(suites[0]());
    for (size_t i = 1; suites[i] != NULL; i++)
        srunner_add_suite(runner, suites[i]());

    if (before != NULL)
        before();
    srunner_run_all(runner, CK_ENV);
    if (after != NULL)
        after();

    int failed = srunner_ntests_failed(runner), passed = srunner_ntests_run(runner) - failed;
    srunner_free(runner);
    printf("%s: %d passed, %d failed\n", name, passed, failed);
    return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
