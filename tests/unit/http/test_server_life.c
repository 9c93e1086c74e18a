/* Many clients, bad clients, and the end. */
#include "http_fixture.h"

#include "base/memory.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

Suite *server_life_suite(void);

static const char request[] = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
static struct http_fixture fixture;

static void start(void)
{
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
}

static void stop(void)
{
    http_fixture_stop(&fixture);
}

static int connect_client(void)
{
    return http_fixture_connect(&fixture, NULL, "127.0.0.1");
}

static void answers(int client)
{
    char *reply = http_fixture_ask(&fixture, client, "GET /livez HTTP/1.1");
    ck_assert_msg(strncmp(reply, "HTTP/1.1 503 ", 13) == 0, "%s", reply);
    free(reply);
}

static unsigned n_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

START_TEST(short_connections)
{
    answers(connect_client());
    unsigned before = n_descriptors();
    for (int i = 0; i < 1500; i++) {
        int client = connect_client();
        if (i % 3 == 0)
            close(client); /* has nothing to say */
        else
            answers(client);
    }
    answers(connect_client());
    ck_assert_uint_eq(n_descriptors(), before);
}
END_TEST

START_TEST(slow_clients)
{
    enum { SLOW = 100 };
    int slow[SLOW];
    char reply[1024] = "";
    for (int i = 0; i < SLOW; i++)
        http_fixture_send(&fixture, slow[i] = connect_client(), request, (size_t)i % (sizeof request - 1));
    for (int i = 0; i < 20; i++)
        answers(connect_client());

    int patient = slow[0]; /* has sent nothing yet: byte by byte, and it is answered, too */
    for (size_t i = 0; i < sizeof request - 1; i++)
        http_fixture_send(&fixture, patient, request + i, 1), uv_run(&fixture.loop, UV_RUN_NOWAIT);
    ck_assert(http_fixture_read_until(&fixture, patient, "\"starting\"}\n", reply, sizeof reply));
    for (int i = 0; i < SLOW; i++)
        close(slow[i]);
}
END_TEST

/* A client that has read nothing of a large answer does not hold up others, nor what it leaves behind when it goes. */
START_TEST(client_gone_in_mid_answer)
{
    char *body = memory_alloc(4 * 1024 * 1024 + 1), reply[256] = "";
    memset(body, 'x', 4 * 1024 * 1024);
    struct http_page large = {.status = 200, .json = body};
    http_server_publish(fixture.server, HTTP_STATUS, &large);
    int client = connect_client();
    http_fixture_send(&fixture, client, "GET /status HTTP/1.1\r\n\r\n", 24);
    http_fixture_read_until(&fixture, client, "200", reply, sizeof reply);
    answers(connect_client());
    close(client);
    answers(connect_client());
    free(body);
}
END_TEST

/* Garbage ends a connection, not the server. */
START_TEST(garbage)
{
    static const char *const lines[] = {"\r\n\r\n\r\n", "\x16\x03\x01\x02", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                        "0"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        int client = connect_client();
        http_fixture_send(&fixture, client, lines[i], strlen(lines[i]));
        answers(connect_client());
        close(client);
    }
    answers(connect_client());
}
END_TEST

/* ---- the connection limit ---- */

