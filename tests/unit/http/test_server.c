/* What the server answers. */
#include "http_fixture.h"

#include "base/memory.h"

#include <check.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Suite *server_suite(void);

static struct http_fixture fixture;

static const struct http_page not_ready = {.status = 503,
                                           .json = "{\"ok\":false,\"who\":\"alice\"}\n",
                                           .text = "alice waits\n",
                                           .retry_after = 5,
                                           .restricted_json = "{\"ok\":false}\n",
                                           .restricted_text = "waits\n"};
static const struct http_page healthy = {
    .status = 200, .json = "{\"status\":\"pass\"}\n", .text = "pass\n", .retry_after = 5};
static const struct http_page patient = {.status = 503, .json = "{\"ok\":false}\n"};
static const struct http_page alive = {.status = 200, .json = "{\"ok\":true}\n"};

static void start(void)
{
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    http_server_publish(fixture.server, HTTP_READYZ, &not_ready);
    http_server_publish(fixture.server, HTTP_HEALTH, &healthy);
    http_server_publish(fixture.server, HTTP_STARTUPZ, &patient);
    http_server_publish(fixture.server, HTTP_LIVEZ, &alive);
}

static void stop(void)
{
    http_fixture_stop(&fixture);
}

static char *ask(const char *request)
{
    return http_fixture_ask(&fixture, http_fixture_connect(&fixture, NULL, "127.0.0.1"), request);
}

static const struct {
    const char *what, *request;
    const char *status, *has, *body; /* NULL: not looked at */
    const char *lacks;
} answers[] = {
    {"a verdict", "GET /readyz HTTP/1.1", "503 ", "Retry-After: 5\r\n", "{\"ok\":false,\"who\":\"alice\"}\n", NULL},
    {"its type", "GET /readyz HTTP/1.1", "503 ", "Content-Type: application/json\r\n", NULL, NULL},
    {"not cached", "GET /readyz HTTP/1.1", "503 ", "Cache-Control: no-store\r\n", NULL, NULL},
    {"not sniffed", "GET /readyz HTTP/1.1", "503 ", "X-Content-Type-Options: nosniff\r\n", NULL, "Allow:"},
    {"no retry after 200", "GET /health HTTP/1.1", "200 ", NULL, "{\"status\":\"pass\"}\n", "Retry-After"},
    {"503 without a time", "GET /startupz HTTP/1.1", "503 ", NULL, "{\"ok\":false}\n", "Retry-After"},
    {"an alias", "GET /healthz HTTP/1.1", "200 ", NULL, "{\"ok\":true}\n", NULL},
    {"a slash at the end", "GET /livez/?x=1 HTTP/1.1", "200 ", NULL, "{\"ok\":true}\n", NULL},
    {"absolute form", "GET http://example/health?format=text HTTP/1.1", "200 ", NULL, "pass\n", NULL},
    {"HTTP/1.0", "GET /livez HTTP/1.0", "200 ", "Content-Length: 12\r\n", "{\"ok\":true}\n", NULL},
    {"nothing published", "GET /status HTTP/1.1", "503 ", "Retry-After: 1\r\n",
     "{\"ok\":false,\"state\":\"starting\"}\n", NULL},
    {"HEAD", "HEAD /readyz HTTP/1.1", "503 ", "Content-Length: 27\r\n", "", NULL},
    {"HEAD of what is not there", "HEAD / HTTP/1.1", "404 ", "Content-Type: application/json\r\n", "", NULL},
    {"OPTIONS, not ready", "OPTIONS /readyz HTTP/1.0", "503 ", "Allow: GET, HEAD, OPTIONS\r\n", "",
     "\r\nContent-Type"},
    {"OPTIONS, to be tried again", "OPTIONS /readyz HTTP/1.0", "503 ", "Retry-After: 5\r\n", "", NULL},
    {"OPTIONS, ready", "OPTIONS /health HTTP/1.1", "200 ", "Content-Length: 0\r\n", "", NULL},
    {"OPTIONS of what is not there", "OPTIONS * HTTP/1.1", "404 ", NULL, NULL, "Allow:"},
    {"POST", "POST /readyz HTTP/1.1", "405 ", "Allow: GET, HEAD, OPTIONS\r\n",
     "{\"ok\":false,\"error\":\"method not allowed\",\"methods\":[\"GET\",\"HEAD\",\"OPTIONS\"]}\n", NULL},
    {"POST with a body", "POST /readyz HTTP/1.1\r\nContent-Length: 100000\r\n\r\npart", "405 ", "Allow:", NULL, NULL},
    {"DELETE", "DELETE /livez HTTP/1.1", "405 ", "Content-Type: application/json\r\n", NULL, NULL},
    {"POST to what is not there", "POST /apply HTTP/1.1", "404 ", NULL, NULL, NULL},
    {"the root", "GET / HTTP/1.1", "404 ", NULL,
     "{\"ok\":false,\"error\":\"not found\",\"paths\":"
     "[\"/readyz\",\"/health\",\"/startupz\",\"/livez\",\"/healthz\",\"/status\"]}\n",
     NULL},
    {"GET with a body", "GET /livez HTTP/1.1\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", "200 ", NULL, NULL, NULL},
    {"text by query", "GET /health?format=text HTTP/1.1", "200 ", "Content-Type: text/plain; charset=utf-8\r\n",
     "pass\n", NULL},
    {"text by header", "GET /readyz HTTP/1.1\r\nAccept: text/plain", "503 ", "Retry-After: 5\r\n", "alice waits\n",
     NULL},
    {"text in a second header", "GET /health HTTP/1.1\r\nAccept: */*;q=0.1\r\naccept: text/plain", "200 ", NULL,
     "pass\n", NULL},
    {"a query beats the header", "GET /health?format=json HTTP/1.1\r\nAccept: text/plain", "200 ", NULL,
     "{\"status\":\"pass\"}\n", NULL},
    {"an unknown format", "GET /health?format=xml HTTP/1.1", "200 ", NULL, "{\"status\":\"pass\"}\n", NULL},
    {"a format without value", "GET /health?format HTTP/1.1", "200 ", NULL, "{\"status\":\"pass\"}\n", NULL},
    {"any type", "GET /health HTTP/1.1\r\nAccept: */*", "200 ", NULL, "{\"status\":\"pass\"}\n", NULL},
    {"a page without text", "GET /livez?format=text HTTP/1.1", "200 ", "application/json", "{\"ok\":true}\n", NULL},
    {"no text of 404", "GET /x?format=text HTTP/1.1", "404 ", "application/json", NULL, NULL},
};

