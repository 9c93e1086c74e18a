#include "config/conninfo.h"

#include "base/arena.h"
#include "config/config.h"
#include "conninfo_display.h"
#include "conninfo_text.h"
#include "file_read.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_SECRET ((size_t)64 << 10)

static bool is_port(const char *text, size_t length)
{
    long port = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || i >= 5)
            return false;
        port = port * 10 + (text[i] - '0');
    }
    return length == 0 || (port >= 1 && port <= 65535);
}

/* libpq quotes a faulty port, which is half of the password where that holds a slash: user:half/other@host. */
static bool check_ports(const char *as, const char *ports, struct error *error)
{
    for (;;) {
        size_t length = strcspn(ports, ",");
        if (!is_port(ports, length)) {
            error_set(error, ERROR_CONFIG, "%s has a port that is no number from 1 to 65535", as);
            return error_next(error,
                              "percent-encode reserved characters in user and password: %%2F for /, %%3A for :");
        }
        if (ports[length] == '\0')
            return true;
        ports += length + 1;
    }
}

static bool check_options(const char *as, const PQconninfoOption *options, struct error *error)
{
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL && strcmp(option->keyword, "port") == 0 && !check_ports(as, option->val, error))
            return false;
    return true;
}

/* NULL on error, else for PQconninfoFree. */
static PQconninfoOption *parse(struct arena *arena, const char *as, const char *text, struct error *error)
{
    const char *prepared = conninfo_text_prepare(arena, as, text, error);
    if (prepared == NULL)
        return NULL;

    PQconninfoOption *options = PQconninfoParse(prepared, NULL);
    if (options == NULL) {
        error_set(error, ERROR_CONFIG, "libpq does not understand %s", as);
        error_next(error, "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE; put an IPv6 address in [brackets]");
        return NULL;
    }
    if (!check_options(as, options, error)) {
        PQconninfoFree(options);
        return NULL;
    }
    return options;
}

bool conninfo_check(const char *as, const char *text, struct error *error)
{
    struct arena *arena = arena_create();
    PQconninfoOption *options = parse(arena, as, text, error);
    PQconninfoFree(options); /* NULL is fine */
    arena_destroy(arena);
    return options != NULL;
}

static bool fail_file(const char *as, const char *path, const char *what, const char *next, struct error *error)
{
    error_set(error, ERROR_CONFIG, "%s: %s", as, what);
    error_next(error, "%s", next);
    return error_place(error, path, 0, 0);
}

static bool read_secret(struct arena *arena, const char *as, const char *path, const char **text, struct error *error)
{
    const char *bytes;
    size_t length;
    int failure = file_read(arena, path, LARGEST_SECRET, &bytes, &length);
    if (failure != 0)
        return fail_file(as, path, strerror(failure), "check the path, the mount and the mode of the file", error);
    if (memchr(bytes, '\0', length) != NULL)
        return fail_file(as, path, "a NUL byte", "the file holds one database URL as text", error);
    *text = bytes;
    return true;
}

/* One way to the database, as it was given: `url` or `path`. */
struct given {
    const char *url, *path;
    const char *as; /* what messages call it */
};

/* The options that were given, NULL on error. */
static PQconninfoOption *given_options(struct arena *arena, const struct given *given, struct error *error)
{
    if (given->path == NULL)
        return parse(arena, given->as, given->url, error);

    const char *text = NULL;
    if (!read_secret(arena, given->as, given->path, &text, error))
        return NULL;
    PQconninfoOption *options = parse(arena, arena_printf(arena, "the text in %s", given->as), text, error);
    if (options == NULL)
        error_place(error, given->path, 0, 0);
    return options;
}

static void collect(struct arena *arena, const PQconninfoOption *options, struct conninfo *conninfo)
{
    size_t count = 0;
    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        count += option->val != NULL;

    *conninfo = (struct conninfo){
        .keywords = arena_array(arena, count + 1, sizeof *conninfo->keywords),
        .values = arena_array(arena, count + 1, sizeof *conninfo->values),
    };
    for (const PQconninfoOption *option = options; conninfo->count < count; option++) {
        if (option->val == NULL)
            continue;
        conninfo->keywords[conninfo->count] = arena_string(arena, option->keyword);
        conninfo->values[conninfo->count++] = arena_string(arena, option->val);
    }
}

static bool resolve(struct arena *arena, const struct given *given, struct conninfo *out, struct error *error)
{
    PQconninfoOption *options = NULL;
    if (given->url != NULL || given->path != NULL) {
        options = given_options(arena, given, error);
        if (options == NULL)
            return false;
    }

    struct conninfo conninfo;
    collect(arena, options, &conninfo);
    PQconninfoFree(options);
    conninfo.display = conninfo_display(arena, &conninfo);
    conninfo.warning = conninfo_passfile_warning(arena, &conninfo);
    *out = conninfo;
    return true;
}

bool conninfo_resolve(struct arena *arena, const struct target_config *target, struct conninfo *out,
                      struct error *error)
{
    struct given given = {target->database_url, target->database_url_file, target->database_url_from};
    if (given.as == NULL)
        given.as = given.path == NULL ? "database_url" : "database_url_file";
    return resolve(arena, &given, out, error);
}

bool conninfo_resolve_to_migrate(struct arena *arena, const struct target_config *target, struct conninfo *out,
                                 struct error *error)
{
    struct given given = {target->migrate_url, target->migrate_url_file, target->migrate_url_from};
    if (given.url == NULL && given.path == NULL)
        return conninfo_resolve(arena, target, out, error);
    if (given.as == NULL)
        given.as = given.path == NULL ? "migrate_url" : "migrate_url_file";
    return resolve(arena, &given, out, error);
}
