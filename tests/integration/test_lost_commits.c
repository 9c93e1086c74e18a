/*
 * A failover that loses what a daemon had applied (replication is asynchronous): the same daemon applies it again, since
 * nobody took it back. What somebody did take back stays so, on whatever server.
 */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *lost_commits_suite(void);

#define FAILOVER_MS 60000

static struct cluster *primary, *standby;
static struct serving server;
static char url[256];

static void use_both(const char *role)
{
    snprintf(url, sizeof url, "postgresql://%s@127.0.0.1:%d,127.0.0.1:%d/postgres?target_session_attrs=primary", role,
             cluster_port(primary), cluster_port(standby));
    server.url = url;
}

static void set_up(void)
{
    primary = cluster_start(&(struct cluster_options){.tcp = true});
    standby = cluster_start_standby(primary);
    server = (struct serving){.files = folder_create()};
    folder_write(server.files, "0001.sql",
                 "-- migrated:up\nCREATE TABLE effects (revision text);\nINSERT INTO effects VALUES ('0001');\n"
                 "-- migrated:down\nDROP TABLE effects;\n");
    use_both("postgres");
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    cluster_destroy(standby);
    cluster_destroy(primary);
}

static void check_on_standby(const char *query, const char *expected)
{
    PGconn *conn = sql_connect(cluster_url(standby, "postgres"));
    char *found = sql_names(conn, query);
    ck_assert_msg(strcmp(found, expected) == 0, "%s\nreturned %s\nexpected %s\nthe daemon's log:\n%s", query, found,
                  expected, program_err(server.program));
    free(found);
    PQfinish(conn);
}