START_TEST(answer)
{
    char *reply = ask(answers[_i].request);
    const char *what = answers[_i].what, *head_end = strstr(reply, "\r\n\r\n");
    ck_assert_msg(strncmp(reply, "HTTP/1.1 ", 9) == 0 && head_end != NULL, "%s: %s", what, reply);
    ck_assert_msg(strncmp(reply + 9, answers[_i].status, 4) == 0, "%s: %s", what, reply);
    ck_assert_msg(answers[_i].has == NULL || strstr(reply, answers[_i].has) != NULL, "%s: %s", what, reply);
    ck_assert_msg(answers[_i].lacks == NULL || strstr(reply, answers[_i].lacks) == NULL, "%s: %s", what, reply);
    ck_assert_msg(answers[_i].body == NULL || strcmp(head_end + 4, answers[_i].body) == 0, "%s: %s", what, reply);
    free(reply);
}
END_TEST

START_TEST(headers_too_large)
{
    static char request[40 * 1024];
    int start_length = snprintf(request, sizeof request, "GET /livez HTTP/1.1\r\nX: ");
    memset(request + start_length, 'x', sizeof request - 1 - (size_t)start_length);
    char *reply = ask(request);
    ck_assert_msg(strncmp(reply, "HTTP/1.1 431 ", 13) == 0, "%s", reply);
    free(reply);
}
END_TEST

/* ---- who sees details ---- */

enum via { VIA_LOOPBACK, VIA_LOOPBACK_PROXY, VIA_V6_LOOPBACK, VIA_V4_MAPPED, VIA_NETWORK, VIA_FILE };

static const struct {
    const char *what;
    enum http_details details;
    enum via via;
    bool full;
} policies[] = {
    {"always, from here", HTTP_DETAILS_ALWAYS, VIA_LOOPBACK, true},
    {"always, from the network", HTTP_DETAILS_ALWAYS, VIA_NETWORK, true},
    {"always, through a proxy", HTTP_DETAILS_ALWAYS, VIA_LOOPBACK_PROXY, true},
    {"loopback, from here", HTTP_DETAILS_LOOPBACK, VIA_LOOPBACK, true},
    {"loopback, through a proxy", HTTP_DETAILS_LOOPBACK, VIA_LOOPBACK_PROXY, false},
    {"loopback, by IPv6", HTTP_DETAILS_LOOPBACK, VIA_V6_LOOPBACK, true},
    {"loopback, IPv4 at an IPv6 socket", HTTP_DETAILS_LOOPBACK, VIA_V4_MAPPED, true},
    {"loopback, from the network", HTTP_DETAILS_LOOPBACK, VIA_NETWORK, false},
    {"loopback, by a file", HTTP_DETAILS_LOOPBACK, VIA_FILE, true},
    {"never, from here", HTTP_DETAILS_NEVER, VIA_LOOPBACK, false},
    {"never, by a file", HTTP_DETAILS_NEVER, VIA_FILE, false},
};

