#include "http/server.h"

#include "base/memory.h"
#include "listener.h"
#include "page.h"
#include "route.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/* Pages that the server has of itself come behind the published ones. */
enum { NOT_FOUND = HTTP_N_PAGES, NOT_ALLOWED, N_PAGES };

enum {
    /* High, because clients that are slow on purpose must not fill it: a probe that finds no place kills the pod. */
    MAX_CONNECTIONS = 1000,
    MIN_CONNECTIONS = 8,
    /*
     * Probes make a connection each, scrapers reconnect: nobody is served better by an idle connection that is kept for
     * longer, and a client that stops in mid-request gives its place back. Shorter would hit clients on slow lines.
     */
    IDLE_TIMEOUT_SECONDS = 10,
    /* Holds any sane request's headers; more is answered with 431. Allocated for each connection. */
    CONNECTION_MEMORY = 12 * 1024,
    /* MHD_run calls in a row before the loop's other handles get their turn. */
    MAX_ROUNDS = 4,
};

struct http_server {
    uv_poll_t poll;   /* the library's epoll descriptor */
    uv_timer_t timer; /* the library's next timeout */
    unsigned open_handles;
    bool closing;
    struct MHD_Daemon *daemon;
    struct listener listener;
    struct page pages[N_PAGES];
    enum http_details details;
    void (*before_request)(void *context, enum http_page_id page);
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static const struct http_page starting = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .json = "{\"ok\":false,\"state\":\"starting\"}\n",
    .text = "starting\n",
    .retry_after = 1,
};

static const struct http_page not_found = {
    .status = MHD_HTTP_NOT_FOUND,
    .json = "{\"ok\":false,\"error\":\"not found\",\"paths\":" ROUTE_PATHS_JSON "}\n",
};

static const struct http_page not_allowed = {
    .status = MHD_HTTP_METHOD_NOT_ALLOWED,
    .json = "{\"ok\":false,\"error\":\"method not allowed\",\"methods\":[\"GET\",\"HEAD\",\"OPTIONS\"]}\n",
};

/* ---- one request ---- */

/* What the header fields say that matter here. */
struct fields {
    struct route_accept accept;
    bool forwarded; /* somebody else asked, through a proxy */
};

static enum MHD_Result read_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct fields *fields = context;
    (void)kind;
    if (value == NULL)
        return MHD_YES;
    if (strcasecmp(name, MHD_HTTP_HEADER_ACCEPT) == 0)
        route_accept_add(&fields->accept, value);
    else if (strcasecmp(name, "X-Forwarded-For") == 0 || strcasecmp(name, MHD_HTTP_HEADER_FORWARDED) == 0)
        fields->forwarded = true;
    return MHD_YES;
}

static bool is_loopback(const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)peer;
        return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (peer->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

static bool is_local(const struct http_server *server, struct MHD_Connection *connection)
{
    if (server->listener.family == AF_UNIX)
        return true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL && info->client_addr != NULL && is_loopback(info->client_addr);
}

static bool may_see_details(const struct http_server *server, struct MHD_Connection *connection, bool forwarded)
{
    if (server->details == HTTP_DETAILS_LOOPBACK)
        return !forwarded && is_local(server, connection);
    return server->details == HTTP_DETAILS_ALWAYS;
}

/* An unknown format counts as none: a health check must not turn red over its query string. */
static bool wants_text(struct MHD_Connection *connection, const struct route_accept *accept)
{
    const char *format = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "format");
    if (format != NULL && strcmp(format, "text") == 0)
        return true;
    if (format != NULL && strcmp(format, "json") == 0)
        return false;
    return route_accept_text(accept);
}

static enum MHD_Result answer(struct http_server *server, struct MHD_Connection *connection, unsigned id,
                              enum route_method method)
{
    if (id < HTTP_N_PAGES && server->before_request != NULL && !server->closing)
        server->before_request(server->context, (enum http_page_id)id);

    const struct page *page = &server->pages[id];
    if (id < HTTP_N_PAGES && method == ROUTE_OPTIONS)
        return MHD_queue_response(connection, page->status, page->options);

    struct fields fields = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, read_field, &fields);
    struct page_form form = {
        .text = wants_text(connection, &fields.accept),
        .restricted = !may_see_details(server, connection, fields.forwarded),
    };
    return MHD_queue_response(connection, page->status, page_response(page, form));
}

/*
 * The library calls this when the header is read, then for each piece of a body, then at the request's end. An answer
 * given in the first call costs the client its connection, so that only refusals are given there: waiting for the end
 * of the body of a refused request would be worse.
 */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *target,
                                  const char *method, const char *version, const char *body, size_t *body_size,
                                  void **request)
{
    struct http_server *server = context;
    (void)version, (void)body;
    bool first_call = *request == NULL;
    enum route_method kind = route_method(method);
    if (first_call && kind != ROUTE_REFUSED) {
        *request = server; /* any mark will do */
        return MHD_YES;
    }
    if (!first_call && *body_size > 0) { /* a body of GET has no meaning (RFC 9110 section 9.3.1) */
        *body_size = 0;
        return MHD_YES;
    }
    unsigned id = route_page(target);
    if (id < HTTP_N_PAGES && kind == ROUTE_REFUSED)
        id = NOT_ALLOWED;
    return answer(server, connection, id, kind);
}

