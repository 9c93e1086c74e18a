/* `migrated serve`: behind, ahead, diverged and unknown told apart; policies; who may see what. */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *serve_verdict_suite(void);

static struct serving server, older;

static void set_up(void)
{
    serving_create(&server);
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
    folder_write(server.files, "0002_second.sql", "CREATE TABLE second (id int);");
    older = (struct serving){.files = folder_create(), .url = server.url};
    folder_write(older.files, "0001_first.sql", "CREATE TABLE first (id int);");
}

static void tear_down(void)
{
    serving_destroy(&server);
    serving_destroy(&older);
    folder_destroy(server.files);
    folder_destroy(older.files);
}

START_TEST(an_older_daemon_knows_that_the_database_is_ahead)
{
    serving_run(&server, 0, "upgrade", NULL);
    serving_start(&older, NULL);
    serving_wait_state(&older, "ready", SERVING_MS);
    serving_check_value(&older, "/readyz", "checks.1.detail.migrations_check", "ahead");
    serving_check_value(&older, "/readyz", "checks.1.detail.current_version", "0002_second");
    serving_check_value(&older, "/readyz", "checks.1.detail.expected_head", "0001_first");
    char *message = serving_value(&older, "/readyz", "checks.1.detail.message");
    ck_assert_ptr_nonnull(strstr(message, "warning"));
    free(message);
    serving_check_value(&older, "/health", "status", "warn");
    serving_stop(&older);

    serving_start(&older, "MIGRATED_AHEAD=fail", NULL);
    serving_wait_state(&older, "diverged", SERVING_MS);
    serving_check_value(&older, "/readyz", "checks.1.detail.migrations_check", "ahead");
    serving_check_value(&older, "/readyz", "ok", "false");
    serving_stop(&older);
}
END_TEST

START_TEST(behind_is_pending)
{
    serving_run(&older, 0, "upgrade", NULL);
    serving_start(&server, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.pending_revisions", "[\"0002_second\"]");
    serving_check_value(&server, "/readyz", "checks.1.detail.pending", "1");
    serving_stop(&server);
}
END_TEST

START_TEST(another_line_is_diverged)
{
    serving_run(&server, 0, "upgrade", NULL);
    folder_write(older.files, "0002_other.sql", "CREATE TABLE other (id int);");
    serving_start(&older, NULL);
    serving_wait_state(&older, "diverged", SERVING_MS);
    serving_check_value(&older, "/readyz", "checks.1.detail.migrations_check", "diverged");
    serving_check_value(&older, "/readyz", "checks.1.detail.pending_revisions", "[\"0002_other\"]");
    serving_stop(&older);
}
END_TEST

START_TEST(a_row_that_nothing_explains_is_unknown)
{
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "UPDATE alembic_version SET version_num = 'stranger'"); /* unannounced, seen in time */
    serving_wait_state(&server, "unknown", SERVING_MS);
    serving_check_value(&server, "/readyz", "ok", "false");
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "unknown");
    serving_check_value(&server, "/readyz", "checks.0.ok", "true");
    serving_stop(&server);
}
END_TEST

