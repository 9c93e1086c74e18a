#include "notify/systemd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *systemd_suite(void);

static struct systemd service;
static int manager = -1;
static char name[64]; /* of the manager's socket, as in NOTIFY_SOCKET */

/* Be the service manager at a path or at an abstract name. */
static void listen_as_manager(bool abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(name, sizeof name, "%smigrated-test-%d", abstract ? "@" : "/tmp/", getpid());
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (abstract)
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !abstract);
    ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, size), 0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static void forget(void)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

static void finish(void)
{
    systemd_finish(&service);
    close(manager);
    if (name[0] == '/')
        unlink(name);
    forget();
}

static const char *received(void)
{
    static char message[2048];
    ssize_t size = recv(manager, message, sizeof message - 1, 0);
    if (size < 0)
        return "nothing";
    message[size] = '\0';
    return message;
}

static void send_all(void)
{
    systemd_ready(&service);
    ck_assert_str_eq(received(), "READY=1");
    systemd_status(&service, "applying 0052_x (2 of 7)\nwith a second line");
    ck_assert_str_eq(received(), "STATUS=applying 0052_x (2 of 7)");
    systemd_reloading(&service, 18446744073709551615u);
    ck_assert_str_eq(received(), "RELOADING=1\nMONOTONIC_USEC=18446744073709551615");
    systemd_extend_timeout(&service, 30000);
    ck_assert_str_eq(received(), "EXTEND_TIMEOUT_USEC=30000000");
    systemd_watchdog(&service);
    ck_assert_str_eq(received(), "WATCHDOG=1");
    systemd_stopping(&service);
    ck_assert_str_eq(received(), "STOPPING=1");
    ck_assert_str_eq(received(), "nothing");
}

