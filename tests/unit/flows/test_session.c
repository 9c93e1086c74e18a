/* Our side of a connection whose network may go away. The server's: tests/integration/test_message.c. */
#include "flows/session.h"

#include "config/config.h"
#include "support/cluster.h"
#include "support/wait.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

Suite *session_suite(void);

#define DEADLINE_MS 10000
#define MOST_FILES  256

static uv_loop_t loop;
static struct cluster *cluster;
static bool opened;

static void on_opened(void *context, const struct error *error)
{
    (void)context;
    ck_assert_msg(error == NULL, "%s", error == NULL ? "" : error->message);
    opened = true;
}

static void on_reply(void *context, const struct db_reply *reply)
{
    (void)context;
    (void)reply;
}

static void on_lost(void *context, const struct error *error)
{
    (void)context;
    ck_abort_msg("lost: %s", error->message);
}

/* This process's socket to that port. */
static int socket_to(int port)
{
    for (int descriptor = 3; descriptor < MOST_FILES; descriptor++) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        if (getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0 && peer.sin_family == AF_INET &&
            ntohs(peer.sin_port) == port)
            return descriptor;
    }
    ck_abort_msg("no connection to port %d", port);
}

static int option_of(int descriptor, int level, int name)
{
    int value = -1;
    ck_assert_int_eq(getsockopt(descriptor, level, name, &value, &(socklen_t){sizeof value}), 0);
    return value;
}

START_TEST(a_network_that_is_gone_is_noticed)
{
    struct target_config target = {
        .name = "main",
        .database_url = cluster_url(cluster, "postgres"),
        .version_table = "alembic_version",
        .mirror = "no",
        .bookkeeping_schema = "migrated",
    };
    struct session_events events = {.opened = on_opened, .reply = on_reply, .lost = on_lost};
    struct session *session = session_create(&loop, &target, &events);
    session_open(session);
    int64_t end_ms = wait_end_ms(DEADLINE_MS);
    while (!opened && wait_left_ms(end_ms) > 0)
        uv_run(&loop, UV_RUN_ONCE);

    int descriptor = socket_to(cluster_port(cluster));
    ck_assert_int_eq(option_of(descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
    ck_assert_int_eq(option_of(descriptor, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    ck_assert_int_eq(option_of(descriptor, IPPROTO_TCP, TCP_KEEPINTVL), 5);
    ck_assert_int_eq(option_of(descriptor, IPPROTO_TCP, TCP_KEEPCNT), 4);
    ck_assert_int_eq(option_of(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);

    session_destroy(session);
    uv_run(&loop, UV_RUN_DEFAULT);
}
END_TEST

static void setup(void)
{
    uv_loop_init(&loop);
    cluster = cluster_start(&(struct cluster_options){.tcp = true});
}

static void teardown(void)
{
    cluster_destroy(cluster);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

Suite *session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tests = tcase_create("session");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_network_that_is_gone_is_noticed);
    suite_add_tcase(suite, tests);
    return suite;
}