/* It has applied all, and looked at which server that was. */
static void wait_until_it_rests(const char *apply, const char *line)
{
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_LOG_LEVEL=debug", apply, NULL);
    program_wait_line(server.program, line, SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
}

#define STARTUP "MIGRATED_APPLY=startup"
#define MARKED  "what was applied here is on timeline 00000001"

static void take_over(void)
{
    cluster_up(standby);
    cluster_promote(standby);
}

static void fail_over(void)
{
    cluster_down(primary, true);
    take_over();
}

START_TEST(what_was_lost_is_applied_again)
{
    cluster_down(standby, false);
    wait_until_it_rests(STARTUP, MARKED);
    fail_over();
    program_wait_line(server.program, "has lost what was applied here, with its history: applying it again",
                      FAILOVER_MS);
    serving_wait_state(&server, "ready", FAILOVER_MS);
    check_on_standby("SELECT revision FROM effects", "0001");
    check_on_standby("SELECT revision FROM migrated.history", "0001");
    serving_stop(&server);
}
END_TEST

START_TEST(what_was_lost_is_applied_again_and_the_rest_is_not)
{
    wait_until_it_rests("MIGRATED_APPLY=watch", MARKED);
    cluster_catch_up(standby, primary);
    cluster_down(standby, false);
    folder_write(server.files, "0002.sql", "INSERT INTO effects VALUES ('0002');");
    serving_wait_value(&server, "/status", "targets.0.rows.0", "0002", SERVING_MS);
    program_wait_line(server.program, MARKED, SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    fail_over();
    program_wait_line(server.program, "has lost what was applied here", FAILOVER_MS);
    serving_wait_state(&server, "ready", FAILOVER_MS);
    check_on_standby("SELECT revision FROM effects ORDER BY 1", "0001,0002");
    check_on_standby("SELECT revision FROM migrated.history ORDER BY id", "0001,0002");
    serving_stop(&server);
}
END_TEST

/* Each daemon has applied one of two, and has seen the other's. */
START_TEST(what_two_daemons_lost_is_applied_again)
{
    struct serving other;
    cluster_down(standby, false);
    wait_until_it_rests(STARTUP, MARKED);
    serving_create_beside(&other, &server);
    serving_start(&other, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_LOG_LEVEL=debug", "MIGRATED_APPLY=watch", NULL);
    folder_write(server.files, "0002.sql", "INSERT INTO effects VALUES ('0002');");
    program_wait_line(other.program, MARKED, SERVING_MS);
    serving_wait_value(&server, "/status", "targets.0.heads.0", "0002", SERVING_MS);
    program_wait_line(server.program, MARKED, SERVING_MS);
    fail_over();
    serving_wait_state(&server, "ready", FAILOVER_MS);
    serving_wait_state(&other, "ready", FAILOVER_MS);
    check_on_standby("SELECT revision FROM effects ORDER BY 1", "0001,0002");
    check_on_standby("SELECT revision FROM migrated.history ORDER BY id", "0001,0002");
    serving_stop(&server);
    serving_stop(&other);
}
END_TEST

/* What stood there before anybody ran anything: its statements must not run where their effects are. */
START_TEST(what_was_only_stamped_is_left_to_a_person)
{
    folder_write(server.files, "0002.sql", "CREATE TABLE second ();");
    cluster_down(standby, false);
    serving_run(&server, 0, "stamp", "0001");
    wait_until_it_rests(STARTUP, MARKED);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "0002");
    fail_over();
    program_wait_line(server.program, "cannot be told: 0001 is pending too, and no run had applied it", FAILOVER_MS);
    serving_wait_state(&server, "pending", FAILOVER_MS);
    serving_let_readings_pass(&server);
    check_on_standby("SELECT to_regclass('effects')", "");
    serving_stop(&server);
}
END_TEST

/* By our own command, or as Alembic does, which leaves no trace in our history. */
START_TEST(what_somebody_took_back_stays_so)
{
    wait_until_it_rests(STARTUP, MARKED);
    if (_i == 0)
        serving_run(&server, 0, "downgrade", "base");
    else
        serving_exec(&server, "DELETE FROM alembic_version");
    cluster_catch_up(standby, primary);
    fail_over();
    serving_wait_state(&server, "pending", FAILOVER_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "state", "pending");
    check_on_standby("SELECT version_num FROM alembic_version", "");
    serving_stop(&server);
}
END_TEST

/* Seen on the old server, and lost with it: it was still meant. */
START_TEST(what_somebody_took_back_before_all_was_lost_stays_so)
{
    cluster_down(standby, false);
    wait_until_it_rests(STARTUP, MARKED);
    serving_run(&server, 0, "downgrade", "base");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_let_readings_pass(&server);
    cluster_down(primary, true);
    serving_wait_state(&server, "unreachable", FAILOVER_MS);
    take_over();
    serving_wait_state(&server, "pending", FAILOVER_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "state", "pending");
    check_on_standby("SELECT to_regclass('effects')", "");
    serving_stop(&server);
}
END_TEST

START_TEST(a_server_that_hides_its_wal_is_told)
{
    serving_exec(&server, "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE postgres TO app; GRANT CREATE ON SCHEMA "
                          "public TO app; REVOKE EXECUTE ON FUNCTION pg_walfile_name(pg_lsn) FROM PUBLIC");
    cluster_catch_up(standby, primary);
    cluster_down(standby, false);
    use_both("app");
    wait_until_it_rests(STARTUP, "would not be noticed: permission denied for function pg_walfile_name");
    fail_over();
    program_wait_line(server.program, "cannot be told: permission denied for function pg_walfile_name", FAILOVER_MS);
    serving_wait_state(&server, "pending", FAILOVER_MS);
    check_on_standby("SELECT to_regclass('effects')", "");
    serving_run(&server, 0, "upgrade", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(what_is_pending_on_a_standby_waits_for_its_primary)
{
    server.url = cluster_url(standby, "postgres");
    serving_start(&server, NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.message",
                        "1 revision pending: 0001; this is a standby: waiting for its primary");
    serving_check_value(&server, "/health", "next_command", "null");
    serving_stop(&server);
}
END_TEST

Suite *lost_commits_suite(void)
{
    Suite *suite = suite_create("lost_commits");
    TCase *tests = tcase_create("lost_commits");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_was_lost_is_applied_again);
    tcase_add_test(tests, what_was_lost_is_applied_again_and_the_rest_is_not);
    tcase_add_test(tests, what_two_daemons_lost_is_applied_again);
    tcase_add_test(tests, what_was_only_stamped_is_left_to_a_person);
    tcase_add_loop_test(tests, what_somebody_took_back_stays_so, 0, 2);
    tcase_add_test(tests, what_somebody_took_back_before_all_was_lost_stays_so);
    tcase_add_test(tests, a_server_that_hides_its_wal_is_told);
    tcase_add_test(tests, what_is_pending_on_a_standby_waits_for_its_primary);
    suite_add_tcase(suite, tests);
    return suite;
}
