#include "support/runner.h"

#include <stdio.h>
#include <stdlib.h>

/* Which of the suites: every `of`th, from the `number`th on. */
struct share {
    unsigned number, of;
};

/* MIGRATED_TEST_SHARE=2/3; without it there is one share, of all. */
static struct share read_share(void)
{
    struct share share = {1, 1};
    const char *text = getenv("MIGRATED_TEST_SHARE");
    if (text == NULL ||
        (sscanf(text, "%u/%u", &share.number, &share.of) == 2 && share.number >= 1 && share.number <= share.of))
        return share;
    fprintf(stderr, "MIGRATED_TEST_SHARE: not a share such as 2/3: %s\n", text);
    exit(EXIT_FAILURE);
}

int runner_main(const char *name, suite_maker *const *suites, void (*before)(void), void (*after)(void))
{
    struct share share = read_share();
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; suites[i] != NULL; i++)
        if (i % share.of == share.number - 1)
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
