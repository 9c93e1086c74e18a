/* `migrated serve`: failed revisions, changed files, SIGHUP, faulty configuration and files. */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *serve_reload_suite(void);

static struct serving server;
static struct folder *etc;

static void set_up(void)
{
    serving_create(&server);
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
    etc = folder_create();
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    folder_destroy(etc);
}

static void check_failures(const char *count)
{
    char *failures = serving_sql(&server, "SELECT count(*) FROM migrated.history WHERE outcome = 'failed'");
    ck_assert_str_eq(failures, count);
    free(failures);
}

START_TEST(a_failed_revision_is_explained_and_left_alone)
{
    folder_write(server.files, "0002_bad.sql", "CREATE TABLE second (id int);\nSELECT * FROM nothing;\n");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_let_readings_pass(&server);

    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "failed");
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "0001_first");
    serving_check_value(&server, "/livez", "ok", "true");
    serving_check_value(&server, "/health", "last_failure.revision", "0002_bad");
    serving_check_value(&server, "/health", "last_failure.sqlstate", "42P01");
    serving_check_value(&server, "/health", "last_failure.line", "2");
    serving_check_value(&server, "/health", "last_failure.column", "15");
    char *file = serving_value(&server, "/status", "targets.0.last_failure.file");
    char *next = serving_value(&server, "/health", "next_command");
    char *text = serving_body(&server, "/health?format=text", NULL);
    ck_assert_ptr_nonnull(strstr(file, "0002_bad.sql"));
    ck_assert_str_eq(next, "migrated upgrade"); /* to be pasted; the words stand beside it */
    free(next);
    next = serving_value(&server, "/health", "next");
    ck_assert_msg(strstr(next, "mend the file") != NULL, "%s", next);
    ck_assert_msg(strstr(text, "0002_bad.sql:2:15\n") != NULL, "%s", text);
    free(file);
    free(next);
    free(text);
    check_failures("1");
    serving_stop(&server);
}
END_TEST

/* What stood behind it is this daemon's to apply, as it was at the start. */
START_TEST(what_stood_behind_a_failed_revision_follows_it)
{
    folder_write(
        server.files, "0002_bad.sql",
        "-- transaction: off\n-- migrated:up\nCREATE TABLE second (id int);\nINSERT INTO gate VALUES (1);\n");
    folder_write(server.files, "0003_third.sql", "CREATE TABLE third (id int);\n");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_exec(&server, "CREATE TABLE gate (id int)");
    serving_run(&server, 0, "resume", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "0003_third");
    serving_stop(&server);
}
END_TEST

/* It is no revision that fails: the first is half taken back, and nothing may stand on it. */
START_TEST(a_failure_ends_with_the_rows_it_came_from)
{
    folder_write(server.files, "0001_first.sql",
                 "-- transaction: off\n-- migrated:up\nCREATE TABLE first (id int);\n-- migrated:down\n"
                 "DROP TABLE first;\nINSERT INTO gate VALUES (1);\n");
    serving_run(&server, 0, "upgrade", NULL);
    serving_run(&server, 1, "downgrade", "base");
    folder_write(server.files, "0002_second.sql", "CREATE TABLE second (id int);\n");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/health", "last_failure.revision", "null");
    serving_exec(&server, "CREATE TABLE gate (id int)");
    serving_run(&server, 0, "resume", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "0002_second");
    serving_stop(&server);
}
END_TEST

START_TEST(a_mended_file_makes_it_ready)
{
    folder_write(server.files, "0002_bad.sql", "ALTER TABLE nothing ADD x int;");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    folder_write(server.files, "0002_bad.sql", "CREATE TABLE second (id int);");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    check_failures("1");
    serving_stop(&server);
}
END_TEST

