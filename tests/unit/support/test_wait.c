#include "support/wait.h"

#include <check.h>
#include <stdlib.h>

Suite *wait_suite(void);

static bool third_time(void *context)
{
    int *asked = context;

    return ++*asked == 3;
}

static bool never(void *context)
{
    int *asked = context;

    ++*asked;
    return false;
}

START_TEST(test_returns_as_soon_as_it_holds)
{
    int asked = 0;

    ck_assert(wait_until(third_time, &asked, 10000));
    ck_assert_int_eq(asked, 3);
}
END_TEST

START_TEST(test_gives_up_at_the_deadline)
{
    int asked = 0;
    int64_t start_ms = wait_now_ms();

    ck_assert(!wait_until(never, &asked, 30));
    ck_assert_int_ge(wait_now_ms() - start_ms, 29);
    ck_assert_int_gt(asked, 1);
}
END_TEST

START_TEST(test_asks_even_without_time)
{
    int asked = 2;

    ck_assert(wait_until(third_time, &asked, 0));
}
END_TEST

START_TEST(test_left_is_never_negative)
{
    ck_assert_int_eq(wait_left_ms(wait_now_ms() - 5), 0);
    ck_assert_int_gt(wait_left_ms(wait_now_ms() + 5000), 4000);
    ck_assert_int_eq(wait_left_ms(INT64_MAX), INT32_MAX);
}
END_TEST

START_TEST(test_slow_tools_get_more_time)
{
    char text[WAIT_DURATION_SIZE];

    unsetenv("MIGRATED_TEST_PATIENCE");
    ck_assert_int_eq(wait_patience(), 1);
    ck_assert_str_eq(wait_duration(700, text), "700ms");
    setenv("MIGRATED_TEST_PATIENCE", "0", 1);
    ck_assert_int_eq(wait_patience(), 1);
    setenv("MIGRATED_TEST_PATIENCE", "10", 1);
    ck_assert_str_eq(wait_duration(700, text), "7000ms");
    ck_assert_int_gt(wait_left_ms(wait_end_ms(700)), 6000);
}
END_TEST

Suite *wait_suite(void)
{
    Suite *suite = suite_create("support/wait");
    TCase *tcase = tcase_create("wait");

    tcase_add_test(tcase, test_returns_as_soon_as_it_holds);
    tcase_add_test(tcase, test_gives_up_at_the_deadline);
    tcase_add_test(tcase, test_asks_even_without_time);
    tcase_add_test(tcase, test_left_is_never_negative);
    tcase_add_test(tcase, test_slow_tools_get_more_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
