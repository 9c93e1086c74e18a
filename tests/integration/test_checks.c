/* `migrated serve` with sections [check NAME]. */
#include "serving.h"
#include "support/relay.h"
#include "support/wait.h"

#include "base/text.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *checks_suite(void);

#define HEARTBEAT                                                                                                    \
    "[check jobs]\ntype = heartbeat\nquery = SELECT runner_id, last_heartbeat, on_duty FROM beat\ninterval = "       \
    "200ms\n"
#define HANGING                                                                                                      \
    "[check hangs]\ntype = sql\nquery = SELECT pg_sleep(600) IS NULL\ninterval = 100ms\ntimeout = 500s\nrequired = " \
    "no\n"
#define SQL_CHECK(query) "[check queue]\ntype = sql\nquery = " query "\ninterval = 200ms\n"

static struct serving server;
static struct folder *etc;

static void set_up(void)
{
    serving_create(&server);
    etc = folder_create();
    server.config = folder_file(etc, "conf");
    folder_write(server.files, "0001_beat.sql",
                 "CREATE TABLE beat (runner_id text, last_heartbeat timestamptz, on_duty boolean);\n"
                 "CREATE TABLE queue (length int);\n");
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    folder_destroy(etc);
}

static void start(const char *config)
{
    folder_write(etc, "conf", config);
    serving_start(&server, NULL);
}

static void reload(const char *config)
{
    folder_write(etc, "conf", config);
    program_signal(server.program, SIGHUP);
}

static void wait_for(const char *place, const char *value)
{
    serving_wait_value(&server, "/readyz", place, value, SERVING_MS);
}

/* A number in JSON becomes N: what is left is the shape. */
static char *without_numbers(const char *key, const char *json)
{
    struct text text = {0};
    const char *at = strstr(json, key);
    ck_assert_msg(at != NULL, "no %s in %s", key, json);
    at += strlen(key);
    text_add_bytes(&text, json, (size_t)(at - json));
    text_add(&text, "N");
    text_add(&text, at + strspn(at, "0123456789.-"));
    return text.bytes;
}

/* The check at this position of /readyz, with its ms and age_seconds as N; owned by the caller. */
static char *shape_of(size_t position, bool aged)
{
    json_t *body = serving_get(&server, "/readyz", NULL);
    char *json =
        json_dumps(json_array_get(json_object_get(body, "checks"), position), JSON_COMPACT | JSON_REAL_PRECISION(12));
    char *shape = without_numbers("\"ms\":", json);
    if (aged) {
        char *first = shape;
        shape = without_numbers("\"age_seconds\":", first);
        free(first);
    }
    free(json);
    json_decref(body);
    return shape;
}

/* Byte for byte what the runbooks show, but for the two figures of the moment. */
START_TEST(the_body_is_the_runbooks)
{
    start(HEARTBEAT);
    wait_for("checks.2.detail.message", "there is no heartbeat yet");
    serving_exec(&server, "INSERT INTO beat VALUES ('jobs-runner', date_trunc('second', now()), NULL)");
    serving_wait_state(&server, "ready", SERVING_MS);

    char *last = serving_sql(
        &server, "SELECT to_char(last_heartbeat AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM beat");
    char *shape = shape_of(2, true), expected[512];
    snprintf(expected, sizeof expected,
             "{\"name\":\"jobs\",\"ok\":true,\"ms\":N,\"detail\":{\"enabled\":true,\"last_heartbeat\":\"%s\","
             "\"runner_id\":\"jobs-runner\",\"age_seconds\":N,\"threshold_seconds\":180,\"jobs_enabled\":true}}",
             last);
    ck_assert_str_eq(shape, expected);
    free(shape);
    free(last);
    serving_stop(&server);
}
END_TEST

START_TEST(a_heartbeat_comes_and_goes)
{
    start(HEARTBEAT);
    wait_for("checks.2.detail.message", "there is no heartbeat yet");
    long status;
    json_decref(serving_get(&server, "/readyz", &status));
    ck_assert_int_eq(status, 503);
    serving_wait_state(&server, "failed", SERVING_MS);
    char *shape = shape_of(2, false);
    ck_assert_str_eq(shape,
                     "{\"name\":\"jobs\",\"ok\":false,\"ms\":N,\"detail\":{\"message\":\"there is no heartbeat "
                     "yet\",\"enabled\":true,\"last_heartbeat\":null,\"runner_id\":null,\"age_seconds\":null,"
                     "\"threshold_seconds\":180,\"jobs_enabled\":true}}");
    free(shape);

    serving_exec(&server, "INSERT INTO beat VALUES ('jobs-runner', now(), true)");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "UPDATE beat SET last_heartbeat = now() - interval '1 hour'");
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.2.detail.runner_id", "jobs-runner");
    serving_check_value(&server, "/health", "status", "fail");
    serving_check_value(&server, "/health", "checks.jobs.0.status", "fail");
    serving_exec(&server, "UPDATE beat SET on_duty = false");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.2.detail.jobs_enabled", "false");
    serving_check_value(&server, "/status", "checks.0.message", "jobs are disabled: no heartbeat is expected");
    serving_stop(&server);
}
END_TEST

