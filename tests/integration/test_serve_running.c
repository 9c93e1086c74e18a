/* `migrated serve` while a revision runs: probes, progress, blockers, the lock, being told to stop. */
#include "serving.h"
#include "support/relay.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *serve_running_suite(void);

#define PROBES     200
#define ANSWER_MS  1000 /* a probe that waited for the database would take far longer */
#define N_REPLICAS 10

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

/* Longer than any test: each ends it. */
static void write_long_one(void)
{
    folder_write(server.files, "0002_long.sql", "CREATE TABLE second (id int); SELECT pg_sleep(3600);");
}

static void wait_for_the_long_one(void)
{
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0001_first", SERVING_MS);
}

START_TEST(probes_are_answered_in_the_middle_of_a_statement)
{
    write_long_one();
    serving_start(&server, NULL);
    wait_for_the_long_one();

    for (int i = 0; i < PROBES; i++) {
        long status;
        int64_t begin_ms = wait_now_ms();
        char *body = serving_body(&server, i % 4 == 3 ? "/livez" : "/readyz", &status);
        ck_assert_int_lt(wait_now_ms() - begin_ms, ANSWER_MS * wait_patience());
        if (i % 4 == 3) {
            ck_assert_int_eq(status, 200);
        } else {
            ck_assert_int_eq(status, 503);
            ck_assert_ptr_nonnull(strstr(body, "\"state\":\"migrating\""));
            ck_assert_ptr_nonnull(strstr(body, "\"migrations_check\":\"running\""));
        }
        free(body);
    }
    serving_check_value(&server, "/startupz", "ok", "false");
    serving_check_value(&server, "/status", "targets.0.running.of", "2");
    serving_check_value(&server, "/health", "status", "fail");
    serving_stop(&server);
}
END_TEST

static bool is_stopping(void *context)
{
    long status;
    char *body = serving_body(context, "/readyz", &status);
    bool stopping = status == 503 && strstr(body, "\"state\":\"stopping\"") != NULL;
    free(body);
    return stopping;
}

/* The cancel request cannot get through: it stops later, and says so until then. */
static const char *through(struct relay *relay, char url[256])
{
    const char *path = strrchr(server.url, '/');
    snprintf(url, 256, "postgresql://postgres@127.0.0.1:%d%s", relay_port(relay), path);
    return url;
}

static struct relay *relay_to_cluster(void)
{
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%d", cluster_port(cluster_shared()));
    return relay_start(address);
}

START_TEST(sigterm_rolls_back_and_ends_well)
{
    write_long_one();
    folder_remove(server.files, "0001_first.sql");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0002_long", SERVING_MS);
    serving_stop(&server);

    char *rows = serving_sql(&server, "SELECT count(*) FROM alembic_version");
    char *table = serving_sql(&server, "SELECT to_regclass('second')");
    char *outcome = serving_sql(&server, "SELECT string_agg(outcome, ',') FROM migrated.history");
    ck_assert_str_eq(rows, "0");
    ck_assert_ptr_null(table);
    ck_assert_str_eq(outcome, "cancelled");
    free(rows);
    free(outcome);
}
END_TEST

START_TEST(a_second_sigterm_does_not_wait_for_a_silent_server)
{
    struct relay *relay = relay_to_cluster();
    const char *direct = server.url;
    char url[256];
    write_long_one();
    server.url = through(relay, url);
    serving_start(&server, "MIGRATED_STOP_TIMEOUT=10min", NULL);
    wait_for_the_long_one();

    relay_stall(relay);
    program_signal(server.program, SIGTERM);
    ck_assert(wait_until(is_stopping, &server, SERVING_MS));
    serving_check_value(&server, "/livez", "ok", "true");
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait(server.program, SERVING_MS), 0);
    relay_stop(relay);
    server.url = direct;
    serving_exec(&server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}
END_TEST

