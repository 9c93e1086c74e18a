#include "support/notify_sink.h"

#include "support/program.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

Suite *notify_sink_suite(void);

static void notify(const struct notify_sink *sink, const char *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int sender = socket(AF_UNIX, SOCK_DGRAM, 0);

    strncpy(address.sun_path, notify_sink_path(sink), sizeof address.sun_path - 1);
    ck_assert_int_eq(sendto(sender, message, strlen(message), 0, (struct sockaddr *)&address, sizeof address),
                     (ssize_t)strlen(message));
    close(sender);
}

START_TEST(test_collects_assignments_in_order)
{
    struct notify_sink *sink = notify_sink_create();

    ck_assert_str_eq(notify_sink_text(sink), "");
    notify(sink, "STATUS=connecting");
    notify(sink, "READY=1\nSTATUS=ready\n");
    ck_assert_str_eq(notify_sink_wait(sink, "READY=1", 1000), "READY=1");
    ck_assert_str_eq(notify_sink_wait(sink, "STATUS=", 1000), "STATUS=ready");
    ck_assert_str_eq(notify_sink_text(sink), "STATUS=connecting\nREADY=1\nSTATUS=ready\n");
    notify_sink_destroy(sink);
}
END_TEST

START_TEST(test_a_missing_one_fails_the_test)
{
    struct notify_sink *sink = notify_sink_create();

    notify(sink, "NOT READY=1");
    notify_sink_wait(sink, "READY=1", 20);
}
END_TEST

START_TEST(test_a_program_finds_it)
{
    struct notify_sink *sink = notify_sink_create();
    const char *const environment[] = {notify_sink_variable(sink), NULL};
    struct program_result result;

    program_run(&result, &(struct program_options){.path = "sh", .environment = environment}, 5000, "-c",
                "test -S \"$NOTIFY_SOCKET\"", NULL);
    ck_assert_int_eq(result.status, 0);
    program_result_finish(&result);
    notify_sink_destroy(sink);
}
END_TEST

Suite *notify_sink_suite(void)
{
    Suite *suite = suite_create("support/notify_sink");
    TCase *tcase = tcase_create("notify_sink");

    tcase_add_test(tcase, test_collects_assignments_in_order);
    tcase_add_exit_test(tcase, test_a_missing_one_fails_the_test, EXIT_FAILURE);
    tcase_add_test(tcase, test_a_program_finds_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
