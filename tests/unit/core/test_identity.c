#include "core/identity.h"

#include <check.h>

Suite *identity_suite(void);

static const struct {
    struct identity other;
    bool same;
} others[] = {
    {{"app", "16384", "7", "100", false, {0}}, true},
    {{"app", "16384", NULL, "100", false, {0}}, true},
    {{"app", "16384", "7", "900", true, {0}}, true}, /* its standby */
    {{"app", "16384", NULL, "900", true, {0}}, true},
    {{"app", "16384", "7", "900", false, {0}}, false}, /* a copy that was promoted */
    {{"app", "16384", NULL, "900", false, {0}}, false},
    {{"app", "16384", "8", "900", true, {0}}, false}, /* the standby of another server */
    {{"app", "16390", "7", "100", false, {0}}, false},
    {{"shop", "16384", "7", "100", false, {0}}, false},
};

START_TEST(knows_the_same_database)
{
    struct identity own = {"app", "16384", "7", "100", false, {0}};
    ck_assert_int_eq(identity_is_same(&own, &others[_i].other), others[_i].same);
    ck_assert_int_eq(identity_is_same(&others[_i].other, &own), others[_i].same);
}
END_TEST

Suite *identity_suite(void)
{
    Suite *suite = suite_create("identity");
    TCase *tests = tcase_create("identity");
    tcase_add_loop_test(tests, knows_the_same_database, 0, sizeof others / sizeof *others);
    suite_add_tcase(suite, tests);
    return suite;
}
