/* `migrated serve`: what it tells a person to do, and what it says of a run and of its end. */
#include "serving.h"
#include "support/pooler.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *serve_advice_suite(void);

static struct serving server;

static void set_up(void)
{
    serving_create(&server);
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
}

static void write_long_one(const char *header)
{
    char text[160];
    snprintf(text, sizeof text, "%sCREATE TABLE second (id int); SELECT pg_sleep(3600);", header);
    folder_write(server.files, "0002_long.sql", text);
}

/* `migrated status` prints this. */
static void status_prints(const char *part)
{
    struct program_result result;
    program_run(&result, &(struct program_options){0}, SERVING_MS, "status", server.http, NULL);
    ck_assert_msg(strstr(result.out, part) != NULL, "%s is not in\n%s%s", part, result.out, result.err);
    program_result_finish(&result);
}

static void value_holds(const char *path, const char *place, const char *part)
{
    char *value = serving_value(&server, path, place);
    ck_assert_msg(strstr(value, part) != NULL, "%s: %s is %s, without %s", path, place, value, part);
    free(value);
}

/* ---- a lock that somebody holds ---- */

static PGconn *start_report(void)
{
    PGconn *report = sql_connect(server.url);
    sql_exec(report, "SET application_name = 'report'");
    sql_exec(report, "BEGIN");
    sql_exec(report, "SELECT count(*) FROM busy");
    return report;
}

static void says_who_is_waited_for(const PGconn *report)
{
    char pid[16], words[80];
    snprintf(pid, sizeof pid, "%d", PQbackendPID(report));
    serving_wait_value(&server, "/status", "targets.0.blockers.0.pid", pid, SERVING_MS);
    snprintf(words, sizeof words, "waiting for a lock held by pid %s (report, postgres)", pid);
    serving_wait_value(&server, "/readyz", "checks.1.detail.message", words, SERVING_MS);
    serving_check_value(&server, "/readyz", "state", "migrating");
    value_holds("/health", "checks.migrations.0.output", words);
    snprintf(words, sizeof words, "SELECT pg_terminate_backend(%s)", pid);
    value_holds("/health", "next", words);
    serving_check_value(&server, "/health", "next_command", "null");
}

/* With a lock_timeout of its own the try is long, without one there are many short ones: both tell. */
static const char *const waits[] = {"-- lock_timeout: 1min\n", ""};

START_TEST(a_table_that_is_locked)
{
    char url[256], text[128], role[32], hint[128];
    const char *direct = server.url, *path = strrchr(server.url, '/');
    PGconn *conn = sql_connect(direct);
    sql_exec(conn, "CREATE TABLE busy (id int)");
    snprintf(role, sizeof role, "poor_sight_%d", (int)getpid());
    sql_exec(conn, "CREATE ROLE %s LOGIN", role);
    sql_exec(conn, "ALTER DATABASE %s OWNER TO %s", path + 1, role);
    sql_exec(conn, "ALTER TABLE busy OWNER TO %s", role);
    snprintf(text, sizeof text, "%sALTER TABLE busy ADD COLUMN name text;", waits[_i]);
    folder_write(server.files, "0002_alter.sql", text);
    PGconn *report = start_report();
    snprintf(url, sizeof url, "postgresql://%s@127.0.0.1:%d%s", role, cluster_port(cluster_shared()), path);
    server.url = url;
    serving_start(&server, NULL);

    says_who_is_waited_for(report);
    serving_check_value(&server, "/status", "targets.0.blockers.0.state", "null");
    snprintf(hint, sizeof hint, "needs pg_read_all_stats: GRANT pg_read_all_stats TO \"%s\"", role);
    serving_check_value(&server, "/status", "targets.0.blockers.0.query", hint);
    status_prints("(report, postgres)");
    PQfinish(report);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/health", "next", "null");
    serving_stop(&server);
    server.url = direct;
    sql_exec(conn, "ALTER DATABASE %s OWNER TO postgres", path + 1);
    sql_exec(conn, "REASSIGN OWNED BY %s TO postgres", role);
    sql_exec(conn, "DROP OWNED BY %s", role);
    sql_exec(conn, "DROP ROLE %s", role);
    PQfinish(conn);
}
END_TEST

/* The lock is had: nobody is waited for any more, however long the statement behind it runs. */
START_TEST(a_lock_that_was_had_at_last)
{
    serving_exec(&server, "CREATE TABLE busy (id int)");
    folder_write(server.files, "0002_alter.sql", "ALTER TABLE busy ADD COLUMN name text; SELECT pg_sleep(3600);");
    PGconn *report = start_report();
    serving_start(&server, NULL);
    says_who_is_waited_for(report);
    PQfinish(report);
    serving_wait_value(&server, "/readyz", "checks.1.detail.message",
                       "migrations are running: 1 revision pending: 0002_alter", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers", "[]");
    serving_check_value(&server, "/health", "next", "null");
    serving_stop(&server);
}
END_TEST

/* ---- what runs ---- */

START_TEST(revisions_that_share_a_message_are_told_together)
{
    write_long_one("");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0001_first", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.running.last_revision", "0002_long");
    status_prints("0001_first to 0002_long, 1 to 2 of 2 together, ");
    char *text = serving_body(&server, "/health?format=text", NULL);
    ck_assert_msg(strstr(text, "running: 0001_first to 0002_long (1 to 2 of 2 together)\n") != NULL, "%s", text);
    free(text);
    serving_stop(&server);
}
END_TEST

