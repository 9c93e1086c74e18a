/* Where the server listens. */
#include "http_fixture.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

Suite *listener_suite(void);

static struct http_fixture fixture;
static char folder[] = "/tmp/migrated-test-XXXXXX", path[64], address[80];

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(address, sizeof address, "unix:%s", path);
}

static void remove_folder(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

static void answers(int client)
{
    char *reply = http_fixture_ask(&fixture, client, "GET /livez HTTP/1.1");
    ck_assert_msg(strncmp(reply, "HTTP/1.1 503 ", 13) == 0, "%s", reply);
    free(reply);
}

static const struct {
    const char *listen, *url; /* the URL's beginning */
    const char *clients[2];
} addresses[] = {
    {"127.0.0.1:0", "http://127.0.0.1:", {"127.0.0.1"}},
    {"127.0.0.2:00", "http://127.0.0.2:", {"127.0.0.2"}},
    {"localhost:0", "http://127.0.0.1:", {"127.0.0.1"}},
    {"0.0.0.0:0", "http://0.0.0.0:", {"127.0.0.1", "127.0.0.2"}},
    {"[::]:0", "http://[::]:", {"127.0.0.1", "::1"}},
    {":0", "http://[::]:", {"127.0.0.1", "::1"}},
    {"[::1]:0", "http://[::1]:", {"::1"}},
};

static bool has_ipv6(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

START_TEST(bound)
{
    if (strchr(addresses[_i].url, '[') != NULL && !has_ipv6())
        return;
    const char *url = addresses[_i].url;
    http_fixture_start(&fixture, addresses[_i].listen, -1);
    const char *bound_to = http_server_url(fixture.server);
    ck_assert_msg(strncmp(bound_to, url, strlen(url)) == 0, "%s: %s", addresses[_i].listen, bound_to);
    ck_assert_uint_gt(http_fixture_port(&fixture), 0);
    for (int i = 0; i < 2 && addresses[_i].clients[i] != NULL; i++)
        answers(http_fixture_connect(&fixture, NULL, addresses[_i].clients[i]));
    http_fixture_stop(&fixture);
}
END_TEST

static const struct {
    const char *listen, *message;
} refusals[] = {
    {"", "the port is missing"},
    {"8088", "the port is missing"},
    {"localhost", "the port is missing"},
    {"127.0.0.1:", "not a number from 0 to 65535"},
    {"127.0.0.1:http", "not a number from 0 to 65535"},
    {"127.0.0.1:65536", "not a number from 0 to 65535"},
    {"127.0.0.1:-1", "not a number from 0 to 65535"},
    {"127.0.0.1: 80", "not a number from 0 to 65535"},
    {"127.0.0.1:000080", "not a number from 0 to 65535"},
    {"127.0.0.1:8088/", "not a number from 0 to 65535"},
    {"::1:8088", "an IPv6 address stands in brackets"},
    {"[::1:8088", "brackets"},
    {"[::1]8088", "brackets"},
    {"[]:8088", "brackets"},
    {"http://127.0.0.1:8088", "not a URL"},
    {"unix:", "the path is missing"},
    {"unix:/a-path-that-is-longer-than-the-hundred-and-seven-bytes-that-the-address-of-a-unix-socket-has-room-"
     "for-in-linux",
     "at most 107 bytes"},
    {"unix:/nowhere/socket", "No such file or directory"},
    {"[::zz]:8088", "host \"::zz\""},
    {"256.0.0.1.invalid:8088", "host \"256.0.0.1.invalid\""},
    {"203.0.113.7:8088", "Cannot assign requested address"},
};

START_TEST(refused)
{
    struct error error = http_fixture_refused(refusals[_i].listen, -1);
    ck_assert_msg(strstr(error.message, refusals[_i].message) != NULL, "%s", error.message);
    ck_assert_msg(strstr(error.message, refusals[_i].listen) != NULL, "%s", error.message);
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_ne(error.next, "");
}
END_TEST

START_TEST(address_taken)
{
    char taken[32], hint[64];
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    snprintf(taken, sizeof taken, "127.0.0.1:%u", http_fixture_port(&fixture));
    snprintf(hint, sizeof hint, "`ss -ltnp 'sport = :%u'`", http_fixture_port(&fixture));
    struct error error = http_fixture_refused(taken, -1);
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.message, taken));
    ck_assert_ptr_nonnull(strstr(error.message, "in use"));
    ck_assert_ptr_nonnull(strstr(error.next, hint));
    answers(http_fixture_connect(&fixture, NULL, "127.0.0.1"));
    http_fixture_stop(&fixture);
}
END_TEST