static const struct {
    const char *query, *message;
} queries[] = {
    {"SELECT length < 10 FROM queue", "the query returned no row: it must return one boolean"},
    {"SELECT NULL::boolean", "the query returned NULL"},
    {"SELECT 1 = 2", "the query returned false"},
    {"SELECT 1", "the query returned no boolean: compare, or cast with ::boolean"},
    {"SELECT true FROM nothing", "the query failed: relation \"nothing\" does not exist (SQLSTATE 42P01)"},
    {"WITH w AS (DELETE FROM queue RETURNING 1) SELECT true FROM w",
     "the query failed: DECLARE CURSOR must not contain data-modifying statements in WITH (SQLSTATE 0A000)"},
    {"SELECT nextval('numbers') > 0",
     "the query failed: cannot execute nextval() in a read-only transaction (SQLSTATE 25006)"},
    {"SELECT pg_sleep(600) IS NULL", "the query did not end within 300 ms, its timeout"},
    {"SELECT generate_series(1, 100000000) > 0", "the query returned 1000 rows or more"},
};

START_TEST(a_query_that_is_not_true_is_told)
{
    char config[512];
    serving_exec(&server, "CREATE SEQUENCE numbers");
    snprintf(config, sizeof config, "[check queue]\ntype = sql\nquery = %s\ninterval = 200ms\ntimeout = %s\n",
             queries[_i].query, strstr(queries[_i].query, "sleep") == NULL ? "10s" : "300ms");
    start(config);
    wait_for("checks.1.ok", "true");
    wait_for("checks.2.detail.message", queries[_i].message);
    serving_check_value(&server, "/readyz", "ok", "false");
    char *text = serving_body(&server, "/readyz?format=text", NULL), line[256];
    snprintf(line, sizeof line, "[-]queue %s\nnot ready: failed\n", queries[_i].message);
    ck_assert_msg(strstr(text, line) != NULL, "%s", text);
    free(text);

    reload(SQL_CHECK("SELECT true -- all is well"));
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(what_is_not_required_only_warns)
{
    start(SQL_CHECK("SELECT false") "required = no\n");
    wait_for("checks.2.detail.message", "the query returned false");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.2.ok", "false");
    serving_check_value(&server, "/readyz", "checks.2.required", "false");
    serving_check_value(&server, "/health", "status", "warn");
    serving_check_value(&server, "/health", "checks.queue.0.status", "warn");
    struct program_result result;
    program_run(&result, NULL, SERVING_MS, "probe", server.http, NULL);
    ck_assert_int_eq(result.status, 0);
    ck_assert_str_eq(result.out, "ready: migrations in sync\n");
    program_result_finish(&result);

    reload(SQL_CHECK("SELECT false"));
    serving_wait_state(&server, "failed", SERVING_MS);
    program_run(&result, NULL, SERVING_MS, "probe", server.http, NULL);
    ck_assert_int_eq(result.status, 3);
    ck_assert_str_eq(result.out, "failed: the query returned false\n");
    program_result_finish(&result);
    program_run(&result, NULL, SERVING_MS, "status", server.http, NULL);
    ck_assert_msg(strstr(result.out, "\ncheck queue not well: the query returned false, checked ") != NULL, "%s",
                  result.out);
    program_result_finish(&result);
    serving_stop(&server);
}
END_TEST

/* The application that writes the heartbeat starts behind this. */
START_TEST(the_application_may_start_without_its_heartbeat)
{
    start(HEARTBEAT);
    serving_wait_state(&server, "failed", SERVING_MS);
    long status;
    json_t *body = serving_get(&server, "/startupz", &status);
    ck_assert_int_eq(status, 200);
    ck_assert_uint_eq(json_array_size(json_object_get(body, "checks")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(body, "state")), "ready");
    json_decref(body);
    serving_stop(&server);
}
END_TEST

static long sessions_of_checks(void)
{
    char *count = serving_sql(&server, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                       "application_name LIKE 'migrated %'");
    long number = strtol(count, NULL, 10);
    free(count);
    return number;
}

/* Neither the others nor a request wait for one that hangs; and it takes one more connection, not one each time. */
START_TEST(a_query_that_hangs_holds_up_nobody)
{
    start(HANGING HEARTBEAT);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_exec(&server, "INSERT INTO beat VALUES ('jobs-runner', now(), true)");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.2.detail.message", "not checked yet");
    for (int i = 0; i < 5; i++) { /* each asked after the one before was answered */
        serving_exec(&server, "UPDATE beat SET last_heartbeat = now() - interval '1 hour'");
        wait_for("checks.3.ok", "false");
        serving_exec(&server, "UPDATE beat SET last_heartbeat = now()");
        wait_for("checks.3.ok", "true");
    }
    ck_assert_int_eq(sessions_of_checks(), 3); /* the one that watches, and two */
    serving_stop(&server);
}
END_TEST

START_TEST(checks_take_turns_on_one_connection)
{
    start("[migrated]\ncache_ttl = 300ms\n" SQL_CHECK(
        "SELECT true") "[check second]\ntype = sql\nquery = SELECT true\ninterval = 100ms\n" HEARTBEAT);
    wait_for("checks.4.detail.message", "there is no heartbeat yet");
    serving_let_readings_pass(&server);
    ck_assert_int_eq(sessions_of_checks(), 2);
    serving_stop(&server);
}
END_TEST

START_TEST(without_checks_there_is_no_connection)
{
    start("[migrated]\ncache_ttl = 300ms\n");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_let_readings_pass(&server);
    ck_assert_int_eq(sessions_of_checks(), 1);
    serving_stop(&server);
}
END_TEST

START_TEST(a_reload_adds_changes_and_takes_away)
{
    start("[migrated]\ncache_ttl = 1s\n");
    serving_wait_state(&server, "ready", SERVING_MS);
    reload(SQL_CHECK("SELECT false"));
    serving_wait_state(&server, "failed", SERVING_MS);
    reload(SQL_CHECK("SELECT true"));
    serving_wait_state(&server, "ready", SERVING_MS);
    reload(SQL_CHECK("SELECT true") "intervall = 5s\n");
    program_wait_line(server.program, "did you mean interval?", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.2.name", "queue");
    reload("[migrated]\n");
    wait_for("checks.2", "null");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* Their own connections are lost with the rest. */
START_TEST(a_database_that_is_lost_comes_back)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true});
    server.url = cluster_url(cluster, "postgres");
    start(SQL_CHECK("SELECT true"));
    serving_wait_state(&server, "ready", SERVING_MS);
    cluster_down(cluster, true);
    wait_for("checks.2.ok", "false");
    char *message = serving_value(&server, "/readyz", "checks.2.detail.message");
    ck_assert_msg(strstr(message, "the database cannot be reached: ") == message, "%s", message);
    free(message);
    cluster_up(cluster);
    wait_for("checks.2.ok", "true");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
                          "'migrated %'");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    cluster_destroy(cluster);
}
END_TEST

