/* Several targets in one daemon: a check each, one after another, coming and going with a reload. */
#include "base/text.h"
#include "serving.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *targets_suite(void);

static struct serving server;
static struct folder *etc, *second;

static void set_up(void)
{
    serving_create(&server);
    second = folder_create();
    etc = folder_create();
    server.config = folder_file(etc, "migrated.conf");
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
    folder_write(second, "0001_second.sql", "CREATE TABLE second (id int);");
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    folder_destroy(second);
    folder_destroy(etc);
}

/* A section for the second folder; `more` are its further lines. */
static void configure(const char *name, const char *more)
{
    struct text text = {0};
    text_addf(&text, "[migrated]\ncache_ttl = 300ms\n[target %s]\nmigrations = %s\nversion_table = %s\n%s\n", name,
              folder_path(second), name, more);
    folder_write(etc, "migrated.conf", text_string(&text));
    text_finish(&text);
}

static void check_sql(const char *query, const char *expected)
{
    char *found = serving_sql(&server, query);
    ck_assert_str_eq(found, expected);
    free(found);
}

START_TEST(each_has_its_own_checks)
{
    configure("vectors", "");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.0.name", "db");
    serving_check_value(&server, "/readyz", "checks.1.name", "migrations");
    serving_check_value(&server, "/readyz", "checks.2.name", "db:vectors");
    serving_check_value(&server, "/readyz", "checks.3.name", "migrations:vectors");
    serving_check_value(&server, "/readyz", "checks.3.detail.current_version", "0001_second");
    serving_check_value(&server, "/status", "targets.1.name", "vectors");
    serving_check_value(&server, "/health", "checks.migrations:vectors.0.status", "pass");
    char *text = serving_body(&server, "/readyz?format=text", NULL);
    ck_assert_str_eq(text, "[+]db database reachable\n[+]migrations migrations in sync\n"
                           "[+]db:vectors database reachable\n[+]migrations:vectors migrations in sync\n"
                           "ready: ready\n");
    free(text);
    check_sql("SELECT version_num FROM alembic_version", "0001_first");
    check_sql("SELECT version_num FROM vectors", "0001_second");
    serving_stop(&server);
}
END_TEST

START_TEST(the_worst_speaks_for_all)
{
    folder_write(second, "0001_second.sql", "ALTER TABLE nothing ADD x int;");
    configure("vectors", "");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_wait_value(&server, "/readyz", "checks.1.ok", "true", SERVING_MS);
    serving_check_value(&server, "/readyz", "ok", "false");
    serving_check_value(&server, "/readyz", "checks.3.detail.migrations_check", "failed");
    serving_check_value(&server, "/health", "next_command", "migrated upgrade --target vectors");
    serving_stop(&server);
}
END_TEST

START_TEST(one_waits_for_the_other)
{
    PGconn *holder = sql_connect(server.url);
    sql_exec(holder, "SELECT pg_advisory_lock(7)");
    folder_write(server.files, "0001_first.sql",
                 "-- lock_timeout: 60s\nSELECT pg_advisory_xact_lock(7);\nCREATE TABLE first (id int);");
    folder_write(second, "0001_second.sql", "ALTER TABLE first ADD second int;");
    configure("vectors", "after = main");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0001_first", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.1.state", "pending", SERVING_MS);
    serving_check_value(&server, "/status", "targets.1.waits_for", "main");
    serving_check_value(&server, "/readyz", "state", "migrating");
    serving_check_value(&server, "/readyz", "checks.3.detail.message",
                        "1 revision pending: 0001_second; waiting for target main to be in sync");
    PQfinish(holder);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.1.waits_for", "null");
    check_sql("SELECT string_agg(target, ',' ORDER BY id) FROM migrated.history", "main,vectors");
    serving_stop(&server);
}
END_TEST

START_TEST(nothing_comes_after_a_failure)
{
    folder_write(server.files, "0001_first.sql", "ALTER TABLE nothing ADD x int;");
    configure("vectors", "after = main");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.state", "failed", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.1.state", "pending", SERVING_MS);
    serving_let_readings_pass(&server);
    check_sql("SELECT string_agg(concat_ws(' ', target, outcome), ',') FROM migrated.history", "main failed");
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(a_reload_brings_one_and_takes_it_away)
{
    folder_write(etc, "migrated.conf", "[migrated]\n");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.1", "null");

    configure("vectors", "");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/status", "targets.1.state", "ready", SERVING_MS);
    check_sql("SELECT version_num FROM vectors", "0001_second");
    folder_write(etc, "migrated.conf", "[migrated]\n");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/status", "targets.1", "null", SERVING_MS);
    serving_check_value(&server, "/readyz", "ok", "true");
    serving_stop(&server);
}
END_TEST

START_TEST(one_that_is_taken_away_stops_what_it_does)
{
    folder_write(second, "0001_second.sql", "SELECT pg_sleep(600);");
    configure("vectors", "");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.1.running.revision", "0001_second", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.0.state", "ready", SERVING_MS);
    folder_write(etc, "migrated.conf", "[migrated]\n");
    program_signal(server.program, SIGHUP);
    serving_wait_state(&server, "ready", SERVING_MS);
    program_wait_line(server.program, "stopped: ", SERVING_MS);
    check_sql("SELECT string_agg(concat_ws(' ', target, outcome), ',' ORDER BY target) FROM migrated.history",
              "main applied,vectors cancelled");
    serving_stop(&server);
}
END_TEST

START_TEST(a_new_one_with_faulty_files_ends_nothing)
{
    folder_write(etc, "migrated.conf", "[migrated]\n");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(second, "0001_second.sql", "CREATE TABLE second (name text DEFAULT 'x);");
    configure("vectors", "");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/status", "targets.1.state", "failed", SERVING_MS);
    serving_check_value(&server, "/health", "next_command", "migrated check --files --target vectors");
    serving_check_value(&server, "/readyz", "checks.1.ok", "true");
    folder_write(second, "0001_second.sql", "CREATE TABLE second (id int);");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(a_stop_waits_for_all)
{
    folder_write(server.files, "0001_first.sql", "SELECT pg_sleep(600);");
    folder_write(second, "0001_second.sql", "SELECT pg_sleep(600);");
    configure("vectors", "");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0001_first", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.1.running.revision", "0001_second", SERVING_MS);
    serving_stop(&server);
    check_sql("SELECT string_agg(concat_ws(' ', target, outcome), ',' ORDER BY target) FROM migrated.history",
              "main cancelled,vectors cancelled");
}
END_TEST

Suite *targets_suite(void)
{
    Suite *suite = suite_create("targets");
    TCase *tcase = tcase_create("targets");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, each_has_its_own_checks);
    tcase_add_test(tcase, the_worst_speaks_for_all);
    tcase_add_test(tcase, one_waits_for_the_other);
    tcase_add_test(tcase, nothing_comes_after_a_failure);
    tcase_add_test(tcase, a_reload_brings_one_and_takes_it_away);
    tcase_add_test(tcase, one_that_is_taken_away_stops_what_it_does);
    tcase_add_test(tcase, a_new_one_with_faulty_files_ends_nothing);
    tcase_add_test(tcase, a_stop_waits_for_all);
    suite_add_tcase(suite, tcase);
    return suite;
}