/* The address by which this machine reaches others, "" if it has none. Connecting a datagram socket sends nothing. */
static const char *network_address(char *host, socklen_t size)
{
    struct sockaddr_in remote = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0xCB007101)}}, own;
    socklen_t length = sizeof own;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    host[0] = '\0';
    if (connect(fd, (struct sockaddr *)&remote, sizeof remote) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &length) == 0)
        inet_ntop(AF_INET, &own.sin_addr, host, size);
    close(fd);
    return host;
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* A client that comes that way, -1 if this machine lacks it; the fixture is started. */
static int connect_via(enum via via, char *path, size_t size)
{
    char host[64] = "";
    snprintf(path, size, "/tmp/migrated-test-%d.sock", getpid());
    switch (via) {
    case VIA_FILE: {
        char listen[128];
        snprintf(listen, sizeof listen, "unix:%s", path);
        http_fixture_start(&fixture, listen, -1);
        return http_fixture_connect_file(path);
    }
    case VIA_V6_LOOPBACK:
    case VIA_V4_MAPPED:
        if (!has_ipv6())
            return -1;
        http_fixture_start(&fixture, "[::]:0", -1);
        return http_fixture_connect(&fixture, NULL, via == VIA_V4_MAPPED ? "127.0.0.1" : "::1");
    case VIA_NETWORK:
        if (network_address(host, sizeof host)[0] == '\0')
            return -1;
        http_fixture_start(&fixture, ":0", -1);
        return http_fixture_connect(&fixture, NULL, host);
    default:
        http_fixture_start(&fixture, "127.0.0.1:0", -1);
        return http_fixture_connect(&fixture, NULL, "127.0.0.1");
    }
}

