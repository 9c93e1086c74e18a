/*
 * HTTP requests of tests, by libcurl. Each has a deadline.
 */
#ifndef MIGRATED_TESTS_SUPPORT_HTTP_CLIENT_H
#define MIGRATED_TESTS_SUPPORT_HTTP_CLIENT_H

#include <stdbool.h>

/* All borrowed, only during the call. */
struct http_request {
    const char *url;
    const char *method;         /* NULL: GET */
    const char *const *headers; /* "Name: value", ending in NULL; NULL: none */
    const char *unix_socket;    /* connect to this path; the URL's host is then only a name */
    int timeout_ms;             /* for all of it, times wait_patience; 0: 5 s */
};

struct http_response {
    long status;
    char *headers, *body; /* owned: http_response_finish */
};

/* False, with a response to be finished all the same, when no whole answer came. */
bool http_try(const struct http_request *request, struct http_response *response);

/* The same, but the test fails when no answer comes. */
void http_request(const struct http_request *request, struct http_response *response);
void http_get(const char *url, struct http_response *response);

/* The value of a header, by its name in any case, or NULL; owned by the caller (free). */
char *http_header(const struct http_response *response, const char *name);

/* Ask again and again until the status is this one; refused connections count as any other. Fails the test when
 * `deadline_ms` have passed, with the last answer. */
void http_wait_status(const char *url, long status, int deadline_ms);

void http_response_finish(struct http_response *response);

#endif