/* ---- the library on the loop ---- */

static unsigned n_connections(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

static void on_timer(uv_timer_t *timer);

/*
 * Let the library work, then arm the timer: the one function that runs it, after every event and timeout. Its epoll
 * descriptor stays silent about two things, for which it must run again: input that it holds already (a timeout of 0)
 * and its listening socket, which it leaves alone at the connection limit until the next run after one has ended.
 */
static void pump(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    bool timed = true;
    for (int round = 0; round < MAX_ROUNDS && timed && timeout_ms == 0; round++) {
        unsigned connections = n_connections(server);
        MHD_run(server->daemon);
        if (server->closing)
            return;
        timed = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;
        if (n_connections(server) < connections) {
            timed = true;
            timeout_ms = 0;
        }
    }
    if (timed)
        uv_timer_start(&server->timer, on_timer, timeout_ms, 0);
    else
        uv_timer_stop(&server->timer);
}

static void on_timer(uv_timer_t *timer)
{
    pump(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    pump(poll->data);
}

/* Half of the descriptors are left to the database and the files. */
static unsigned connection_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur / 2 >= MAX_CONNECTIONS)
        return MAX_CONNECTIONS;
    return files.rlim_cur / 2 < MIN_CONNECTIONS ? MIN_CONNECTIONS : (unsigned)(files.rlim_cur / 2);
}

static bool start(struct http_server *server, uv_loop_t *loop, struct error *error)
{
    unsigned limit = connection_limit(), flags = MHD_USE_EPOLL;
    if (server->listener.family == AF_INET6) /* the library expects it with such a socket */
        flags |= MHD_USE_IPv6;
    server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
                                      server->listener.fd, MHD_OPTION_CONNECTION_LIMIT, limit,
                                      /* one host, however slow or hostile, leaves a quarter to the others */
                                      MHD_OPTION_PER_IP_CONNECTION_LIMIT, limit - limit / 4,
                                      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_SECONDS,
                                      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    if (server->daemon == NULL)
        return error_set(error, ERROR_INTERNAL, "the HTTP server did not start: %s", strerror(errno));

    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int code = uv_poll_init(loop, &server->poll, fd);
    if (code != 0) {
        MHD_stop_daemon(server->daemon);
        return error_set(error, ERROR_INTERNAL, "the HTTP server did not start: %s", uv_strerror(code));
    }
    uv_timer_init(loop, &server->timer);
    server->poll.data = server->timer.data = server;
    server->open_handles = 2;
    uv_poll_start(&server->poll, UV_READABLE, on_poll);
    return true;
}

/* ---- its life ---- */

struct http_server *http_server_create(uv_loop_t *loop, const struct http_options *options, struct error *error)
{
    struct http_server *server = memory_alloc(sizeof *server);
    server->details = options->details;
    server->before_request = options->before_request;
    server->context = options->context;

    bool listening = options->inherited_fd >= 0 ? listener_adopt(&server->listener, options->inherited_fd, error)
                                                : listener_open(&server->listener, options->listen, error);
    if (!listening) {
        free(server);
        return NULL;
    }
    if (!start(server, loop, error)) {
        listener_unlink(&server->listener);
        free(server);
        return NULL;
    }
    for (unsigned id = 0; id < HTTP_N_PAGES; id++)
        page_set(&server->pages[id], &starting);
    page_set(&server->pages[NOT_FOUND], &not_found);
    page_set(&server->pages[NOT_ALLOWED], &not_allowed);
    return server;
}

const char *http_server_url(const struct http_server *server)
{
    return server->listener.url;
}

void http_server_publish(struct http_server *server, enum http_page_id page, const struct http_page *content)
{
    page_set(&server->pages[page], content);
}

void http_server_set_details(struct http_server *server, enum http_details details)
{
    server->details = details;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    if (--server->open_handles > 0)
        return;
    listener_unlink(&server->listener);
    MHD_stop_daemon(server->daemon);
    for (unsigned id = 0; id < N_PAGES; id++)
        page_finish(&server->pages[id]);
    if (server->closed != NULL)
        server->closed(server->closed_context);
    free(server);
}

/* The library stops in the last handle's callback: its descriptor is off the loop then, and no request is under way,
 * even if we were called from within one. */
void http_server_close(struct http_server *server, void (*closed)(void *context), void *context)
{
    server->closing = true;
    server->closed = closed;
    server->closed_context = context;
    uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
}