START_TEST(details)
{
    char path[100];
    int client = connect_via(policies[_i].via, path, sizeof path);
    if (client < 0)
        return;
    http_server_publish(fixture.server, HTTP_READYZ, &not_ready);
    http_server_set_details(fixture.server, policies[_i].details);
    const char *request = policies[_i].via == VIA_LOOPBACK_PROXY
                              ? "GET /readyz?format=text HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9"
                              : "GET /readyz?format=text HTTP/1.1";
    char *reply = http_fixture_ask(&fixture, client, request);
    ck_assert_msg(strncmp(reply, "HTTP/1.1 503", 12) == 0, "%s: %s", policies[_i].what, reply);
    ck_assert_msg((strstr(reply, "alice") != NULL) == policies[_i].full, "%s: %s", policies[_i].what, reply);
    free(reply);
    http_fixture_stop(&fixture);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(details_in_json_and_without_a_restricted_form)
{
    http_server_set_details(fixture.server, HTTP_DETAILS_NEVER);
    char *reply = ask("GET /readyz HTTP/1.1");
    ck_assert_ptr_nonnull(strstr(reply, "\r\n\r\n{\"ok\":false}\n"));
    free(reply);
    reply = ask("GET /health HTTP/1.1");
    ck_assert_ptr_nonnull(strstr(reply, "\r\n\r\n{\"status\":\"pass\"}\n"));
    free(reply);
}
END_TEST

/* ---- publishing ---- */

static void publish_fresh(struct http_fixture *serving)
{
    char body[64];
    snprintf(body, sizeof body, "request %u\n", serving->n_requests);
    struct http_page fresh = {.status = 200, .json = body};
    http_server_publish(serving->server, HTTP_STARTUPZ, &fresh);
}

START_TEST(fresh_page_on_request)
{
    fixture.before_request = publish_fresh;
    for (unsigned i = 1; i <= 3; i++) {
        char expected[64], *reply = ask("GET /startupz HTTP/1.1");
        snprintf(expected, sizeof expected, "\r\n\r\nrequest %u\n", i);
        ck_assert_ptr_nonnull(strstr(reply, expected));
        free(reply);
    }
    ck_assert_uint_eq(fixture.last_page, HTTP_STARTUPZ);
    free(ask("GET /nowhere HTTP/1.1"));
    free(ask("POST /startupz HTTP/1.1"));
    ck_assert_uint_eq(fixture.n_requests, 3);
}
END_TEST

/* A client that reads slowly gets the old body to its end, whatever is published meanwhile. */
START_TEST(republished_in_flight)
{
    enum { SIZE = 8 * 1024 * 1024 };
    char *body = memory_alloc(SIZE + 1), *reply = memory_alloc(SIZE + 4096);
    memset(body, 'a', SIZE);
    struct http_page large = {.status = 200, .json = body}, small = {.status = 200, .json = "new\n"};
    http_server_publish(fixture.server, HTTP_STATUS, &large);

    int client = http_fixture_connect(&fixture, NULL, "127.0.0.1");
    static const char request[] = "GET /status HTTP/1.1\r\nHost: x\r\n\r\n";
    http_fixture_send(&fixture, client, request, sizeof request - 1);
    ck_assert(http_fixture_read_until(&fixture, client, "\r\n\r\n", reply, SIZE + 4096));
    size_t early = strlen(reply);
    ck_assert_uint_lt(early, SIZE / 2);

    memset(body, 'b', SIZE);
    http_server_publish(fixture.server, HTTP_STATUS, &large);
    http_server_publish(fixture.server, HTTP_STATUS, &small);
    http_fixture_send(&fixture, client, request, sizeof request - 1);
    ck_assert(http_fixture_read_until(&fixture, client, "new\n", reply + early, SIZE + 4096 - early));
    ck_assert_uint_eq(strspn(strstr(reply, "\r\n\r\n") + 4, "a"), SIZE);
    ck_assert_ptr_null(strstr(reply, "bbb"));
    close(client);
    free(body);
    free(reply);
}
END_TEST

/* ---- connections ---- */

START_TEST(pipelined)
{
    enum { N = 50 };
    struct http_page page = {.status = 200, .json = "."};
    http_server_publish(fixture.server, HTTP_STARTUPZ, &page);
    char *requests = memory_alloc(8192), *reply = memory_alloc(65536);
    for (int i = 0; i < N; i++)
        strcat(requests,
               i < N - 1 ? "GET /startupz HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /health?format=text HTTP/1.1\r\n\r\n");
    int client = http_fixture_connect(&fixture, NULL, "127.0.0.1");
    http_fixture_send(&fixture, client, requests, strlen(requests));
    ck_assert(http_fixture_read_until(&fixture, client, "pass\n", reply, 65536));
    ck_assert_uint_eq(http_fixture_count(reply, "HTTP/1.1 200 OK\r\n"), N);
    close(client);
    free(requests);
    free(reply);
}
END_TEST

static size_t ignore_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

static CURL *curl_client(const char *path)
{
    char url[128];
    snprintf(url, sizeof url, "%s%s", http_server_url(fixture.server), path);
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 8L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
    return curl;
}

/* Carry out one transfer; returns the HTTP status, 0 if there was none. */
static long curl_ask(CURLM *multi, CURL *curl)
{
    int running = 1;
    long status = 0;
    curl_multi_add_handle(multi, curl);
    while (running > 0) {
        curl_multi_perform(multi, &running);
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi, curl);
    return status;
}

START_TEST(kept_alive)
{
    CURLM *multi = curl_multi_init();
    CURL *curl = curl_client("/health");
    for (int i = 0; i < 2000; i++) {
        long connections = -1;
        curl_easy_setopt(curl, CURLOPT_NOBODY, (long)(i % 3 == 0));
        ck_assert_int_eq(curl_ask(multi, curl), 200);
        curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connections);
        ck_assert_int_eq(connections, i == 0);
    }
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
}
END_TEST

START_TEST(large_upload_refused)
{
    enum { SIZE = 3 * 1024 * 1024 };
    char *body = memory_alloc(SIZE);
    CURLM *multi = curl_multi_init();
    CURL *curl = curl_client("/health");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)SIZE);
    ck_assert_int_eq(curl_ask(multi, curl), 405);
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
    free(body);
}
END_TEST

Suite *server_suite(void)
{
    Suite *suite = suite_create("http/server");
    TCase *tests = tcase_create("answers");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, answer, 0, sizeof answers / sizeof *answers);
    tcase_add_test(tests, headers_too_large);
    tcase_add_test(tests, details_in_json_and_without_a_restricted_form);
    tcase_add_test(tests, fresh_page_on_request);
    tcase_add_test(tests, republished_in_flight);
    tcase_add_test(tests, pipelined);
    tcase_add_test(tests, kept_alive);
    tcase_add_test(tests, large_upload_refused);
    tcase_set_timeout(tests, 30);
    suite_add_tcase(suite, tests);

    TCase *policy = tcase_create("details");
    tcase_add_loop_test(policy, details, 0, sizeof policies / sizeof *policies);
    suite_add_tcase(suite, policy);
    return suite;
}