START_TEST(stop_timeout_ends_the_waiting_too)
{
    struct relay *relay = relay_to_cluster();
    const char *direct = server.url;
    char url[256];
    write_long_one();
    server.url = through(relay, url);
    serving_start(&server, "MIGRATED_STOP_TIMEOUT=500ms", NULL);
    wait_for_the_long_one();

    relay_stall(relay);
    serving_stop(&server);
    relay_stop(relay);
    server.url = direct;
    serving_exec(&server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}
END_TEST

/* ---- blockers and the lock ---- */

/* We wait for the middle one alone, and it for the root. */
START_TEST(status_names_the_whole_chain_of_blockers)
{
    char pid[16];
    serving_exec(&server, "CREATE TABLE busy (id int); CREATE TABLE other (id int)");
    folder_write(server.files, "0002_alter.sql", "-- lock_timeout: 1min\nALTER TABLE busy ADD COLUMN name text;");
    PGconn *root = sql_connect(server.url), *middle = sql_connect(server.url);
    sql_exec(root, "SET application_name = 'report'");
    sql_exec(root, "BEGIN");
    sql_exec(root, "LOCK TABLE other");
    sql_exec(middle, "SET application_name = 'middle'");
    sql_exec(middle, "BEGIN");
    sql_exec(middle, "LOCK TABLE busy");
    ck_assert_int_eq(PQsendQuery(middle, "SELECT count(*) FROM other"), 1);
    serving_start(&server, NULL);

    snprintf(pid, sizeof pid, "%d", PQbackendPID(root));
    serving_wait_value(&server, "/status", "targets.0.blockers.1.application", "report", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers.0.application", "middle");
    serving_check_value(&server, "/status", "targets.0.blockers.1.pid", pid);
    serving_check_value(&server, "/status", "targets.0.blockers.1.user", "postgres");
    serving_check_value(&server, "/status", "targets.0.blockers.1.state", "idle in transaction");
    serving_check_value(&server, "/status", "targets.0.blockers.1.query", "LOCK TABLE other");
    PQfinish(root);
    PQfinish(middle);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers", "[]");
    serving_stop(&server);
}
END_TEST

/* Whose lock is not even asked for is told too. */
START_TEST(status_names_who_is_waited_for_before)
{
    serving_exec(&server, "CREATE TABLE busy (id int)");
    folder_write(server.files, "0002_alter.sql", "ALTER TABLE busy ADD COLUMN name text;");
    PGconn *report = sql_connect(server.url);
    sql_exec(report, "SET application_name = 'pg_dump'"); /* waited for from its first moment on */
    sql_exec(report, "BEGIN");
    sql_exec(report, "SELECT count(*) FROM busy");
    serving_start(&server, NULL);

    serving_wait_value(&server, "/status", "targets.0.blockers.0.application", "pg_dump", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers.0.query", "SELECT count(*) FROM busy");
    PQfinish(report);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers", "[]");
    serving_stop(&server);
}
END_TEST

/* What a role may not see of others it is told how to be shown. */
START_TEST(status_tells_what_a_blind_role_needs)
{
    char url[256], owner[256];
    const char *direct = server.url, *path = strrchr(server.url, '/');
    snprintf(owner, sizeof owner, "CREATE ROLE blind LOGIN; ALTER DATABASE %s OWNER TO blind", path + 1);
    serving_exec(&server, owner);
    serving_exec(&server, "CREATE TABLE busy (id int); ALTER TABLE busy OWNER TO blind");
    folder_write(server.files, "0002_alter.sql", "-- lock_timeout: 1min\nALTER TABLE busy ADD COLUMN name text;");
    PGconn *blocker = sql_connect(direct);
    sql_exec(blocker, "BEGIN");
    sql_exec(blocker, "SELECT count(*) FROM busy");
    snprintf(url, sizeof url, "postgresql://blind@127.0.0.1:%d%s", cluster_port(cluster_shared()), path);
    server.url = url;
    serving_start(&server, NULL);

    serving_wait_value(&server, "/status", "targets.0.blockers.0.user", "postgres", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.blockers.0.state", "null");
    serving_check_value(&server, "/status", "targets.0.blockers.0.query",
                        "needs pg_read_all_stats: GRANT pg_read_all_stats TO \"blind\"");
    sql_exec(blocker, "COMMIT");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    PQfinish(blocker);
    server.url = direct;
    snprintf(owner, sizeof owner,
             "ALTER DATABASE %s OWNER TO postgres; REASSIGN OWNED BY blind TO postgres; "
             "DROP OWNED BY blind; DROP ROLE blind",
             path + 1);
    serving_exec(&server, owner);
}
END_TEST

START_TEST(status_shows_the_servers_progress)
{
    folder_write(server.files, "0002_copy.sql",
                 "CREATE TABLE numbers AS SELECT i AS id FROM generate_series(1, 1000000) AS i;\n"
                 "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS\n"
                 "'BEGIN PERFORM pg_sleep(0.002); RETURN $1; END';\nCREATE INDEX ON numbers (slow(id));\n");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.running.progress.command", "CREATE INDEX", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(waits_for_the_lock_and_names_its_holder)
{
    folder_write(server.files, "0002_second.sql", "CREATE TABLE second (id int);");
    serving_start(&server, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    char *key = serving_value(&server, "/status", "targets.0.lock_key");
    serving_stop(&server);
    PGconn *holder = sql_connect(server.url);
    sql_exec(holder, "SET application_name = 'a person'");
    sql_exec(holder, "SELECT pg_advisory_lock(%s)", key);

    serving_start(&server, NULL);
    serving_wait_state(&server, "waiting_for_lock", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.lock_holder.application", "a person");
    char *message = serving_value(&server, "/readyz", "checks.1.detail.message");
    ck_assert_ptr_nonnull(strstr(message, "a person"));
    PQfinish(holder);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    free(message);
    free(key);
}
END_TEST

START_TEST(ten_replicas_apply_each_revision_once)
{
    struct serving replicas[N_REPLICAS];
    folder_write(server.files, "0002_second.sql", "CREATE TABLE second (id int); SELECT pg_sleep(0.3);");
    for (size_t i = 0; i < N_REPLICAS; i++) {
        serving_create_beside(&replicas[i], &server);
        serving_start(&replicas[i], NULL);
    }
    for (size_t i = 0; i < N_REPLICAS; i++)
        serving_wait_state(&replicas[i], "ready", SERVING_MS);
    char *history = serving_sql(&server, "SELECT string_agg(revision || ' ' || outcome, ',' ORDER BY id) "
                                         "FROM migrated.history");
    ck_assert_str_eq(history, "0001_first applied,0002_second applied");
    for (size_t i = 0; i < N_REPLICAS; i++)
        serving_stop(&replicas[i]);
    free(history);
}
END_TEST

/* ---- other replicas ---- */

/* The cache would last a minute: what is seen sooner was announced. */
START_TEST(replicas_hear_of_changes_at_once)
{
    struct serving other;
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_create_beside(&other, &server);
    serving_start(&other, NULL);
    serving_wait_state(&other, "ready", SERVING_MS);

    folder_write(server.files, "0002_second.sql", "CREATE TABLE second (id int);");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_wait_state(&other, "pending", SERVING_MS);
    serving_run(&server, 0, "upgrade", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_wait_state(&other, "ready", SERVING_MS);

    serving_exec(&server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                          "AND datname = current_database()"); /* they listen again */
    serving_run(&server, 0, "stamp", "0001_first");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_wait_state(&other, "pending", SERVING_MS);
    serving_stop(&server);
    serving_stop(&other);
}
END_TEST

Suite *serve_running_suite(void)
{
    Suite *suite = suite_create("serve_running");
    TCase *tests = tcase_create("serve_running");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, probes_are_answered_in_the_middle_of_a_statement);
    tcase_add_test(tests, sigterm_rolls_back_and_ends_well);
    tcase_add_test(tests, a_second_sigterm_does_not_wait_for_a_silent_server);
    tcase_add_test(tests, stop_timeout_ends_the_waiting_too);
    tcase_add_test(tests, status_names_who_is_waited_for_before);
    tcase_add_test(tests, status_names_the_whole_chain_of_blockers);
    tcase_add_test(tests, status_tells_what_a_blind_role_needs);
    tcase_add_test(tests, status_shows_the_servers_progress);
    tcase_add_test(tests, waits_for_the_lock_and_names_its_holder);
    tcase_add_test(tests, ten_replicas_apply_each_revision_once);
    tcase_add_test(tests, replicas_hear_of_changes_at_once);
    suite_add_tcase(suite, tests);
    return suite;
}
