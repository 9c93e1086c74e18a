#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 511, SOCKET_FILE_MODE = 0660 };

/* The two halves of "HOST:PORT". */
struct endpoint {
    char host[NI_MAXHOST]; /* "" for all addresses */
    char port[6];
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un file;
    struct sockaddr_storage room;
};

static bool refuse(struct error *error, const char *address, int code)
{
    error_set(error, ERROR_CONFIG, "cannot listen on %s: %s", address, strerror(code));
    bool file = strncmp(address, "unix:", 5) == 0;
    const char *port = strrchr(address, ':');
    switch (code) {
    case EADDRINUSE:
        if (file)
            return error_next(error, "find the other process with `ss -lxp src %s`, or set another --listen",
                              address + 5);
        return error_next(error, "find the other process with `ss -ltnp 'sport = %s'`, or set another --listen",
                          port);
    case EEXIST:
        return error_next(error, "that file is no socket: remove it, or set another --listen");
    case EADDRNOTAVAIL:
        return error_next(error, "this machine has no such address; `ip address` lists those it has");
    case EACCES:
    case EPERM:
        if (file)
            return error_next(error, "the daemon's user must be allowed to write to the directory of that file");
        return error_next(error, "ports below 1024 need the capability CAP_NET_BIND_SERVICE; set another --listen");
    default:
        return error_next(error, "set another --listen, such as 127.0.0.1:8088");
    }
}

/* Put the descriptor's bound address into `url`. */
static bool describe(struct listener *listener)
{
    union address bound = {0};
    socklen_t size = sizeof bound;
    if (getsockname(listener->fd, &bound.any, &size) != 0)
        return false;

    char host[INET6_ADDRSTRLEN] = "";
    listener->family = bound.any.sa_family;
    switch (listener->family) {
    case AF_INET:
        inet_ntop(AF_INET, &bound.v4.sin_addr, host, sizeof host);
        snprintf(listener->url, sizeof listener->url, "http://%s:%u", host, ntohs(bound.v4.sin_port));
        return true;
    case AF_INET6:
        inet_ntop(AF_INET6, &bound.v6.sin6_addr, host, sizeof host);
        snprintf(listener->url, sizeof listener->url, "http://[%s]:%u", host, ntohs(bound.v6.sin6_port));
        return true;
    case AF_UNIX: {
        const char *path = bound.file.sun_path; /* an abstract name starts with NUL, written as @ */
        bool abstract = size > sizeof(sa_family_t) && path[0] == '\0';
        snprintf(listener->url, sizeof listener->url, "unix:%s%s", abstract ? "@" : "", path + abstract);
        return true;
    }
    default:
        errno = EAFNOSUPPORT;
        return false;
    }
}

/* Close a socket that could not be made to listen, keeping errno. */
static bool give_up(int fd)
{
    int code = errno;
    close(fd);
    errno = code;
    return false;
}

static bool listen_at(struct listener *listener, const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);

    listener->fd = fd;
    if (bind(fd, address, size) != 0 || listen(fd, BACKLOG) != 0 || !describe(listener))
        return give_up(fd);
    return true;
}

/* ---- HOST:PORT ---- */

static bool not_understood(struct error *error, const char *address, const char *why)
{
    error_set(error, ERROR_CONFIG, "listen address \"%s\" is not understood: %s", address, why);
    return error_next(error, "write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH, for example 127.0.0.1:8088");
}

static bool is_port(const char *port)
{
    size_t digits = strspn(port, "0123456789");
    if (digits == 0 || digits > 5 || port[digits] != '\0')
        return false;
    unsigned number = 0;
    for (const char *digit = port; *digit != '\0'; digit++)
        number = number * 10 + (unsigned)(*digit - '0');
    return number <= 65535;
}