START_TEST(unknown_may_leave_the_last_good_verdict)
{
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_UNKNOWN=last_good", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "UPDATE alembic_version SET version_num = 'stranger'");
    serving_wait_value(&server, "/readyz", "checks.1.detail.migrations_check", "unknown", SERVING_MS);
    serving_check_value(&server, "/readyz", "state", "ready");
    serving_check_value(&server, "/readyz", "ok", "true");
    serving_stop(&server);

    serving_start(&server, "MIGRATED_UNKNOWN=last_good", NULL); /* which has no good one */
    serving_wait_state(&server, "unknown", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* ---- rights ---- */

static char role[64], role_url[512];

static void create_role(void)
{
    snprintf(role, sizeof role, "watcher%d", (int)getpid());
    PGconn *conn = sql_connect(server.url);
    sql_exec(conn, "CREATE ROLE %s LOGIN", role);
    PQfinish(conn);
    snprintf(role_url, sizeof role_url, "postgresql://%s@127.0.0.1:%d%s", role, cluster_port(cluster_shared()),
             strrchr(server.url, '/'));
}

static void exec_for_role(const char *format)
{
    char command[256];
    PGconn *conn = sql_connect(server.url);
    const char *at = strchr(format, '@');
    snprintf(command, sizeof command, "%.*s%s%s", (int)(at - format), format, role, at + 1);
    sql_exec(conn, "%s", command);
    PQfinish(conn);
}

START_TEST(a_watcher_needs_no_more_than_select)
{
    serving_run(&server, 0, "upgrade", NULL);
    create_role();
    exec_for_role("GRANT SELECT ON alembic_version TO @");
    const char *owner = server.url;
    server.url = role_url;
    serving_start(&server, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);

    older.url = role_url; /* may not read migrated.*: it cannot place the row, but it is not unreachable */
    folder_write(older.files, "0002_other.sql", "CREATE TABLE other (id int);");
    serving_start(&older, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&older, "unknown", SERVING_MS);
    serving_check_value(&older, "/readyz", "checks.0.ok", "true");
    server.url = owner;
    exec_for_role("GRANT USAGE ON SCHEMA migrated TO @");
    exec_for_role("GRANT SELECT ON migrated.revision, migrated.history TO @");
    serving_wait_state(&older, "diverged", SERVING_MS);
    serving_stop(&older);
}
END_TEST

START_TEST(an_unreadable_version_table_is_unknown_not_unreachable)
{
    serving_run(&server, 0, "upgrade", NULL);
    create_role();
    server.url = role_url;
    serving_start(&server, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "unknown", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.0.ok", "true");
    serving_check_value(&server, "/readyz", "checks.0.detail.message", "database reachable");
    char *message = serving_value(&server, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, "permission denied") != NULL, "%s", message);
    free(message);
    serving_stop(&server);
}
END_TEST

START_TEST(a_dropped_version_table_is_pending)
{
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "DROP TABLE alembic_version");
    serving_wait_state(&server, "pending", SERVING_MS);
    ck_assert_ptr_null(strstr(program_err(server.program), "unreachable"));
    serving_stop(&server);
}
END_TEST

/* ---- what applies, and what does not ---- */

START_TEST(what_is_taken_back_by_hand_is_not_applied_again)
{
    folder_write(server.files, "0002_second.sql",
                 "-- migrated:up\nCREATE TABLE second (id int);\n-- migrated:down\nDROP TABLE second;\n");
    for (int watch = 0; watch < 2; watch++) {
        serving_start(&server, watch ? "MIGRATED_APPLY=watch" : "MIGRATED_APPLY=startup", "MIGRATED_CACHE_TTL=300ms",
                      NULL);
        serving_wait_state(&server, "ready", SERVING_MS);
        serving_run(&server, 0, "downgrade", "-1");
        serving_wait_state(&server, "pending", SERVING_MS);
        serving_let_readings_pass(&server);
        serving_check_value(&server, "/readyz", "state", "pending");
        serving_check_value(&server, "/status", "targets.0.last_failure", "null");
        serving_stop(&server);
        serving_run(&server, 0, "upgrade", NULL);
    }
}
END_TEST

START_TEST(changed_files_are_applied_only_where_they_are_watched)
{
    serving_start(&server, "MIGRATED_APPLY=startup", "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "0003_third.sql", "CREATE TABLE third (id int);");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "state", "pending");
    serving_stop(&server);

    serving_start(&server, "MIGRATED_APPLY=watch", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "0004_fourth.sql", "CREATE TABLE fourth (id int);");
    serving_wait_value(&server, "/readyz", "checks.1.detail.current_version", "0004_fourth", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* ---- who sees what ---- */

START_TEST(restricted_bodies_hold_no_secrets)
{
    static const char *const paths[] = {
        "/readyz", "/health", "/status", "/startupz", "/readyz?format=text", "/health?format=text"};
    static const char *const secrets[] = {"postgres", "127.0.0.1", "secret_table", "does not exist", "a_secret_word"};
    folder_write(server.files, "0003_bad.sql", "SELECT 'a_secret_word' FROM secret_table;");
    serving_start(&server, "MIGRATED_DETAILS=never", "MIGRATED_LISTENN=127.0.0.1:9", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *body = serving_body(&server, paths[i], NULL);
        for (size_t j = 0; j < sizeof secrets / sizeof *secrets; j++)
            ck_assert_msg(strstr(body, secrets[j]) == NULL, "%s: %s in %s", paths[i], secrets[j], body);
        free(body);
    }
    serving_stop(&server);
}
END_TEST

START_TEST(a_forwarded_request_is_restricted)
{
    static const char *const headers[] = {"X-Forwarded-For: 192.0.2.1", NULL};
    struct http_response response;
    char url[256];
    folder_write(server.files, "0003_bad.sql", "SELECT 1 FROM secret_table;");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    char *body = serving_body(&server, "/readyz", NULL);
    ck_assert_ptr_nonnull(strstr(body, "secret_table"));
    free(body);
    snprintf(url, sizeof url, "%s/readyz", server.http);
    http_request(&(struct http_request){.url = url, .headers = headers}, &response);
    ck_assert_ptr_null(strstr(response.body, "secret_table"));
    http_response_finish(&response);
    serving_stop(&server);
}
END_TEST

Suite *serve_verdict_suite(void)
{
    Suite *suite = suite_create("serve_verdict");
    TCase *tests = tcase_create("serve_verdict");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_older_daemon_knows_that_the_database_is_ahead);
    tcase_add_test(tests, behind_is_pending);
    tcase_add_test(tests, another_line_is_diverged);
    tcase_add_test(tests, a_row_that_nothing_explains_is_unknown);
    tcase_add_test(tests, unknown_may_leave_the_last_good_verdict);
    tcase_add_test(tests, a_watcher_needs_no_more_than_select);
    tcase_add_test(tests, an_unreadable_version_table_is_unknown_not_unreachable);
    tcase_add_test(tests, a_dropped_version_table_is_pending);
    tcase_add_test(tests, what_is_taken_back_by_hand_is_not_applied_again);
    tcase_add_test(tests, changed_files_are_applied_only_where_they_are_watched);
    tcase_add_test(tests, restricted_bodies_hold_no_secrets);
    tcase_add_test(tests, a_forwarded_request_is_restricted);
    suite_add_tcase(suite, tests);
    return suite;
}
