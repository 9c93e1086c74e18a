#include "core/natural.h"

#include <check.h>

Suite *natural_suite(void);

/* In order: each name before all that follow. */
static const char *const ordered[] = {
    "",
    "0",
    "01",
    "1",
    "1_a",
    "2_b",
    "10",
    "10_a",
    "20170308",
    "99999999999999999999999998",
    "99999999999999999999999999",
    "V1_9__x",
    "V1_10__x",
    "V2__x",
    "a",
    "a01b1",
    "a1b2",
    "a2",
    "a2b",
    "a12",
    "b",
    "v1.9",
    "v1.10",
    "\xC3\xA4",
};

enum { ORDERED = sizeof ordered / sizeof *ordered };

START_TEST(names_are_in_natural_order)
{
    for (int other = 0; other < ORDERED; other++) {
        int order = natural_compare(ordered[_i], ordered[other]);
        ck_assert_msg((order > 0) - (order < 0) == (_i > other) - (_i < other), "'%s' and '%s': %d", ordered[_i],
                      ordered[other], order);
    }
}
END_TEST

Suite *natural_suite(void)
{
    Suite *suite = suite_create("natural");
    TCase *tcase = tcase_create("natural");
    tcase_add_loop_test(tcase, names_are_in_natural_order, 0, ORDERED);
    suite_add_tcase(suite, tcase);
    return suite;
}
