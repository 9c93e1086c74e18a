#include "db/hosts.h"

#include "base/arena.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* What libpq will try. */
struct entry {
    const char *host, *address, *port;
};

struct db_hosts {
    uv_loop_t *loop;
    db_hosts_done *done; /* NULL: forgotten */
    void *context;
    struct arena *arena; /* everything below */
    const char **keywords, **values;
    size_t count;
    const char **hosts, **ports; /* as the user gave them, split at commas */
    size_t n_hosts, n_ports;
    size_t current;
    struct entry *entries;
    size_t n_entries, entries_capacity;
    unsigned first;      /* the entry to begin with */
    const char *failure; /* of the last name that could not be looked up */
    uv_getaddrinfo_t lookup;
    uv_timer_t later;
};

static void next_host(struct db_hosts *hosts);

static void on_closed(uv_handle_t *handle)
{
    struct db_hosts *hosts = handle->data;
    arena_destroy(hosts->arena);
    free(hosts);
}

static void release(struct db_hosts *hosts)
{
    hosts->later.data = hosts;
    uv_close((uv_handle_t *)&hosts->later, on_closed);
}

static void set(struct db_hosts *hosts, const char *keyword, const char *value)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->keywords[i], keyword) == 0) {
            hosts->values[i] = value;
            return;
        }
    hosts->keywords[hosts->count] = keyword;
    hosts->values[hosts->count++] = value;
}

static const char *get(const struct db_hosts *hosts, const char *keyword)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->keywords[i], keyword) == 0)
            return hosts->values[i];
    return NULL;
}

/* libpq's own default for a keyword: PGHOST, a service file ... */
static const char *default_of(struct db_hosts *hosts, const char *keyword)
{
    const char *found = NULL;
    PQconninfoOption *defaults = PQconndefaults();
    for (PQconninfoOption *option = defaults; option != NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, keyword) == 0 && option->val != NULL)
            found = arena_string(hosts->arena, option->val);
    PQconninfoFree(defaults);
    return found;
}

static const char **split(struct arena *arena, const char *list, size_t *count)
{
    size_t capacity = 0;
    const char **items = NULL;
    *count = 0;
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        items = arena_grow(arena, items, *count, &capacity, sizeof *items);
        items[(*count)++] = arena_copy(arena, at, length);
        at += length;
        if (*at == '\0')
            return items;
    }
}

static bool is_numeric(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1 ||
           strchr(host, '%') != NULL;
}

static const char *port_of_current(const struct db_hosts *hosts)
{
    if (hosts->n_ports == 0)
        return "";
    return hosts->ports[hosts->n_ports == 1 ? 0 : hosts->current < hosts->n_ports ? hosts->current : 0];
}

static void add_entry(struct db_hosts *hosts, const char *address)
{
    struct arena *arena = hosts->arena;
    hosts->entries =
        arena_grow(arena, hosts->entries, hosts->n_entries, &hosts->entries_capacity, sizeof *hosts->entries);
    hosts->entries[hosts->n_entries++] = (struct entry){
        .host = hosts->hosts[hosts->current],
        .address = arena_string(arena, address),
        .port = port_of_current(hosts),
    };
}

/* Comma separated lists, as libpq takes them. */
static void set_lists(struct db_hosts *hosts)
{
    struct arena *arena = hosts->arena;
    const char *names = "", *addresses = "", *ports = "";
    for (size_t i = 0; i < hosts->n_entries; i++) {
        const struct entry *entry = &hosts->entries[(hosts->first + i) % hosts->n_entries];
        const char *comma = i == 0 ? "" : ",";
        names = arena_printf(arena, "%s%s%s", names, comma, entry->host);
        addresses = arena_printf(arena, "%s%s%s", addresses, comma, entry->address);
        ports = arena_printf(arena, "%s%s%s", ports, comma, entry->port);
    }
    set(hosts, "host", names);
    set(hosts, "hostaddr", addresses);
    if (hosts->n_ports > 0)
        set(hosts, "port", ports);
}

