/*
 * HTTP on libmicrohttpd inside the libuv loop (external-poll mode: its epoll descriptor in a uv_poll_t, its timeout in a
 * uv_timer_t). It answers from prebuilt responses only: whoever owns the verdict publishes pages, requests are never
 * held and nothing is formatted per request.
 */
#ifndef MIGRATED_HTTP_SERVER_H
#define MIGRATED_HTTP_SERVER_H

#include "base/error.h"

#include <stdint.h>
#include <uv.h>

struct http_server;

/* The paths that are published from outside; 404, 405, OPTIONS and HEAD are the server's own matter. OPTIONS answers with
 * the page's status (HAProxy's default check) and without a body; a page that nobody has published is 503 "starting".
 * /healthz is /livez. */
enum http_page_id { HTTP_READYZ, HTTP_HEALTH, HTTP_STARTUPZ, HTTP_LIVEZ, HTTP_STATUS, HTTP_N_PAGES };

/* What a path answers from now on. All text is copied. */
struct http_page {
    unsigned status;         /* 200 or 503 */
    const char *json, *text; /* bodies, each ending in a newline; `text` NULL if there is none */
    unsigned retry_after;    /* seconds, sent with 503; 0: header left out */
    const char *restricted_json, *restricted_text; /* for clients that may not see details; NULL: the same as above */
};

/* Loopback: clients on this machine (127.0.0.0/8, ::1, a unix socket) that do not ask for somebody else: a request with
 * X-Forwarded-For or Forwarded came through a proxy. */
enum http_details { HTTP_DETAILS_ALWAYS, HTTP_DETAILS_LOOPBACK, HTTP_DETAILS_NEVER };

struct http_options {
    /*
     * "127.0.0.1:8088", "localhost:8088", "[::]:0", ":8088" (all addresses), "unix:/path" (mode 0660; a stale file is
     * replaced, ours is removed at close). Ignored when `inherited_fd` >= 0.
     */
    const char *listen;
    int inherited_fd; /* a listening socket from systemd, or -1; owned by the server from then on */
    enum http_details details;
    /* Called before a page is served, so that its owner may publish a fresher one (age_seconds); must be cheap. It may
     * close the server; it is not called any more after that. */
    void (*before_request)(void *context, enum http_page_id page);
    void *context;
};

/* Bind and listen (ERROR_CONFIG: address taken, not to be had, not understood). NULL on error. */
struct http_server *http_server_create(uv_loop_t *loop, const struct http_options *options, struct error *error);
/* The bound address as a URL ("http://127.0.0.1:41873") or "unix:/path"; borrowed. */
const char *http_server_url(const struct http_server *server);
void http_server_publish(struct http_server *server, enum http_page_id page, const struct http_page *content);
void http_server_set_details(struct http_server *server, enum http_details details);
/* Stop listening, close connections, close the loop's handles; `closed` is called from the loop when all memory but the
 * server itself is free, then the server is destroyed. */
void http_server_close(struct http_server *server, void (*closed)(void *context), void *context);

#endif
