#include "support/http_client.h"

#include "support/wait.h"

#include <arpa/inet.h>
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *http_client_suite(void);

static int listener;
static pid_t server;
static char url[64];

/* 503 twice, then 200 with the request's first line as body; one request a connection. */
static _Noreturn void serve(void)
{
    char request[4096], answer[8192];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int served = 0;; served++) {
        int client = accept(listener, NULL, NULL);
        ssize_t length = recv(client, request, sizeof request - 1, 0);

        request[length > 0 ? length : 0] = '\0';

        size_t line = strcspn(request, "\r");

        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nConnection: close\r\nRetry-After:  7\r\nContent-Length: %zu\r\n\r\n%.*s",
                 served < 2 ? "503 Not Yet" : "200 OK", line, (int)line, request);
        send(client, answer, strlen(answer), MSG_NOSIGNAL);
        close(client);
    }
}

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    getsockname(listener, (struct sockaddr *)&address, &length);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/readyz", ntohs(address.sin_port));
    server = fork();
    if (server == 0)
        serve();
    close(listener);
}

static void teardown(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

START_TEST(test_status_headers_and_body)
{
    struct http_response response;

    http_get(url, &response);
    ck_assert_int_eq(response.status, 503);
    ck_assert_str_eq(response.body, "GET /readyz HTTP/1.1");

    char *after = http_header(&response, "retry-after");

    ck_assert_str_eq(after, "7");
    ck_assert_ptr_null(http_header(&response, "Retry"));
    free(after);
    http_response_finish(&response);
}
END_TEST

START_TEST(test_head_has_no_body)
{
    struct http_response response;

    http_request(&(struct http_request){.url = url, .method = "HEAD"}, &response);
    ck_assert_int_eq(response.status, 503);
    ck_assert_str_eq(response.body, "");
    http_response_finish(&response);
}
END_TEST

START_TEST(test_waits_for_a_status)
{
    http_wait_status(url, 200, 5000);
}
END_TEST

START_TEST(test_a_status_that_never_comes_fails_the_test)
{
    http_wait_status(url, 418, 50);
}
END_TEST

START_TEST(test_nobody_there_is_no_answer)
{
    struct http_response response;

    teardown();
    ck_assert(!http_try(&(struct http_request){.url = url}, &response));
    ck_assert_int_eq(response.status, 0);
    http_response_finish(&response);
}
END_TEST

START_TEST(test_silence_ends_at_the_deadline)
{
    struct http_response response;
    int64_t start_ms = wait_now_ms();

    setenv("MIGRATED_TEST_PATIENCE", "3", 1);
    kill(server, SIGSTOP);
    ck_assert(!http_try(&(struct http_request){.url = url, .timeout_ms = 100}, &response));
    ck_assert_int_ge(wait_now_ms() - start_ms, 300);
    ck_assert_int_lt(wait_now_ms() - start_ms, 4000);
    http_response_finish(&response);
}
END_TEST

Suite *http_client_suite(void)
{
    Suite *suite = suite_create("support/http_client");
    TCase *tcase = tcase_create("http_client");

    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_status_headers_and_body);
    tcase_add_test(tcase, test_head_has_no_body);
    tcase_add_test(tcase, test_waits_for_a_status);
    tcase_add_exit_test(tcase, test_a_status_that_never_comes_fails_the_test, EXIT_FAILURE);
    tcase_add_test(tcase, test_nobody_there_is_no_answer);
    tcase_add_test(tcase, test_silence_ends_at_the_deadline);
    suite_add_tcase(suite, tcase);
    return suite;
}