static void start_with_descriptors(rlim_t count)
{
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = (struct rlimit){count, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    http_fixture_start(&fixture, "0.0.0.0:0", -1);
    setrlimit(RLIMIT_NOFILE, &before);
}

START_TEST(full)
{
    enum { LIMIT = 32, PER_HOST = 24 };
    int held[LIMIT];
    char reply[1024] = "";
    start_with_descriptors(2 * LIMIT);
    for (int i = 0; i < LIMIT; i++) {
        held[i] = http_fixture_connect(&fixture, i < PER_HOST ? "127.0.0.1" : "127.0.0.2", "127.0.0.1");
        http_fixture_send(&fixture, held[i], request, sizeof request - 1);
        reply[0] = '\0';
        ck_assert_msg(http_fixture_read_until(&fixture, held[i], "}\n", reply, sizeof reply), "client %d", i);
        if (i == PER_HOST - 1) { /* one host cannot take all */
            int refused = http_fixture_connect(&fixture, "127.0.0.1", "127.0.0.1");
            reply[0] = '\0';
            ck_assert(!http_fixture_read_until(&fixture, refused, "}\n", reply, sizeof reply));
            close(refused);
        }
    }
    int waiting = http_fixture_connect(&fixture, "127.0.0.3", "127.0.0.1");
    http_fixture_send(&fixture, waiting, request, sizeof request - 1);
    for (int i = 0; i < 10; i++)
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    ck_assert_int_lt(recv(waiting, reply, sizeof reply, 0), 0);

    close(held[0]);
    reply[0] = '\0';
    ck_assert(http_fixture_read_until(&fixture, waiting, "}\n", reply, sizeof reply));
    for (int i = 1; i < LIMIT; i++)
        close(held[i]);
    close(waiting);
    http_fixture_stop(&fixture);
}
END_TEST

/* ---- the end ---- */

START_TEST(closed_with_open_connections)
{
    char reply[1024] = "";
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    int idle = connect_client(), half = connect_client(), kept = connect_client();
    http_fixture_send(&fixture, half, request, 10);
    http_fixture_send(&fixture, kept, request, sizeof request - 1);
    ck_assert(http_fixture_read_until(&fixture, kept, "}\n", reply, sizeof reply));

    http_fixture_stop(&fixture);
    int clients[] = {idle, half, kept};
    for (int i = 0; i < 3; i++) {
        ssize_t received = recv(clients[i], reply, sizeof reply, 0);
        ck_assert_msg(received == 0 || (received < 0 && errno != EAGAIN), "client %d is still connected", i);
        close(clients[i]);
    }
}
END_TEST

static void note_closed(void *context)
{
    struct http_fixture *serving = context;
    serving->closed = true;
}

static void close_now(struct http_fixture *serving)
{
    http_server_close(serving->server, note_closed, serving);
    serving->server = NULL;
    ck_assert(!serving->closed);
}

START_TEST(closed_from_within_a_request)
{
    char reply[1024] = "";
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    fixture.before_request = close_now;
    int client = connect_client();
    http_fixture_send(&fixture, client, request, sizeof request - 1);
    http_fixture_send(&fixture, client, request, sizeof request - 1);
    http_fixture_read_until(&fixture, client, "\x01", reply, sizeof reply);
    ck_assert_uint_eq(fixture.n_requests, 1);
    close(client);
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    ck_assert(fixture.closed);
    ck_assert_int_eq(uv_loop_close(&fixture.loop), 0);
}
END_TEST

START_TEST(closed_unused)
{
    http_fixture_start(&fixture, "127.0.0.1:0", -1); /* the first loop of a process keeps two descriptors */
    http_fixture_stop(&fixture);
    unsigned before = n_descriptors();
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    http_fixture_stop(&fixture);
    ck_assert_uint_eq(n_descriptors(), before);
}
END_TEST

/* An idle server costs nothing: the loop has neither events nor timers, so that it would sleep. */
START_TEST(idle)
{
    answers(connect_client());
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    ck_assert_int_eq(uv_backend_timeout(&fixture.loop), -1);
}
END_TEST

Suite *server_life_suite(void)
{
    Suite *suite = suite_create("http/server_life");
    TCase *tests = tcase_create("clients");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, short_connections);
    tcase_add_test(tests, slow_clients);
    tcase_add_test(tests, client_gone_in_mid_answer);
    tcase_add_test(tests, garbage);
    tcase_add_test(tests, idle);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);

    TCase *life = tcase_create("life");
    tcase_add_test(life, full);
    tcase_add_test(life, closed_with_open_connections);
    tcase_add_test(life, closed_from_within_a_request);
    tcase_add_test(life, closed_unused);
    tcase_set_timeout(life, 30);
    suite_add_tcase(suite, life);
    return suite;
}