START_TEST(messages)
{
    listen_as_manager(_i == 1);
    systemd_init(&service);
    ck_assert_int_ge(service.socket, 0);
    ck_assert_int_ne(fcntl(service.socket, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    ck_assert_uint_eq(service.watchdog_ms, 0);
    send_all();
}
END_TEST

START_TEST(long_status)
{
    char status[2000];
    memset(status, 's', sizeof status - 1);
    status[sizeof status - 1] = '\0';
    listen_as_manager(true);
    systemd_init(&service);
    systemd_status(&service, status);
    const char *message = received();
    ck_assert_int_eq(strncmp(message, "STATUS=ssss", 11), 0);
    ck_assert_uint_lt(strlen(message), 600);
    ck_assert_str_eq(message + strlen(message) - 4, "s...");
}
END_TEST

/* A manager that is stuck must not hang the loop with what is sent again anyway. */
START_TEST(queue_full)
{
    listen_as_manager(true);
    systemd_init(&service);
    for (int i = 0; i < 5000; i++) {
        systemd_watchdog(&service);
        systemd_status(&service, "busy");
        systemd_extend_timeout(&service, 1);
    }
    ck_assert_str_eq(received(), "WATCHDOG=1");
}
END_TEST

START_TEST(manager_gone)
{
    listen_as_manager(false);
    systemd_init(&service);
    unlink(name);
    systemd_ready(&service);
    close(manager);
    manager = -1;
    systemd_ready(&service);
    systemd_watchdog(&service);
}
END_TEST

static const char *const no_manager[] = {NULL, "", "relative", "/", "@", "vsock:2:1234"};

START_TEST(no_socket)
{
    if (no_manager[_i] != NULL)
        setenv("NOTIFY_SOCKET", no_manager[_i], 1);
    systemd_init(&service);
    ck_assert_int_eq(service.socket, -1);
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    systemd_ready(&service);
    systemd_watchdog(&service);
}
END_TEST

START_TEST(name_too_long)
{
    char path[200];
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    setenv("NOTIFY_SOCKET", path, 1);
    systemd_init(&service);
    ck_assert_int_eq(service.socket, -1);
}
END_TEST

enum whose { UNSAID, OURS, ANOTHERS, NONSENSE };

static void set_pid(const char *variable, enum whose whose)
{
    char pid[32];
    snprintf(pid, sizeof pid, "%d", getpid() + (whose == ANOTHERS));
    if (whose != UNSAID)
        setenv(variable, whose == NONSENSE ? "12x" : pid, 1);
}

static const struct {
    const char *usec;
    enum whose whose;
    uint64_t ms;
} watchdogs[] = {
    {"30000000", UNSAID, 30000},
    {"30000000", OURS, 30000},
    {"30000000", ANOTHERS, 0},
    {"30000000", NONSENSE, 0},
    {NULL, OURS, 0},
    {"", OURS, 0},
    {"-5", OURS, 0},
    {"5s", OURS, 0},
    {"0", OURS, 0},
    {"99999999999999999999", OURS, 0},
};

START_TEST(watchdog)
{
    if (watchdogs[_i].usec != NULL)
        setenv("WATCHDOG_USEC", watchdogs[_i].usec, 1);
    set_pid("WATCHDOG_PID", watchdogs[_i].whose);
    systemd_init(&service);
    ck_assert_uint_eq(service.watchdog_ms, watchdogs[_i].ms);
    ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
    ck_assert_ptr_null(getenv("WATCHDOG_PID"));
}
END_TEST

static const struct {
    const char *what, *count;
    enum whose whose;
    int fd;
} handed_over[] = {
    {"one for us", "1", OURS, 3},
    {"two for us", "2", OURS, 3},
    {"for another process", "1", ANOTHERS, -1},
    {"for nobody", "1", UNSAID, -1},
    {"none", "0", OURS, -1},
    {"nothing said", NULL, OURS, -1},
    {"no number", "one", OURS, -1},
    {"a pid that is none", "1", NONSENSE, -1},
};

START_TEST(listen_fd)
{
    /* Descriptors 3 and 4 belong to the test runner as it may be: keep them, and put them back. */
    int kept[] = {fcntl(3, F_DUPFD_CLOEXEC, 10), fcntl(4, F_DUPFD_CLOEXEC, 10)};
    dup2(0, 3), dup2(0, 4);
    if (handed_over[_i].count != NULL)
        setenv("LISTEN_FDS", handed_over[_i].count, 1);
    set_pid("LISTEN_PID", handed_over[_i].whose);
    setenv("LISTEN_FDNAMES", "http", 1);
    int fd = systemd_listen_fd();
    bool closes[] = {(fcntl(3, F_GETFD) & FD_CLOEXEC) != 0, (fcntl(4, F_GETFD) & FD_CLOEXEC) != 0};
    for (int i = 0; i < 2; i++) {
        if (kept[i] >= 0)
            dup2(kept[i], 3 + i), close(kept[i]);
        else
            close(3 + i);
    }
    ck_assert_msg(fd == handed_over[_i].fd, "%s: %d", handed_over[_i].what, fd);
    ck_assert_int_eq(closes[0], fd >= 0);
    ck_assert_int_eq(closes[1], fd >= 0 && strcmp(handed_over[_i].count, "2") == 0);
    ck_assert_ptr_null(getenv("LISTEN_PID"));
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
}
END_TEST

static void prepare(void)
{
    forget();
    service = (struct systemd){.socket = -1};
    manager = -1;
    name[0] = '\0';
}

Suite *systemd_suite(void)
{
    Suite *suite = suite_create("notify/systemd");
    TCase *tests = tcase_create("protocol");
    tcase_add_checked_fixture(tests, prepare, finish);
    tcase_add_loop_test(tests, messages, 0, 2);
    tcase_add_test(tests, long_status);
    tcase_add_test(tests, queue_full);
    tcase_add_test(tests, manager_gone);
    tcase_add_loop_test(tests, no_socket, 0, sizeof no_manager / sizeof *no_manager);
    tcase_add_test(tests, name_too_long);
    tcase_add_loop_test(tests, watchdog, 0, sizeof watchdogs / sizeof *watchdogs);
    tcase_add_loop_test(tests, listen_fd, 0, sizeof handed_over / sizeof *handed_over);
    suite_add_tcase(suite, tests);
    return suite;
}
