#include "support/pooler.h"

#include "support/cluster.h"
#include "support/sql.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *pooler_suite(void);

static PGconn *connect_through(const struct pooler *pooler)
{
    char url[128];

    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d/postgres", pooler_port(pooler));
    return sql_connect(url);
}

static const struct {
    const char *mode;
    bool shares; /* two idle sessions get one backend */
} modes[] = {{"session", false}, {"transaction", true}, {"statement", true}};

START_TEST(test_shares_backends_as_its_mode_says)
{
    struct pooler *pooler = pooler_start(cluster_port(cluster_shared()), modes[_i].mode);
    PGconn *first = connect_through(pooler), *second = connect_through(pooler);
    char *a = sql_value(first, "SELECT pg_backend_pid()"), *b = sql_value(second, "SELECT pg_backend_pid()");

    ck_assert_msg((strcmp(a, b) == 0) == modes[_i].shares, "%s: pids %s and %s", modes[_i].mode, a, b);
    ck_assert_int_ne(PQbackendPID(first), strtol(a, NULL, 10));
    free(a);
    free(b);
    PQfinish(first);
    PQfinish(second);
    pooler_stop(pooler);
}
END_TEST

START_TEST(test_ends_when_it_is_stopped)
{
    struct pooler *pooler = pooler_start(cluster_port(cluster_shared()), "session");
    char url[128];

    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d/postgres", pooler_port(pooler));
    pooler_stop(pooler);
    ck_assert_int_eq(PQping(url), PQPING_NO_RESPONSE);
    pooler_stop(NULL);
}
END_TEST

Suite *pooler_suite(void)
{
    Suite *suite = suite_create("pooler");
    TCase *tests = tcase_create("pooler");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_shares_backends_as_its_mode_says, 0, sizeof modes / sizeof *modes);
    tcase_add_test(tests, test_ends_when_it_is_stopped);
    suite_add_tcase(suite, tests);
    return suite;
}
