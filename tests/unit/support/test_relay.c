#include "support/relay.h"

#include "support/cluster.h"
#include "support/sql.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *relay_suite(void);

static struct relay *relay;
static PGconn *through;

static PGconn *connect_through(int timeout_s)
{
    char url[128];

    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d/postgres?sslmode=disable&connect_timeout=%d",
             relay_port(relay), timeout_s);
    return PQconnectdb(url);
}

static void setup(void)
{
    char target[64];

    snprintf(target, sizeof target, "127.0.0.1:%d", cluster_port(cluster_shared()));
    relay = relay_start(target);
    through = connect_through(10);
    ck_assert_int_eq(PQstatus(through), CONNECTION_OK);
}

static void teardown(void)
{
    PQfinish(through);
    relay_stop(relay);
}

START_TEST(test_counts_round_trips)
{
    long turns = relay_turns(relay);

    for (int i = 0; i < 7; i++)
        sql_exec(through, "SELECT %d; SELECT 2", i);
    ck_assert_int_eq(relay_turns(relay) - turns, 7);
    ck_assert_int_eq(relay_connections(relay), 1);
    ck_assert_int_gt(relay_bytes(relay, RELAY_TO_SERVER), 7 * 18);
    ck_assert_int_gt(relay_bytes(relay, RELAY_TO_CLIENT), 7 * 18);
}
END_TEST

START_TEST(test_delays_each_direction)
{
    int64_t start_ms;

    relay_delay(relay, RELAY_TO_SERVER, 20);
    relay_delay(relay, RELAY_TO_CLIENT, 50);
    start_ms = wait_now_ms();
    sql_exec(through, "SELECT 1");
    ck_assert_int_ge(wait_now_ms() - start_ms, 69);

    start_ms = wait_now_ms();
    PGconn *second = connect_through(10); /* handshake, startup and its answer */
    ck_assert_int_eq(PQstatus(second), CONNECTION_OK);
    ck_assert_int_ge(wait_now_ms() - start_ms, 139);
    PQfinish(second);
}
END_TEST

START_TEST(test_carries_large_answers)
{
    relay_delay(relay, RELAY_TO_CLIENT, 5);

    char *text = sql_value(through, "SELECT repeat('x', 20000000)");

    ck_assert_uint_eq(strspn(text, "x"), 20000000);
    free(text);
}
END_TEST

START_TEST(test_cut_closes_what_is_open)
{
    relay_cut(relay);

    PGresult *result = PQexec(through, "SELECT 1");

    ck_assert_int_eq(PQstatus(through), CONNECTION_BAD);
    PQclear(result);
    PQreset(through);
    sql_exec(through, "SELECT 1");
}
END_TEST

START_TEST(test_stalled_nothing_moves)
{
    relay_stall(relay);
    ck_assert_int_eq(PQsendQuery(through, "SELECT 1"), 1);

    PGconn *second = connect_through(2); /* libpq's shortest */

    ck_assert_int_eq(PQstatus(second), CONNECTION_BAD);
    PQfinish(second);
    ck_assert_int_eq(PQconsumeInput(through), 1);
    ck_assert_int_eq(PQisBusy(through), 1);
    relay_resume(relay);

    for (PGresult *result; (result = PQgetResult(through));) {
        ck_assert_int_eq(PQresultStatus(result), PGRES_TUPLES_OK);
        PQclear(result);
    }
}
END_TEST

START_TEST(test_stop_refuses)
{
    relay_stop(relay);
    PQreset(through);
    ck_assert_int_eq(PQstatus(through), CONNECTION_BAD);
    relay = NULL;
}
END_TEST

START_TEST(test_a_lost_answer_has_arrived)
{
    PGconn *direct = sql_connect(cluster_url(cluster_shared(), "postgres"));

    sql_exec(direct, "CREATE TABLE lost (a int)");
    relay_lose_answer(relay, 2);
    sql_exec(through, "INSERT INTO lost VALUES (1)");
    PQclear(PQexec(through, "INSERT INTO lost VALUES (2)"));
    ck_assert_int_eq(PQstatus(through), CONNECTION_BAD);

    char *rows = sql_names(direct, "SELECT a FROM lost ORDER BY a");

    ck_assert_str_eq(rows, "1,2");
    free(rows);
    sql_exec(direct, "DROP TABLE lost");
    PQfinish(direct);
}
END_TEST

START_TEST(test_relays_to_a_unix_socket)
{
    char target[256];

    relay_stop(relay);
    snprintf(target, sizeof target, "%s/.s.PGSQL.%d", cluster_socket_folder(cluster_shared()),
             cluster_port(cluster_shared()));
    relay = relay_start(target);
    PQfinish(through);
    through = connect_through(10);
    sql_exec(through, "SELECT 1");
}
END_TEST

Suite *relay_suite(void)
{
    Suite *suite = suite_create("support/relay");
    TCase *tcase = tcase_create("relay");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_counts_round_trips);
    tcase_add_test(tcase, test_delays_each_direction);
    tcase_add_test(tcase, test_carries_large_answers);
    tcase_add_test(tcase, test_cut_closes_what_is_open);
    tcase_add_test(tcase, test_stalled_nothing_moves);
    tcase_add_test(tcase, test_stop_refuses);
    tcase_add_test(tcase, test_a_lost_answer_has_arrived);
    tcase_add_test(tcase, test_relays_to_a_unix_socket);
    suite_add_tcase(suite, tcase);
    return suite;
}