static void report(struct db_hosts *hosts, const struct error *error)
{
    if (hosts->done != NULL) {
        db_hosts_done *done = hosts->done;
        hosts->done = NULL;
        done(hosts->context, error == NULL ? hosts->keywords : NULL, error == NULL ? hosts->values : NULL, error);
    }
    release(hosts);
}

static void all_looked_up(struct db_hosts *hosts)
{
    if (hosts->n_entries == 0 && hosts->failure != NULL) {
        struct error error;
        error_set(&error, ERROR_UNREACHABLE, "%s", hosts->failure);
        report(hosts, &error);
        return;
    }
    if (hosts->n_entries > 0)
        set_lists(hosts);
    report(hosts, NULL);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *addresses)
{
    struct db_hosts *hosts = lookup->data;
    if (hosts->done == NULL) {
        uv_freeaddrinfo(addresses);
        release(hosts);
        return;
    }
    if (status < 0)
        hosts->failure = arena_printf(hosts->arena, "could not translate host name \"%s\" to address: %s",
                                      hosts->hosts[hosts->current], uv_strerror(status));
    for (struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
        char numeric[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST) == 0)
            add_entry(hosts, numeric);
    }
    uv_freeaddrinfo(addresses);
    hosts->current++;
    next_host(hosts);
}

static void next_host(struct db_hosts *hosts)
{
    static const struct addrinfo stream = {.ai_socktype = SOCK_STREAM};
    while (hosts->current < hosts->n_hosts) {
        const char *host = hosts->hosts[hosts->current];
        bool is_socket = host[0] == '/' || host[0] == '@' || host[0] == '\0';
        if (!is_socket && !is_numeric(host)) {
            hosts->lookup.data = hosts;
            if (uv_getaddrinfo(hosts->loop, &hosts->lookup, on_lookup, host, NULL, &stream) == 0)
                return;
        }
        add_entry(hosts, is_socket ? "" : host);
        hosts->current++;
    }
    all_looked_up(hosts);
}

static void on_later(uv_timer_t *timer)
{
    struct db_hosts *hosts = timer->data;
    if (hosts->done == NULL) {
        release(hosts);
        return;
    }
    next_host(hosts);
}

struct db_hosts *db_hosts_resolve(uv_loop_t *loop, const char *const *keywords, const char *const *values,
                                  unsigned first, db_hosts_done *done, void *context)
{
    struct db_hosts *hosts = memory_alloc(sizeof *hosts);
    size_t count = 0;
    while (keywords[count] != NULL)
        count++;

    hosts->loop = loop;
    hosts->first = first;
    hosts->done = done;
    hosts->context = context;
    hosts->arena = arena_create();
    hosts->keywords = arena_array(hosts->arena, count + 4, sizeof *hosts->keywords); /* room for ours and a NULL */
    hosts->values = arena_array(hosts->arena, count + 4, sizeof *hosts->values);
    for (size_t i = 0; i < count; i++)
        set(hosts, arena_string(hosts->arena, keywords[i]),
            values[i] == NULL ? NULL : arena_string(hosts->arena, values[i]));

    const char *host = get(hosts, "host"), *port = get(hosts, "port");
    if (host == NULL)
        host = default_of(hosts, "host");
    if (port == NULL)
        port = default_of(hosts, "port");
    const char *address = get(hosts, "hostaddr");
    if (host != NULL && host[0] != '\0' && address == NULL && default_of(hosts, "hostaddr") == NULL)
        hosts->hosts = split(hosts->arena, host, &hosts->n_hosts);
    if (port != NULL && port[0] != '\0')
        hosts->ports = split(hosts->arena, port, &hosts->n_ports);

    uv_timer_init(loop, &hosts->later);
    hosts->later.data = hosts;
    uv_timer_start(&hosts->later, on_later, 0, 0); /* answers come from the loop, never from inside the call */
    return hosts;
}

void db_hosts_forget(struct db_hosts *hosts)
{
    if (hosts == NULL)
        return;
    hosts->done = NULL;
    if (hosts->lookup.data != NULL)
        uv_cancel((uv_req_t *)&hosts->lookup); /* one that waits for its turn in the pool; else it runs out unheard */
}