/* Long before the next reading. */
START_TEST(rows_follow_what_is_committed)
{
    write_long_one("-- transaction: off\n");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0002_long", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.rows", "[\"0001_first\"]");
    status_prints("0002_long, 2 of 2, ");
    serving_stop(&server);
}
END_TEST

/* ---- advice ---- */

START_TEST(a_pooler_that_shares_backends)
{
    char url[256];
    const char *direct = server.url;
    struct pooler *pooler = pooler_start_with(cluster_port(cluster_shared()), "transaction", "");
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d%s", pooler_port(pooler), strrchr(direct, '/'));
    server.url = url;
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    value_holds("/health", "next", "as migrate_url");
    serving_check_value(&server, "/health", "next_command", "null");
    serving_stop(&server);
    server.url = direct;
    pooler_stop(pooler);
}
END_TEST

START_TEST(faulty_files_are_checked)
{
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/health", "checks.migrations.0.status", "pass");
    folder_write(server.files, "0002_bad.sql", "SELECT 'unterminated");
    serving_wait_value(&server, "/health", "status", "warn", SERVING_MS);
    serving_check_value(&server, "/health", "checks.migrations.0.status", "warn");
    value_holds("/health", "checks.migrations.0.output", "migrations in sync; warning: ");
    value_holds("/health", "checks.migrations.0.output", "0002_bad.sql:1:8");
    value_holds("/health", "notes.0", "0002_bad.sql:1:8");
    serving_check_value(&server, "/health", "next_command", "migrated check --files");
    status_prints("warning   ");
    status_prints("0002_bad.sql:1:8");
    char *text = serving_body(&server, "/health?format=text", NULL);
    ck_assert_msg(strstr(text, "\nwarning: ") != NULL, "%s", text);
    free(text);
    serving_stop(&server);
}
END_TEST

/* ---- being stopped ---- */

/* One line at INFO, and none at ERROR. */
static void ends_with(const char *line)
{
    ck_assert_int_eq(program_wait(server.program, SERVING_MS), 0);
    const char *log = program_err(server.program);
    ck_assert_msg(strstr(log, line) != NULL, "%s is not in\n%s", line, log);
    ck_assert_msg(strstr(log, "error ") == NULL && strstr(log, "ERROR ") == NULL, "%s", log);
}

static void stops_with(const char *line)
{
    program_signal(server.program, SIGTERM);
    ends_with(line);
}

/* It counts as running before its message is at the server. */
static bool sleeps(void *context)
{
    (void)context;
    char *found =
        serving_sql(&server, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
                             "wait_event = 'PgSleep')");
    bool yes = strcmp(found, "t") == 0;
    free(found);
    return yes;
}

START_TEST(a_stopped_transaction)
{
    folder_remove(server.files, "0001_first.sql");
    write_long_one("");
    serving_start(&server, NULL);
    ck_assert(wait_until(sleeps, NULL, SERVING_MS));
    stops_with("stopped: 0002_long was cancelled and rolled back, 1 revision is left; the next start goes on\n");
}
END_TEST

START_TEST(a_stopped_build)
{
    serving_exec(&server, "CREATE TABLE stock (id int)");
    folder_write(server.files, "0002_ci.sql",
                 "CREATE TABLE first_of_it (); CREATE INDEX CONCURRENTLY built ON stock (id);");
    PGconn *writer = sql_connect(server.url);
    sql_exec(writer, "BEGIN; INSERT INTO stock VALUES (1)");
    serving_start(&server, "MIGRATED_STOP_TIMEOUT=4s", NULL);
    serving_wait_value(&server, "/status", "targets.0.running.progress.command", "CREATE INDEX CONCURRENTLY",
                       SERVING_MS);
    program_signal(server.program, SIGTERM);
    program_wait_line(server.program, "dropping the invalid index", SERVING_MS);
    sql_exec(writer, "COMMIT"); /* which dropping waits for */
    ends_with("stopped: statement 2 of 2 of 0002_ci was cancelled, 1 stays done, 1 revision is left; the next start "
              "goes on\n");
    PQfinish(writer);
}
END_TEST

Suite *serve_advice_suite(void)
{
    Suite *suite = suite_create("serve_advice");
    TCase *tests = tcase_create("serve_advice");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_table_that_is_locked, 0, sizeof waits / sizeof *waits);
    tcase_add_test(tests, a_lock_that_was_had_at_last);
    tcase_add_test(tests, revisions_that_share_a_message_are_told_together);
    tcase_add_test(tests, rows_follow_what_is_committed);
    tcase_add_test(tests, a_pooler_that_shares_backends);
    tcase_add_test(tests, faulty_files_are_checked);
    tcase_add_test(tests, a_stopped_transaction);
    tcase_add_test(tests, a_stopped_build);
    suite_add_tcase(suite, tests);
    return suite;
}
