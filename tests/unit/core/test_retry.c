#include "core/retry.h"

#include <check.h>

Suite *retry_suite(void);

static const struct {
    const char *sqlstate;
    bool helps, connection, race;
} states[] = {
    {"55P03", true, false, false},  {"40P01", true, false, false},  {"40001", true, false, false},
    {"57014", false, false, false}, {"42601", false, false, false}, {"", false, false, false},
    {"08006", false, true, false},  {"57P01", false, true, false},  {"53300", false, true, false},
    {"23505", false, false, true},  {"42P07", false, false, true},  {"42P01", false, false, false},
    {"XX000", false, false, true},  {"42501", false, false, true},
};

START_TEST(knows_what_passes_by_itself)
{
    ck_assert_int_eq(retry_helps(states[_i].sqlstate), states[_i].helps);
    ck_assert_int_eq(retry_is_connection(states[_i].sqlstate), states[_i].connection);
    ck_assert_int_eq(retry_was_race(states[_i].sqlstate, 1), states[_i].race);
}
END_TEST

START_TEST(a_race_is_not_run_for_ever)
{
    ck_assert(retry_was_race("23505", 4));
    ck_assert(!retry_was_race("23505", 5));
    ck_assert(!retry_was_race("42501", 2)); /* the role really may not */
}
END_TEST

static const struct {
    unsigned attempt;
    double random;
    int64_t delay_ms;
} delays[] = {
    {0, 0.999, 99}, {0, 0.0, 10},   {1, 0.5, 100},    {3, 0.5, 400},
    {6, 0.5, 3200}, {7, 0.5, 5000}, {100, 0.5, 5000}, {4000000000u, 0.0, 1000},
};

START_TEST(backs_off_with_jitter)
{
    ck_assert_int_eq(retry_delay_ms(delays[_i].attempt, 100, 10000, delays[_i].random), delays[_i].delay_ms);
}
END_TEST

Suite *retry_suite(void)
{
    Suite *suite = suite_create("retry");
    TCase *tests = tcase_create("retry");
    tcase_add_loop_test(tests, knows_what_passes_by_itself, 0, sizeof states / sizeof *states);
    tcase_add_test(tests, a_race_is_not_run_for_ever);
    tcase_add_loop_test(tests, backs_off_with_jitter, 0, sizeof delays / sizeof *delays);
    suite_add_tcase(suite, tests);
    return suite;
}