static bool split(const char *address, struct endpoint *endpoint, struct error *error)
{
    const char *host = address, *colon = strrchr(address, ':');
    if (strstr(address, "://") != NULL)
        return not_understood(error, address, "an address was expected, not a URL");
    if (colon == NULL)
        return not_understood(error, address, "the port is missing");

    size_t length = (size_t)(colon - host);
    if (host[0] == '[') {
        if (length < 3 || host[length - 1] != ']')
            return not_understood(error, address, "an address in brackets and a port were expected");
        host++;
        length -= 2;
    } else if (memchr(host, ':', length) != NULL)
        return not_understood(error, address, "an IPv6 address stands in brackets");
    if (length >= sizeof endpoint->host)
        return not_understood(error, address, "the host is too long");
    if (!is_port(colon + 1))
        return not_understood(error, address, "the port is not a number from 0 to 65535");

    memcpy(endpoint->host, host, length);
    endpoint->host[length] = '\0';
    memcpy(endpoint->port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static const struct addrinfo *preferred(const struct addrinfo *found)
{
    for (const struct addrinfo *entry = found; entry != NULL; entry = entry->ai_next)
        if (entry->ai_family == AF_INET)
            return entry;
    return found;
}

static bool look_up(const char *host, const char *port, union address *result, socklen_t *size, const char **why)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0 || found == NULL) {
        *why = code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code);
        return false;
    }
    const struct addrinfo *entry = preferred(found);
    *size = entry->ai_addrlen;
    memcpy(result, entry->ai_addr, *size);
    freeaddrinfo(found);
    return true;
}

static bool open_endpoint(struct listener *listener, const char *address, struct error *error)
{
    struct endpoint endpoint = {0};
    union address target = {0};
    socklen_t size = 0;
    const char *why = "";
    if (!split(address, &endpoint, error))
        return false;
    if (!look_up(endpoint.host[0] != '\0' ? endpoint.host : "::", endpoint.port, &target, &size, &why)) {
        error_set(error, ERROR_CONFIG, "cannot listen on %s: host \"%s\": %s", address, endpoint.host, why);
        return error_next(error, "set --listen to an address of this machine, such as 127.0.0.1:8088");
    }
    if (listen_at(listener, &target.any, size))
        return true;

    bool everywhere = target.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&target.v6.sin6_addr);
    if (everywhere && errno == EAFNOSUPPORT) { /* the kernel was started without IPv6 */
        in_port_t port = target.v6.sin6_port;
        target.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port, .sin_addr = {INADDR_ANY}};
        if (listen_at(listener, &target.any, sizeof target.v4))
            return true;
    }
    return refuse(error, address, errno);
}

/* ---- unix:PATH ---- */

static bool is_socket(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* Whether a socket file is left over from a process that is gone: nobody listens behind it. */
static bool is_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static bool open_file(struct listener *listener, const char *address, struct error *error)
{
    const char *path = address + strlen("unix:");
    struct sockaddr_un file = {.sun_family = AF_UNIX};
    if (path[0] == '\0')
        return not_understood(error, address, "the path is missing");
    if (strlen(path) >= sizeof file.sun_path)
        return not_understood(error, address, "a path of a unix socket has at most 107 bytes");
    memcpy(file.sun_path, path, strlen(path) + 1);

    const struct sockaddr *target = (const struct sockaddr *)&file;
    bool open = listen_at(listener, target, sizeof file);
    if (!open && errno == EADDRINUSE) {
        if (!is_socket(path))
            return refuse(error, address, EEXIST);
        if (!is_stale(&file))
            return refuse(error, address, EADDRINUSE);
        open = unlink(path) == 0 && listen_at(listener, target, sizeof file);
    }
    if (!open)
        return refuse(error, address, errno);

    struct stat status;
    if (chmod(path, SOCKET_FILE_MODE) != 0 || lstat(path, &status) != 0) {
        give_up(listener->fd);
        return refuse(error, address, errno);
    }
    listener->file = file;
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return true;
}

bool listener_open(struct listener *listener, const char *address, struct error *error)
{
    *listener = (struct listener){.fd = -1};
    if (strncmp(address, "unix:", 5) == 0)
        return open_file(listener, address, error);
    return open_endpoint(listener, address, error);
}

bool listener_adopt(struct listener *listener, int fd, struct error *error)
{
    int listening = 0, type = 0;
    socklen_t size = sizeof(int);
    *listener = (struct listener){.fd = fd};
    bool fits = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening &&
                getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
                fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && describe(listener);
    if (fits)
        return true;
    close(fd);
    error_set(error, ERROR_CONFIG, "the descriptor passed by systemd is not a listening stream socket");
    return error_next(error, "the socket unit needs ListenStream= and no Accept=yes");
}

void listener_unlink(const struct listener *listener)
{
    struct stat status;
    const char *path = listener->file.sun_path;
    if (path[0] != '\0' && lstat(path, &status) == 0 && status.st_dev == listener->device &&
        status.st_ino == listener->inode)
        unlink(path);
}
