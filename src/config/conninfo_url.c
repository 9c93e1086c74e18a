#include "config/conninfo.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static const char *value_of(const struct conninfo *conninfo, const char *keyword)
{
    for (size_t i = 0; i < conninfo->count; i++)
        if (strcmp(conninfo->keywords[i], keyword) == 0)
            return conninfo->values[i];
    return "";
}

static void add_encoded(struct text *url, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *value != '\0'; value++) {
        if (strchr(plain, *value) != NULL)
            text_add_char(url, *value);
        else
            text_addf(url, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

/* Sockets, several hosts and bare addresses of IPv6 go where every reader of such URLs takes them: behind the "?". */
static bool is_plain_host(const char *host, const char *port)
{
    return *host != '\0' && strpbrk(host, "/,:@") == NULL && strchr(port, ',') == NULL;
}

static bool stands_in_front(const char *keyword, bool plain_host)
{
    static const char *const always[] = {"user", "password", "dbname"}, *const with_host[] = {"host", "port"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (strcmp(keyword, always[i]) == 0)
            return true;
    for (size_t i = 0; plain_host && i < sizeof with_host / sizeof *with_host; i++)
        if (strcmp(keyword, with_host[i]) == 0)
            return true;
    return false;
}

static void add_front(struct text *url, const struct conninfo *conninfo, bool plain_host)
{
    const char *user = value_of(conninfo, "user"), *password = value_of(conninfo, "password");
    const char *port = value_of(conninfo, "port");
    text_add(url, "postgresql://");
    add_encoded(url, user);
    if (*password != '\0') {
        text_add_char(url, ':');
        add_encoded(url, password);
    }
    if (*user != '\0' || *password != '\0')
        text_add_char(url, '@');
    if (plain_host) {
        add_encoded(url, value_of(conninfo, "host"));
        text_addf(url, "%s%s", *port == '\0' ? "" : ":", port);
    }
    text_add_char(url, '/');
    add_encoded(url, value_of(conninfo, "dbname"));
}

const char *conninfo_url(struct arena *arena, const struct conninfo *conninfo)
{
    struct text url = {0};
    bool plain_host = is_plain_host(value_of(conninfo, "host"), value_of(conninfo, "port"));
    char separator = '?';
    add_front(&url, conninfo, plain_host);
    for (size_t i = 0; i < conninfo->count; i++) {
        if (stands_in_front(conninfo->keywords[i], plain_host))
            continue;
        text_addf(&url, "%c%s=", separator, conninfo->keywords[i]);
        add_encoded(&url, conninfo->values[i]);
        separator = '&';
    }
    const char *copy = arena_string(arena, text_string(&url));
    text_finish(&url);
    return copy;
}

struct names conninfo_secrets(struct arena *arena, const struct conninfo *conninfo)
{
    static const char *const keywords[] = {"password", "sslpassword"};
    size_t most = 2 * sizeof keywords / sizeof *keywords;
    struct names secrets = {.items = arena_array(arena, most, sizeof *secrets.items)};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        struct text encoded = {0};
        const char *value = value_of(conninfo, keywords[i]);
        if (*value == '\0')
            continue;
        add_encoded(&encoded, value);
        secrets.items[secrets.count++] = value;
        secrets.items[secrets.count++] = arena_string(arena, text_string(&encoded));
        text_finish(&encoded);
    }
    return secrets;
}