/* A connection that opens and then says nothing: an old result is not taken for a new one. */
START_TEST(an_old_result_is_told)
{
    char address[64], url[512];
    snprintf(address, sizeof address, "127.0.0.1:%d", cluster_port(cluster_shared()));
    struct relay *relay = relay_start(address);
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d%s", relay_port(relay), strrchr(server.url, '/'));
    server.url = url;
    start(SQL_CHECK("SELECT true") "timeout = 100ms\n");
    serving_wait_state(&server, "ready", SERVING_MS);
    relay_stall(relay);
    wait_for("checks.2.ok", "false"); /* given up */
    wait_for("state", "unknown");     /* and no word from the next connection */
    char *message = serving_value(&server, "/readyz", "checks.2.detail.message");
    ck_assert_msg(strstr(message, "there is no result for ") == message, "%s", message);
    free(message);
    relay_resume(relay);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    relay_stop(relay);
}
END_TEST

/* Server texts are for those who may see them. */
START_TEST(strangers_see_no_words_of_the_server)
{
    folder_write(etc, "conf", SQL_CHECK("SELECT true FROM secret"));
    serving_start(&server, "MIGRATED_DETAILS=never", NULL);
    wait_for("checks.2.detail.message", "the query failed");
    const char *const paths[] = {"/readyz", "/health", "/status", "/readyz?format=text", "/health?format=text"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *body = serving_body(&server, paths[i], NULL);
        ck_assert_msg(strstr(body, "secret") == NULL, "%s: %s", paths[i], body);
        ck_assert_msg(strstr(body, "the query failed") != NULL, "%s: %s", paths[i], body);
        free(body);
    }
    serving_stop(&server);
}
END_TEST

Suite *checks_suite(void)
{
    Suite *suite = suite_create("checks");
    TCase *tests = tcase_create("checks");
    tcase_set_timeout(tests, 90);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_body_is_the_runbooks);
    tcase_add_test(tests, a_heartbeat_comes_and_goes);
    tcase_add_loop_test(tests, a_query_that_is_not_true_is_told, 0, sizeof queries / sizeof *queries);
    tcase_add_test(tests, what_is_not_required_only_warns);
    tcase_add_test(tests, the_application_may_start_without_its_heartbeat);
    tcase_add_test(tests, a_query_that_hangs_holds_up_nobody);
    tcase_add_test(tests, checks_take_turns_on_one_connection);
    tcase_add_test(tests, without_checks_there_is_no_connection);
    tcase_add_test(tests, a_reload_adds_changes_and_takes_away);
    tcase_add_test(tests, a_database_that_is_lost_comes_back);
    tcase_add_test(tests, an_old_result_is_told);
    tcase_add_test(tests, strangers_see_no_words_of_the_server);
    suite_add_tcase(suite, tests);
    return suite;
}
