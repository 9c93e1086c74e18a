/*
 * A real server on a loop of its own, and clients on raw sockets: one thread, the loop turns while a client waits.
 */
#ifndef MIGRATED_TESTS_HTTP_FIXTURE_H
#define MIGRATED_TESTS_HTTP_FIXTURE_H

#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

struct http_fixture {
    uv_loop_t loop;
    struct http_server *server;
    bool closed;
    unsigned n_requests; /* calls of before_request */
    enum http_page_id last_page;
    void (*before_request)(struct http_fixture *fixture); /* what a test wants to happen then, or NULL */
};

/* Start on an address, or on a descriptor (>= 0); fails the test if that cannot be had. */
void http_fixture_start(struct http_fixture *fixture, const char *listen, int inherited_fd);
/* Close and turn the loop until all is closed; fails the test if handles are left. */
void http_fixture_stop(struct http_fixture *fixture);
/* The error of a server that must not start. */
struct error http_fixture_refused(const char *listen, int inherited_fd);

unsigned short http_fixture_port(const struct http_fixture *fixture);

/* A connected, non-blocking socket; `from` and `to` are IPv4 or IPv6 addresses, `from` NULL for any. */
int http_fixture_connect(const struct http_fixture *fixture, const char *from, const char *to);
int http_fixture_connect_file(const char *path);
void http_fixture_send(struct http_fixture *fixture, int fd, const char *bytes, size_t size);
/* Turn the loop until the client has `text` or the connection ends; adds what comes to `reply`. False: it ended. */
bool http_fixture_read_until(struct http_fixture *fixture, int fd, const char *text, char *reply, size_t size);

/* One request on a connection of its own ("%s /path HTTP/1.1" and fields, without the empty line); the whole reply,
 * which the caller frees. */
char *http_fixture_ask(struct http_fixture *fixture, int fd, const char *request);

unsigned http_fixture_count(const char *haystack, const char *needle);

#endif
