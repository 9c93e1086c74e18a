#include "http_fixture.h"

#include "base/memory.h"
#include "support/wait.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEADLINE_MS = 8000, REPLY_MAX = 64 * 1024 };

static void on_before_request(void *context, enum http_page_id page)
{
    struct http_fixture *fixture = context;
    fixture->n_requests++;
    fixture->last_page = page;
    if (fixture->before_request != NULL)
        fixture->before_request(fixture);
}

static void on_closed(void *context)
{
    struct http_fixture *fixture = context;
    fixture->closed = true;
}

void http_fixture_start(struct http_fixture *fixture, const char *listen, int inherited_fd)
{
    *fixture = (struct http_fixture){0};
    ck_assert_int_eq(uv_loop_init(&fixture->loop), 0);
    struct error error = {0};
    struct http_options options = {.listen = listen,
                                   .inherited_fd = inherited_fd,
                                   .details = HTTP_DETAILS_LOOPBACK,
                                   .before_request = on_before_request,
                                   .context = fixture};
    fixture->server = http_server_create(&fixture->loop, &options, &error);
    ck_assert_msg(fixture->server != NULL, "%s", error.message);
}

void http_fixture_stop(struct http_fixture *fixture)
{
    if (fixture->server != NULL)
        http_server_close(fixture->server, on_closed, fixture);
    ck_assert_msg(!fixture->closed, "closed from within the call");
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    ck_assert(fixture->closed);
    ck_assert_int_eq(uv_loop_close(&fixture->loop), 0);
}

struct error http_fixture_refused(const char *listen, int inherited_fd)
{
    uv_loop_t loop;
    struct error error = {0};
    struct http_options options = {.listen = listen, .inherited_fd = inherited_fd};
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    ck_assert_ptr_null(http_server_create(&loop, &options, &error));
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    return error;
}

unsigned short http_fixture_port(const struct http_fixture *fixture)
{
    return (unsigned short)strtoul(strrchr(http_server_url(fixture->server), ':') + 1, NULL, 10);
}

static int connected(int fd, const struct sockaddr *address, socklen_t size)
{
    ck_assert_msg(connect(fd, address, size) == 0, "connect: %s", strerror(errno));
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

int http_fixture_connect(const struct http_fixture *fixture, const char *from, const char *to)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(http_fixture_port(fixture))};
    if (inet_pton(AF_INET6, to, &v6.sin6_addr) == 1)
        return connected(socket(AF_INET6, SOCK_STREAM, 0), (struct sockaddr *)&v6, sizeof v6);

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (from != NULL) {
        inet_pton(AF_INET, from, &v4.sin_addr);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&v4, sizeof v4), 0);
    }
    v4.sin_port = htons(http_fixture_port(fixture));
    ck_assert_int_eq(inet_pton(AF_INET, to, &v4.sin_addr), 1);
    return connected(fd, (struct sockaddr *)&v4, sizeof v4);
}

int http_fixture_connect_file(const char *path)
{
    struct sockaddr_un file = {.sun_family = AF_UNIX};
    memcpy(file.sun_path, path, strlen(path) + 1);
    return connected(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&file, sizeof file);
}

static void turn(struct http_fixture *fixture, int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    poll(&ready, 1, 1);
}

void http_fixture_send(struct http_fixture *fixture, int fd, const char *bytes, size_t size)
{
    int64_t end_ms = wait_end_ms(DEADLINE_MS);
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (errno != EAGAIN)
            return; /* the server has closed: what it said can still be read */
        ck_assert_msg(wait_left_ms(end_ms) > 0, "the server does not read");
        turn(fixture, fd, POLLOUT);
    }
}

bool http_fixture_read_until(struct http_fixture *fixture, int fd, const char *text, char *reply, size_t size)
{
    int64_t end_ms = wait_end_ms(DEADLINE_MS);
    size_t length = strlen(reply);
    while (strstr(reply, text) == NULL) {
        ck_assert_msg(wait_left_ms(end_ms) > 0, "no answer, only: %.2000s", reply);
        ck_assert_msg(length + 1 < size, "more than %zu bytes of answer", size);
        turn(fixture, fd, POLLIN);
        ssize_t received = recv(fd, reply + length, size - length - 1, 0);
        if (received == 0 || (received < 0 && errno != EAGAIN))
            return false;
        if (received > 0)
            reply[length += (size_t)received] = '\0';
    }
    return true;
}

char *http_fixture_ask(struct http_fixture *fixture, int fd, const char *request)
{
    char *reply = memory_alloc(REPLY_MAX);
    http_fixture_send(fixture, fd, request, strlen(request));
    static const char end[] = "\r\nConnection: close\r\n\r\n";
    http_fixture_send(fixture, fd, end, sizeof end - 1);
    http_fixture_read_until(fixture, fd, "\x01", reply, REPLY_MAX); /* never sent: until the end */
    close(fd);
    return reply;
}

unsigned http_fixture_count(const char *haystack, const char *needle)
{
    unsigned count = 0;
    for (const char *at = haystack; (at = strstr(at, needle)) != NULL; at += strlen(needle))
        count++;
    return count;
}