/* The port of a server that closed first: its connections linger in TIME_WAIT. */
START_TEST(address_reused)
{
    char again[32];
    http_fixture_start(&fixture, "127.0.0.1:0", -1);
    snprintf(again, sizeof again, "127.0.0.1:%u", http_fixture_port(&fixture));
    answers(http_fixture_connect(&fixture, NULL, "127.0.0.1"));
    http_fixture_stop(&fixture);
    http_fixture_start(&fixture, again, -1);
    http_fixture_stop(&fixture);
}
END_TEST

/* ---- files ---- */

START_TEST(file)
{
    struct stat status;
    mode_t before = umask(0);
    http_fixture_start(&fixture, address, -1);
    umask(before);
    ck_assert_str_eq(http_server_url(fixture.server), address);
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0660);
    answers(http_fixture_connect_file(path));
    http_fixture_stop(&fixture);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static int bind_file(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

static void leave_stale_file(void)
{
    close(bind_file());
}

START_TEST(stale_file_replaced)
{
    leave_stale_file();
    http_fixture_start(&fixture, address, -1);
    answers(http_fixture_connect_file(path));
    http_fixture_stop(&fixture);
}
END_TEST

START_TEST(file_in_use_left_alone)
{
    http_fixture_start(&fixture, address, -1);
    struct error error = http_fixture_refused(address, -1);
    ck_assert_ptr_nonnull(strstr(error.message, "in use"));
    ck_assert_ptr_nonnull(strstr(error.next, path));
    answers(http_fixture_connect_file(path));
    http_fixture_stop(&fixture);
}
END_TEST

/* A process that is alive, but too busy to take one more connection. */
START_TEST(busy_file_left_alone)
{
    int fd = bind_file();
    listen(fd, 0);
    int waiting = http_fixture_connect_file(path);
    struct error error = http_fixture_refused(address, -1);
    ck_assert_ptr_nonnull(strstr(error.message, "in use"));
    ck_assert_int_eq(access(path, F_OK), 0);
    close(waiting);
    close(fd);
}
END_TEST

START_TEST(other_file_left_alone)
{
    struct stat status;
    close(open(path, O_CREAT | O_WRONLY, 0600));
    struct error error = http_fixture_refused(address, -1);
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.next, "no socket"));
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISREG(status.st_mode));
}
END_TEST

START_TEST(successors_file_left_alone)
{
    http_fixture_start(&fixture, address, -1);
    unlink(path);
    leave_stale_file();
    http_fixture_stop(&fixture);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* ---- sockets from systemd ---- */

static int loopback_socket(int type)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    return fd;
}

START_TEST(inherited)
{
    int fd = loopback_socket(SOCK_STREAM);
    listen(fd, 5);
    http_fixture_start(&fixture, "not an address, and not looked at", fd);
    ck_assert_int_eq(strncmp(http_server_url(fixture.server), "http://127.0.0.1:", 17), 0);
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    answers(http_fixture_connect(&fixture, NULL, "127.0.0.1"));
    http_fixture_stop(&fixture);
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(inherited_file_stays)
{
    int fd = bind_file();
    listen(fd, 5);
    http_fixture_start(&fixture, NULL, fd);
    ck_assert_str_eq(http_server_url(fixture.server), address);
    answers(http_fixture_connect_file(path));
    http_fixture_stop(&fixture);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(inherited_unfit)
{
    int unfit[] = {loopback_socket(SOCK_STREAM), loopback_socket(SOCK_DGRAM), open("/dev/null", O_RDONLY)};
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
        struct error error = http_fixture_refused(NULL, unfit[i]);
        ck_assert_int_eq(error.code, ERROR_CONFIG);
        ck_assert_ptr_nonnull(strstr(error.message, "systemd"));
        ck_assert_int_eq(fcntl(unfit[i], F_GETFD), -1);
    }
}
END_TEST

Suite *listener_suite(void)
{
    Suite *suite = suite_create("http/listener");
    TCase *tests = tcase_create("addresses");
    tcase_add_loop_test(tests, bound, 0, sizeof addresses / sizeof *addresses);
    tcase_add_loop_test(tests, refused, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tests, address_taken);
    tcase_add_test(tests, address_reused);
    suite_add_tcase(suite, tests);

    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, file);
    tcase_add_test(files, stale_file_replaced);
    tcase_add_test(files, file_in_use_left_alone);
    tcase_add_test(files, busy_file_left_alone);
    tcase_add_test(files, other_file_left_alone);
    tcase_add_test(files, successors_file_left_alone);
    tcase_add_test(files, inherited_file_stays);
    suite_add_tcase(suite, files);

    TCase *handed_over = tcase_create("from systemd");
    tcase_add_test(handed_over, inherited);
    tcase_add_test(handed_over, inherited_unfit);
    suite_add_tcase(suite, handed_over);
    return suite;
}
