#include "base/fault.h"

#include "base/arena.h"

#include <check.h>

Suite *fault_suite(void);

START_TEST(sorts_by_place)
{
    struct faults faults = {.arena = arena_create()};
    fault_add(&faults, "b.sql", 1, 1, "fifth");
    fault_add(&faults, "a.sql", 10, 1, "fourth");
    fault_add(&faults, "a.sql", 9, 2, "third %d", 3);
    fault_add(&faults, "a.sql", 9, 1, "second");
    fault_add(&faults, "a.sql", 0, 0, "first");
    faults_sort(&faults);
    static const char *const order[] = {"first", "second", "third 3", "fourth", "fifth"};
    for (size_t i = 0; i < faults.count; i++)
        ck_assert_str_eq(faults.items[i].message, order[i]);
    ck_assert_uint_eq(faults.count, 5);
    arena_destroy(faults.arena);
}
END_TEST

Suite *fault_suite(void)
{
    Suite *suite = suite_create("fault");
    TCase *tests = tcase_create("fault");
    tcase_add_test(tests, sorts_by_place);
    suite_add_tcase(suite, tests);
    return suite;
}
