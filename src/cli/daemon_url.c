#include "cli/daemon_url.h"

#include "base/arena.h"

#include <string.h>
#include <strings.h>

/* scheme "://" [userinfo "@"] host [":" port] [path] */
struct parts {
    const char *scheme, *userinfo, *host, *port, *path; /* with their punctuation: "http://", "u:p@", ":80", "/x" */
};

static const char *take(struct arena *arena, const char **text, size_t length)
{
    const char *part = arena_copy(arena, *text, length);
    *text += length;
    return part;
}

static size_t host_length(const char *authority, size_t length)
{
    const char *bracket = authority[0] == '[' ? memchr(authority, ']', length) : NULL;
    if (bracket != NULL)
        return (size_t)(bracket - authority) + 1;
    const char *colon = memchr(authority, ':', length);
    return colon == NULL ? length : (size_t)(colon - authority);
}

static struct parts split(struct arena *arena, const char *text)
{
    struct parts parts = {.scheme = "http://", .userinfo = ""};
    const char *slashes = strstr(text, "://");
    if (slashes != NULL)
        parts.scheme = take(arena, &text, (size_t)(slashes - text) + 3);

    size_t length = strcspn(text, "/?#");
    const char *at = memchr(text, '@', length);
    if (at != NULL) {
        parts.userinfo = take(arena, &text, (size_t)(at - text) + 1);
        length = strcspn(text, "/?#");
    }
    size_t host = host_length(text, length);
    parts.host = take(arena, &text, host);
    parts.port = take(arena, &text, length - host);
    parts.path = text;
    return parts;
}

static bool means_all(const char *host)
{
    return *host == '\0' || strcmp(host, "[::]") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "*") == 0;
}

static bool check(const struct parts *parts, const char *given, struct error *error)
{
    if (strcasecmp(parts->scheme, "http://") != 0 && strcasecmp(parts->scheme, "https://") != 0) {
        error_set(error, ERROR_USAGE, "%s is no address of a daemon: it begins with http:// or https://",
                  parts->scheme);
        return error_next(error, "migrated help probe");
    }
    size_t digits = *parts->port == ':' ? strspn(parts->port + 1, "0123456789") : 0;
    if (*parts->port != '\0' && (digits == 0 || digits > 5 || parts->port[digits + 1] != '\0')) {
        error_set(error, ERROR_USAGE, "%s is no port: an address is host:port", parts->port);
        return error_next(error, "migrated help probe");
    }
    if (digits > 0 && strspn(parts->port + 1, "0") == digits) {
        error_set(error, ERROR_USAGE, "the port %s is chosen when the daemon starts", parts->port + 1);
        return error_next(error, given == NULL ? "name the address that its log tells, as http://127.0.0.1:PORT"
                                               : "name the port that its log tells");
    }
    return true;
}

/* The path itself; the page, behind a path that is only the base of one. */
static const char *page_path(struct arena *arena, const char *path, const char *page)
{
    size_t length = strlen(path);
    if (length > 0 && path[length - 1] != '/')
        return path;
    return arena_printf(arena, "%.*s%s", (int)(length == 0 ? 0 : length - 1), path, page);
}

bool daemon_url_make(struct arena *arena, const char *given, const char *listen, const char *page,
                     struct daemon_url *url, struct error *error)
{
    bool path_only = given != NULL && given[0] == '/';
    const char *address = given == NULL || path_only ? listen : given, *path = path_only ? given : "";
    if (strncmp(address, "unix:", 5) == 0) {
        *url = (struct daemon_url){
            .url = arena_printf(arena, "http://localhost%s", page_path(arena, path, page)),
            .socket = arena_string(arena, address + 5),
            .display = arena_string(arena, address),
        };
        return true;
    }

    struct parts parts = split(arena, address);
    if (!check(&parts, path_only ? NULL : given, error))
        return false;
    path = page_path(arena, path_only ? path : parts.path, page);
    const char *host = means_all(parts.host) ? "127.0.0.1" : parts.host;
    *url = (struct daemon_url){
        .url = arena_printf(arena, "%s%s%s%s%s", parts.scheme, parts.userinfo, host, parts.port, path),
        .display = arena_printf(arena, "%s%s%s%s", parts.scheme, host, parts.port, path),
    };
    return true;
}
