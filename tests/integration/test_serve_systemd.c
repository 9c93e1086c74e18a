/* `migrated serve` under systemd: notifications, socket activation; and on a Unix socket. */
#include "serving.h"
#include "support/notify_sink.h"
#include "support/port.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *serve_systemd_suite(void);

static struct serving server;
static struct notify_sink *sink;

static void set_up(void)
{
    serving_create(&server);
    folder_write(server.files, "0001_first.sql", "CREATE TABLE first (id int);");
    sink = notify_sink_create();
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    notify_sink_destroy(sink);
}

START_TEST(tells_systemd_of_its_life)
{
    folder_write(server.files, "0002_long.sql", "SELECT pg_sleep(2);");
    serving_start(&server, notify_sink_variable(sink), "WATCHDOG_USEC=400000", NULL);
    notify_sink_wait(sink, "READY=1", SERVING_MS);
    serving_check_value(&server, "/livez", "ok", "true"); /* HTTP is up by then */
    const char *status = notify_sink_wait(sink, "STATUS=applying", SERVING_MS);
    ck_assert_str_eq(status, "STATUS=applying 1/2 0001_first");
    notify_sink_wait(sink, "EXTEND_TIMEOUT_USEC=", SERVING_MS);
    notify_sink_wait(sink, "STATUS=ready: ", SERVING_MS);
    int64_t begin_ms = wait_now_ms();
    for (int i = 0; i < 3; i++)
        notify_sink_wait(sink, "WATCHDOG=1", SERVING_MS);
    ck_assert_int_le(wait_now_ms() - begin_ms, 5 * 400 * wait_patience());

    program_signal(server.program, SIGHUP);
    notify_sink_wait(sink, "RELOADING=1", SERVING_MS);
    notify_sink_wait(sink, "MONOTONIC_USEC=", SERVING_MS);
    notify_sink_wait(sink, "READY=1", SERVING_MS);
    serving_stop(&server);
    notify_sink_wait(sink, "STOPPING=1", SERVING_MS);
}
END_TEST

/* The shell puts a socket of systemd-socket-activate's kind on descriptor 3. */
START_TEST(takes_a_socket_from_systemd)
{
    char url[512], files[600], listen[64];
    const char *migrated = getenv("MIGRATED_PROGRAM");
    if (access("/usr/bin/systemd-socket-activate", X_OK) != 0)
        return;
    char *path = realpath(migrated != NULL ? migrated : "build/migrated", NULL);
    snprintf(url, sizeof url, "--setenv=DATABASE_URL=%s", server.url);
    snprintf(files, sizeof files, "--setenv=MIGRATED_MIGRATIONS=%s", folder_path(server.files));
    snprintf(listen, sizeof listen, "127.0.0.1:%d", port_free());
    struct program *program = program_start(&(struct program_options){.path = "/usr/bin/systemd-socket-activate"},
                                            "-l", listen, url, files, "--setenv=MIGRATED_LOG_FORMAT=text",
                                            "--setenv=MIGRATED_LISTEN=127.0.0.1:1", path, "serve", NULL);
    program_wait_line(program, "Listening on", SERVING_MS);
    char http[128];
    snprintf(http, sizeof http, "http://%s/readyz", listen);
    http_wait_status(http, 200, SERVING_MS);
    program_wait_line(program, "listening on http://127.0.0.1:", SERVING_MS);
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SERVING_MS), 0);
    program_stop(program);
    free(path);
}
END_TEST

START_TEST(listens_on_a_unix_socket)
{
    char variable[600], path[512];
    struct http_response response;
    struct stat status;
    struct folder *run = folder_create();
    snprintf(path, sizeof path, "%s", folder_file(run, "http"));
    snprintf(variable, sizeof variable, "MIGRATED_LISTEN=unix:%s", path);
    serving_start(&server, variable, NULL);
    ck_assert_str_eq(server.http + strlen("unix:"), path);
    http_request(&(struct http_request){.url = "http://localhost/livez", .unix_socket = path}, &response);
    ck_assert_int_eq(response.status, 200);
    http_response_finish(&response);
    serving_stop(&server);
    ck_assert_int_ne(stat(path, &status), 0);
    folder_destroy(run);
}
END_TEST

Suite *serve_systemd_suite(void)
{
    Suite *suite = suite_create("serve_systemd");
    TCase *tests = tcase_create("serve_systemd");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, tells_systemd_of_its_life);
    tcase_add_test(tests, takes_a_socket_from_systemd);
    tcase_add_test(tests, listens_on_a_unix_socket);
    suite_add_tcase(suite, tests);
    return suite;
}