/* The files are mended, or SIGHUP comes, while what is going to fail still runs. */
START_TEST(a_chance_that_comes_while_it_fails_is_kept)
{
    PGconn *holder = sql_connect(server.url);
    sql_exec(holder, "SELECT pg_advisory_lock(7)");
    folder_remove(server.files, "0001_first.sql");
    folder_write(server.files, "0002_bad.sql",
                 "-- lock_timeout: 60s\nSELECT pg_advisory_xact_lock(7);\nALTER TABLE nothing ADD x int;");
    serving_start(&server, NULL);
    program_wait_line(server.program, "revision files read", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0002_bad", SERVING_MS);
    if (_i == 0)
        folder_write(server.files, "0002_bad.sql", "CREATE TABLE second (id int);");
    else
        program_signal(server.program, SIGHUP);
    program_wait_line(server.program, "revision files read", SERVING_MS);
    PQfinish(holder);
    if (_i == 0) {
        serving_wait_state(&server, "ready", SERVING_MS);
    } else {
        for (int line = 0; line < 3; line++) /* each failure is two lines: this is the next one's */
            program_wait_line(server.program, "\"nothing\" does not exist", SERVING_MS);
    }
    serving_stop(&server);
}
END_TEST

START_TEST(sighup_tries_a_failed_one_again)
{
    folder_write(server.files, "0002_needs.sql", "ALTER TABLE made_by_hand ADD x int;");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    program_signal(server.program, SIGHUP);
    program_wait_line(server.program, "made_by_hand", SERVING_MS);
    program_wait_line(server.program, "made_by_hand", SERVING_MS); /* failed again */
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_exec(&server, "CREATE TABLE made_by_hand ()");
    program_signal(server.program, SIGHUP);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* A lock that is not had is tried again, but not at once. */
START_TEST(a_busy_table_is_tried_again_later)
{
    serving_exec(&server, "CREATE TABLE busy (id int)");
    folder_write(server.files, "0002_alter.sql", "-- lock_timeout: 10ms\nALTER TABLE busy ADD x int;");
    PGconn *holder = sql_connect(server.url);
    sql_exec(holder, "BEGIN");
    sql_exec(holder, "SELECT count(*) FROM busy");
    serving_start(&server, "MIGRATED_RETRY_FOR=1ms", "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_let_readings_pass(&server);
    check_failures("1");
    PQfinish(holder);
    serving_wait_state(&server, "ready", 25000);
    serving_stop(&server);
}
END_TEST

START_TEST(faulty_files_leave_the_last_good_ones)
{
    serving_start(&server, "MIGRATED_APPLY=watch", "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "0002_bad.sql", "SELECT 'unterminated");
    program_wait_line(server.program, "last good revision files stay in force", SERVING_MS);
    serving_check_value(&server, "/readyz", "state", "ready");
    serving_check_value(&server, "/health", "status", "warn");
    char *warning = serving_value(&server, "/status", "targets.0.files_warning");
    ck_assert_msg(strstr(warning, "0002_bad.sql:1:8") != NULL, "%s", warning);
    free(warning);
    serving_let_readings_pass(&server);
    const char *first = strstr(program_err(server.program), "stay in force");
    ck_assert_ptr_null(strstr(first + 1, "stay in force")); /* told once */

    folder_write(server.files, "0002_bad.sql", "SELECT 'terminated'");
    serving_wait_value(&server, "/readyz", "checks.1.detail.current_version", "0002_bad", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.files_warning", "null");
    serving_wait_value(&server, "/health", "status", "pass", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* A deploy swaps the whole directory: what inotify holds is the old one. */
START_TEST(a_replaced_directory_is_noticed)
{
    char old[512], new[512], link[512], variable[600];
    folder_write(etc, "a/0001_first.sql", "CREATE TABLE first (id int);");
    folder_write(etc, "b/0001_first.sql", "CREATE TABLE first (id int);");
    folder_write(etc, "b/0002_second.sql", "CREATE TABLE second (id int);");
    snprintf(old, sizeof old, "%s", folder_file(etc, "a"));
    snprintf(new, sizeof new, "%s", folder_file(etc, "b"));
    snprintf(link, sizeof link, "%s", folder_file(etc, "current"));
    snprintf(variable, sizeof variable, "MIGRATED_MIGRATIONS=%s", link);
    ck_assert_int_eq(symlink(old, link), 0);
    serving_start(&server, variable, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    char *swapped = strdup(folder_file(etc, "next"));
    ck_assert_int_eq(symlink(new, swapped), 0);
    ck_assert_int_eq(rename(swapped, link), 0);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_stop(&server);
    free(swapped);
}
END_TEST

START_TEST(sighup_takes_a_new_configuration)
{
    server.config = folder_file(etc, "migrated.conf");
    folder_write(etc, "migrated.conf", "[migrated]\ncache_ttl = 60s\n");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "cache_ttl_seconds", "60.0");

    folder_write(etc, "migrated.conf", "[migrated]\ncache_ttl = 7s\n");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/status", "cache_ttl_seconds", "7.0", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);

    folder_write(etc, "migrated.conf", "[migrated]\ncache_tll = 8s\nlisten = x\n");
    program_signal(server.program, SIGHUP);
    program_wait_line(server.program, "migrated.conf:2:1: unknown option cache_tll; next: ", SERVING_MS);
    program_wait_line(server.program, "migrated.conf:3:10: listen is ", SERVING_MS);
    program_wait_line(server.program, "the last good one stays in force", SERVING_MS);
    serving_check_value(&server, "/status", "cache_ttl_seconds", "7.0");
    char *warning = serving_value(&server, "/status", "warnings.0");
    ck_assert_msg(strstr(warning, "migrated.conf:2:1: unknown option cache_tll (and 1 more)") != NULL, "%s", warning);
    serving_check_value(&server, "/health", "status", "warn");
    serving_check_value(&server, "/readyz", "state", "ready");
    free(warning);

    folder_write(etc, "migrated.conf", "[migrated]\ncache_ttl = 9s\nlisten = 127.0.0.1:1\n");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/status", "cache_ttl_seconds", "9.0", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* ---- starts that fail ---- */

static const struct {
    const char *what, *file, *sql, *variable;
    int status;
    const char *said[2];
} refusals[] = {
    {"faulty files", "0002_bad.sql", "BEGIN;", NULL, 65, {"0002_bad.sql:1:1: ", "0003_bad.sql:1:8: "}},
    {"unknown policy", NULL, NULL, "MIGRATED_APPLY=sometimes", 78, {"MIGRATED_APPLY", "startup"}},
    {"bad duration", NULL, NULL, "MIGRATED_CACHE_TTL=60", 78, {"MIGRATED_CACHE_TTL", "60s"}},
    {"bad address", NULL, NULL, "MIGRATED_LISTEN=127.0.0.1", 78, {"MIGRATED_LISTEN", "127.0.0.1:8088"}},
};

/* Whoever reads the log as JSON gets nothing else, to the end. */
static void check_log_is_json(const char *log)
{
    for (const char *line = log; *line != '\0';) {
        json_error_t error;
        size_t length = strcspn(line, "\n");
        json_t *body = json_loadb(line, length, 0, &error);
        ck_assert_msg(json_is_object(body), "%.*s: %s", (int)length, line, error.text);
        json_decref(body);
        line += length + (line[length] == '\n');
    }
}

START_TEST(does_not_start)
{
    char url[512], files[512];
    struct program_result result;
    snprintf(url, sizeof url, "DATABASE_URL=%s", server.url);
    snprintf(files, sizeof files, "MIGRATED_MIGRATIONS=%s", folder_path(server.files));
    const char *const variables[] = {url, files, "MIGRATED_LISTEN=127.0.0.1:0", refusals[_i].variable, NULL};
    if (refusals[_i].file != NULL) {
        folder_write(server.files, refusals[_i].file, refusals[_i].sql);
        folder_write(server.files, "0003_bad.sql", "SELECT 'unterminated");
    }
    program_run(&result, &(struct program_options){.environment = variables}, SERVING_MS, "serve", NULL);
    ck_assert_msg(result.status == refusals[_i].status, "%s: %d %s", refusals[_i].what, result.status, result.err);
    for (size_t i = 0; i < 2; i++)
        ck_assert_msg(strstr(result.err, refusals[_i].said[i]) != NULL, "%s: %s", refusals[_i].what, result.err);
    check_log_is_json(result.err);
    program_result_finish(&result);
}
END_TEST

START_TEST(a_taken_address_is_refused)
{
    struct program_result result;
    char listen[128], url[512], files[512];
    serving_start(&server, NULL);
    snprintf(listen, sizeof listen, "MIGRATED_LISTEN=%s", server.http + strlen("http://"));
    snprintf(url, sizeof url, "DATABASE_URL=%s", server.url);
    snprintf(files, sizeof files, "MIGRATED_MIGRATIONS=%s", folder_path(server.files));
    const char *const variables[] = {listen, url, files, NULL};
    program_run(&result, &(struct program_options){.environment = variables}, SERVING_MS, "serve", NULL);
    ck_assert_msg(result.status == 78, "%d %s", result.status, result.err);
    check_log_is_json(result.err);
    program_result_finish(&result);
    serving_stop(&server);
}
END_TEST

START_TEST(unknown_variables_warn_and_those_of_kubernetes_do_not)
{
    serving_start(&server, "MIGRATED_CACHE_TLL=1s", "MIGRATED_PORT=tcp://10.0.0.1:8088",
                  "MIGRATED_SERVICE_HOST=10.0.0.1", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    ck_assert_ptr_nonnull(strstr(program_err(server.program), "MIGRATED_CACHE_TLL"));
    ck_assert_ptr_null(strstr(program_err(server.program), "MIGRATED_PORT"));
    ck_assert_ptr_null(strstr(program_err(server.program), "MIGRATED_SERVICE"));
    serving_check_value(&server, "/status", "warnings.1", "null");
    serving_stop(&server);
}
END_TEST

Suite *serve_reload_suite(void)
{
    Suite *suite = suite_create("serve_reload");
    TCase *tests = tcase_create("serve_reload");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_failed_revision_is_explained_and_left_alone);
    tcase_add_test(tests, what_stood_behind_a_failed_revision_follows_it);
    tcase_add_test(tests, a_failure_ends_with_the_rows_it_came_from);
    tcase_add_test(tests, a_mended_file_makes_it_ready);
    tcase_add_loop_test(tests, a_chance_that_comes_while_it_fails_is_kept, 0, 2);
    tcase_add_test(tests, sighup_tries_a_failed_one_again);
    tcase_add_test(tests, a_busy_table_is_tried_again_later);
    tcase_add_test(tests, faulty_files_leave_the_last_good_ones);
    tcase_add_test(tests, a_replaced_directory_is_noticed);
    tcase_add_test(tests, sighup_takes_a_new_configuration);
    tcase_add_loop_test(tests, does_not_start, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tests, a_taken_address_is_refused);
    tcase_add_test(tests, unknown_variables_warn_and_those_of_kubernetes_do_not);
    suite_add_tcase(suite, tests);
    return suite;
}
