/* `migrated serve` and a database that comes, goes, refuses, restarts, or only listens. */
#include "core/ledger.h"
#include "serving.h"

#include "base/clock.h"
#include "support/relay.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *serve_database_suite(void);

#define MOST_DROPS 6

static struct serving server;
static char url[512];

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

static int server_version(void)
{
    PGconn *conn = sql_connect(server.url);
    int version = PQserverVersion(conn);
    PQfinish(conn);
    return version;
}

static void end_sessions(void)
{
    serving_exec(&server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static struct relay *relay_to_cluster(const char *parameters)
{
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%d", cluster_port(cluster_shared()));
    struct relay *relay = relay_start(address);
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d%s%s", relay_port(relay), strrchr(server.url, '/'),
             parameters);
    server.url = url;
    return relay;
}

struct connections {
    struct relay *relay;
    long wanted;
};

static bool has_connections(void *context)
{
    const struct connections *connections = context;
    return relay_connections(connections->relay) >= connections->wanted;
}

START_TEST(waits_for_a_database_that_is_down)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true});
    server.url = cluster_url(cluster, "postgres");
    cluster_down(cluster, false);
    serving_start(&server, NULL);
    serving_wait_state(&server, "unreachable", SERVING_MS);

    cluster_up(cluster);
    serving_wait_state(&server, "ready", SERVING_MS);
    cluster_restart(cluster, true);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_exec(&server, "CREATE TABLE still_here (id int)");
    cluster_restart(cluster, false);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(a_refused_login_is_told_apart)
{
    struct cluster *cluster =
        cluster_start(&(struct cluster_options){.tcp = true,
                                                .hba = "local all all trust\n"
                                                       "host all all 127.0.0.1/32 scram-sha-256\n"});
    PGconn *conn = sql_connect(cluster_socket_url(cluster, "postgres"));
    sql_exec(conn, "SET password_encryption = 'scram-sha-256'"); /* the default since 14 */
    sql_exec(conn, "CREATE ROLE app LOGIN SUPERUSER PASSWORD 'right'");
    snprintf(url, sizeof url, "postgresql://app:wrong@127.0.0.1:%d/postgres", cluster_port(cluster));
    server.url = url;
    serving_start(&server, "MIGRATED_DETAILS=always", NULL);
    serving_wait_state(&server, "unreachable", SERVING_MS);

    char *message = serving_value(&server, "/readyz", "checks.0.detail.message");
    ck_assert_msg(strstr(message, "password authentication failed") != NULL, "%s", message);
    ck_assert_ptr_null(strstr(program_err(server.program), "wrong"));
    serving_stop(&server);
    free(message);

    serving_start(&server, "MIGRATED_DETAILS=never", NULL);
    serving_wait_state(&server, "unreachable", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.0.detail.message", "database refuses the login");
    sql_exec(conn, "ALTER ROLE app PASSWORD 'wrong'");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    PQfinish(conn);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(a_missing_database_is_told_apart)
{
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d/nowhere", cluster_port(cluster_shared()));
    server.url = url;
    serving_start(&server, NULL);
    serving_wait_state(&server, "unreachable", SERVING_MS);
    char *message = serving_value(&server, "/readyz", "checks.0.detail.message");
    ck_assert_msg(strstr(message, "database \"nowhere\" does not exist") != NULL, "%s", message);
    serving_stop(&server);
    free(message);
}
END_TEST

/* The verdict is made again over a new connection, at once; it never was in doubt. */
START_TEST(a_dropped_connection_is_made_again_at_once)
{
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    char lost_at[CLOCK_RFC3339_SIZE];
    clock_rfc3339(clock_wall_ms(), lost_at);
    end_sessions();
    program_wait_line(server.program, "connection to the database was lost", SERVING_MS);
    int64_t end_ms = wait_end_ms(SERVING_MS);
    bool again = false;
    while (!again && wait_left_ms(end_ms) > 0) {
        json_t *body = serving_get(&server, "/readyz", NULL);
        ck_assert_str_eq(json_string_value(json_object_get(body, "state")), "ready");
        again = strcmp(json_string_value(json_object_get(body, "checked_at")), lost_at) > 0;
        json_decref(body);
    }
    ck_assert_msg(again, "the database is not read again; the log:\n%s", program_err(server.program));
    ck_assert_ptr_null(strstr(program_err(server.program), "unreachable"));
    serving_stop(&server);
}
END_TEST

/* The first loss is answered at once, what follows it within a second is not: two connections a second and no more. */
START_TEST(sessions_that_are_dropped_at_once_make_no_hot_loop)
{
    if (server_version() < 140000) /* it has no idle_session_timeout */
        return;
    const char *name = strrchr(server.url, '/') + 1;
    char command[256];
    struct relay *relay = relay_to_cluster("");
    snprintf(command, sizeof command, "ALTER DATABASE %s SET idle_session_timeout = '100ms'", name);
    serving_exec(&server, command);
    serving_start(&server, "MIGRATED_APPLY=never", NULL);
    program_wait_line(server.program, "connection to the database was lost", SERVING_MS);

    long enough = relay_connections(relay) + MOST_DROPS;
    int64_t begin_ms = wait_now_ms();
    struct connections awaited = {relay, enough};
    ck_assert(wait_until(has_connections, &awaited, SERVING_MS));
    ck_assert_int_ge(wait_now_ms() - begin_ms, MOST_DROPS / 2 * 900);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_stop(&server);
    relay_stop(relay);
}
END_TEST

START_TEST(a_cut_network_heals)
{
    struct relay *relay = relay_to_cluster("");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    relay_cut(relay);
    program_wait_line(server.program, "connection to the database was lost", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    relay_stop(relay);
    serving_wait_state(&server, "unreachable", SERVING_MS);
    serving_stop(&server);
}
END_TEST

/* A server that is only silent: the last verdict stands until it is stale, and is good again when the network is. */
START_TEST(a_stalled_network_leaves_the_last_verdict_until_it_is_stale)
{
    struct relay *relay = relay_to_cluster("?connect_timeout=2");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_STALE_AFTER=13s", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    relay_stall(relay);
    int64_t begin_ms = wait_now_ms();
    serving_wait_state(&server, "unknown", 25000);
    ck_assert_int_ge(wait_now_ms() - begin_ms, 12000);
    ck_assert_ptr_null(strstr(program_err(server.program), "unreachable"));
    serving_check_value(&server, "/readyz", "checks.0.ok", "false");
    relay_resume(relay);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    relay_stop(relay);
}
END_TEST

static const char *second_host(const char *first_port, const char *parameters)
{
    snprintf(url, sizeof url, "postgresql://postgres@localhost:%s,127.0.0.1:%d%s%s", first_port,
             cluster_port(cluster_shared()), strrchr(server.url, '/'), parameters);
    return url;
}

START_TEST(a_dead_first_host_is_passed_over)
{
    server.url = second_host("1", "");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(a_silent_first_host_is_passed_over)
{
    struct relay *relay = relay_start("127.0.0.1:1");
    char port[16];
    relay_stall(relay);
    snprintf(port, sizeof port, "%d", relay_port(relay));
    server.url = second_host(port, "?connect_timeout=2");
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", 25000);
    serving_stop(&server);
    relay_stop(relay);
}
END_TEST

START_TEST(a_standby_is_watched_and_never_written)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true, .standby = true});
    server.url = cluster_url(cluster, "postgres");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.standby", "true");
    serving_check_value(&server, "/readyz", "checks.0.ok", "true");
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    serving_stop(&server);
    cluster_destroy(cluster);
}
END_TEST

/* A run that meets the standby fails; what made it fail passes with the promotion, and another run does the work. */
START_TEST(a_failover_in_the_middle_of_a_run_is_outlived)
{
    struct cluster *other = cluster_start(&(struct cluster_options){.tcp = true, .standby = true});
    PGconn *holder = sql_connect(cluster_url(cluster_shared(), "postgres"));
    PGconn *promoter = sql_connect(cluster_url(other, "postgres"));
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%d", cluster_port(cluster_shared()));
    struct relay *relay = relay_start(address);
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d,127.0.0.1:%d/postgres", relay_port(relay),
             cluster_port(other));
    server.url = url;
    sql_exec(holder, "SELECT pg_advisory_lock(%lld)",
             (long long)ledger_lock_key("postgres", "public", "alembic_version"));
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "waiting_for_lock", SERVING_MS);

    relay_stop(relay);
    program_wait_line(server.program, "is a standby: nothing can be migrated through it", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.0.standby", "true", SERVING_MS);
    sql_exec(promoter, "SELECT pg_promote()");

    serving_wait_state(&server, "ready", 2 * SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    serving_stop(&server);
    PQfinish(promoter);
    PQfinish(holder);
    cluster_destroy(other);
}
END_TEST

Suite *serve_database_suite(void)
{
    Suite *suite = suite_create("serve_database");
    TCase *tests = tcase_create("serve_database");
    tcase_set_timeout(tests, 90);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, waits_for_a_database_that_is_down);
    tcase_add_test(tests, a_refused_login_is_told_apart);
    tcase_add_test(tests, a_missing_database_is_told_apart);
    tcase_add_test(tests, a_dropped_connection_is_made_again_at_once);
    tcase_add_test(tests, sessions_that_are_dropped_at_once_make_no_hot_loop);
    tcase_add_test(tests, a_cut_network_heals);
    tcase_add_test(tests, a_stalled_network_leaves_the_last_verdict_until_it_is_stale);
    tcase_add_test(tests, a_dead_first_host_is_passed_over);
    tcase_add_test(tests, a_silent_first_host_is_passed_over);
    tcase_add_test(tests, a_standby_is_watched_and_never_written);
    tcase_add_test(tests, a_failover_in_the_middle_of_a_run_is_outlived);
    suite_add_tcase(suite, tests);
    return suite;
}
