#include "flows/timeouts.h"

#include <check.h>

Suite *timeouts_suite(void);

static const struct {
    enum sql_lock lock;
    unsigned attempt;
    int64_t configured, header, longest, expected;
} waits[] = {
    {SQL_LOCK_STRONG, 0, -1, -1, INT64_MAX, 50},   {SQL_LOCK_STRONG, 1, -1, -1, INT64_MAX, 100},
    {SQL_LOCK_STRONG, 2, -1, -1, INT64_MAX, 200},  {SQL_LOCK_STRONG, 3, -1, -1, INT64_MAX, 500},
    {SQL_LOCK_STRONG, 99, -1, -1, INT64_MAX, 500}, {SQL_LOCK_ROWS, 0, -1, -1, INT64_MAX, 1000},
    {SQL_LOCK_ONLINE, 0, -1, -1, INT64_MAX, 0},    {SQL_LOCK_STRONG, 0, 7000, -1, INT64_MAX, 7000},
    {SQL_LOCK_STRONG, 0, 7000, 3, INT64_MAX, 3},   {SQL_LOCK_STRONG, 0, 0, -1, INT64_MAX, 0},
    {SQL_LOCK_STRONG, 0, 0, -1, 900, 900},         {SQL_LOCK_STRONG, 0, -1, -1, 20, 20},
    {SQL_LOCK_ONLINE, 0, -1, -1, 900, 900},
};

/* Who holds it lets go after 1.1 s: less helps nobody. */
static const struct {
    enum sql_lock lock;
    unsigned attempt;
    int64_t configured, longest, expected;
} yielding[] = {
    {SQL_LOCK_STRONG, 1, -1, INT64_MAX, 1100}, {SQL_LOCK_STRONG, 1, -1, 700, 700},
    {SQL_LOCK_STRONG, 1, 300, INT64_MAX, 300}, {SQL_LOCK_ROWS, 1, -1, INT64_MAX, 1000},
    {SQL_LOCK_ONLINE, 1, -1, INT64_MAX, 0},
};

START_TEST(the_class_decides_unless_somebody_says_otherwise)
{
    struct target_config target = {.lock_timeout_ms = waits[_i].configured};
    struct revision revision = {.lock_timeout_ms = waits[_i].header};
    struct lock_wait wait = {.attempt = waits[_i].attempt, .longest_ms = waits[_i].longest};
    ck_assert_int_eq(timeouts_lock_ms(&target, &revision, waits[_i].lock, &wait), waits[_i].expected);
}
END_TEST

START_TEST(what_would_yield_is_waited_for_so_long)
{
    struct target_config target = {.lock_timeout_ms = yielding[_i].configured};
    struct revision revision = {.lock_timeout_ms = -1};
    struct lock_wait wait = {yielding[_i].attempt, 1100, yielding[_i].longest};
    ck_assert_int_eq(timeouts_lock_ms(&target, &revision, yielding[_i].lock, &wait), yielding[_i].expected);
}
END_TEST

static const struct {
    int64_t configured_statement, configured_online, statement_header, online_header, expected;
} deadlines[] = {
    {0, 5000, -1, -1, 5000}, {1000, 5000, -1, -1, 5000}, {1000, 0, -1, -1, 0}, {0, 5000, 7, -1, 7},
    {0, 5000, 0, -1, 0},     {0, 5000, 7, 9, 9},         {0, 5000, 7, 0, 0},
};

START_TEST(what_waits_by_design_has_a_deadline_of_its_own)
{
    struct target_config target = {.statement_timeout_ms = deadlines[_i].configured_statement,
                                   .online_timeout_ms = deadlines[_i].configured_online};
    struct revision revision = {.statement_timeout_ms = deadlines[_i].statement_header,
                                .online_timeout_ms = deadlines[_i].online_header};
    ck_assert_int_eq(timeouts_online_ms(&target, &revision), deadlines[_i].expected);
}
END_TEST

static const struct {
    enum sql_lock lock;
    int64_t expected;
} runs[] = {{SQL_LOCK_ROWS, 1000}, {SQL_LOCK_ONLINE, 5000}, {SQL_LOCK_STRONG, 1000}};

START_TEST(what_is_online_has_it_too)
{
    struct target_config target = {.statement_timeout_ms = 1000, .online_timeout_ms = 5000};
    struct revision revision = {.statement_timeout_ms = -1, .online_timeout_ms = -1};
    ck_assert_int_eq(timeouts_statement_ms(&target, &revision, runs[_i].lock), runs[_i].expected);
}
END_TEST

static const struct {
    int64_t lock_ms, expected;
} looks[] = {{50, 1000}, {500, 1000}, {7000, 7000}, {0, 0}};

START_TEST(only_older_transactions_than_we_would_wait_for_are_looked_for)
{
    ck_assert_int_eq(timeouts_look_ms(looks[_i].lock_ms), looks[_i].expected);
}
END_TEST

Suite *timeouts_suite(void)
{
    Suite *suite = suite_create("timeouts");
    TCase *tests = tcase_create("timeouts");
    tcase_add_loop_test(tests, the_class_decides_unless_somebody_says_otherwise, 0, sizeof waits / sizeof *waits);
    tcase_add_loop_test(tests, what_would_yield_is_waited_for_so_long, 0, sizeof yielding / sizeof *yielding);
    tcase_add_loop_test(tests, what_waits_by_design_has_a_deadline_of_its_own, 0,
                        sizeof deadlines / sizeof *deadlines);
    tcase_add_loop_test(tests, what_is_online_has_it_too, 0, sizeof runs / sizeof *runs);
    tcase_add_loop_test(tests, only_older_transactions_than_we_would_wait_for_are_looked_for, 0,
                        sizeof looks / sizeof *looks);
    suite_add_tcase(suite, tests);
    return suite;
}
