#include "core/obstacle.h"

#include <check.h>

Suite *obstacle_suite(void);

/* As a server showed them (PostgreSQL 15). */
static const struct {
    int pid;
    const char *application, *query;
    enum obstacle obstacle;
} holders[] = {
    {7, "psql", "SELECT 1", OBSTACLE_TRANSACTION},
    {7, "pg_dump", "COPY public.stock (a) TO stdout;", OBSTACLE_DUMP},
    {7, "pg_dump", NULL, OBSTACLE_DUMP},
    {7, "", "autovacuum: VACUUM public.stock (to prevent wraparound)", OBSTACLE_WRAPAROUND},
    {7, "", "autovacuum: VACUUM ANALYZE public.stock", OBSTACLE_VACUUM},
    {7, "psql", "SELECT 'autovacuum: (to prevent wraparound)'", OBSTACLE_TRANSACTION},
    {7, NULL, NULL, OBSTACLE_TRANSACTION},
    {0, NULL, "transfer 4711", OBSTACLE_PREPARED},
    {0, NULL, NULL, OBSTACLE_PREPARED},
};

START_TEST(tells_them_apart)
{
    ck_assert_int_eq(obstacle_read(holders[_i].pid, holders[_i].application, holders[_i].query),
                     holders[_i].obstacle);
}
END_TEST

START_TEST(says_what_is_special)
{
    ck_assert_str_eq(obstacle_remark(OBSTACLE_TRANSACTION), "");
    for (enum obstacle obstacle = OBSTACLE_DUMP; obstacle <= OBSTACLE_PREPARED; obstacle++)
        ck_assert_str_ne(obstacle_remark(obstacle), "");
}
END_TEST

Suite *obstacle_suite(void)
{
    Suite *suite = suite_create("obstacle");
    TCase *tests = tcase_create("obstacle");
    tcase_add_loop_test(tests, tells_them_apart, 0, sizeof holders / sizeof *holders);
    tcase_add_test(tests, says_what_is_special);
    suite_add_tcase(suite, tests);
    return suite;
}
