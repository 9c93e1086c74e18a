#include "conninfo_text.h"

#include "base/arena.h"
#include "base/names.h"
#include "base/suggest.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <string.h>

#define LONGEST_KEY 40

/* A look at one text. */
struct look {
    struct arena *arena;
    const char *as; /* what messages call the text */
    struct names known, unknown;
    size_t known_capacity, unknown_capacity;
    bool unnamed; /* there is an unknown key that cannot be named, for it may be part of a password */
    struct error *error;
};

static bool refuse(const struct look *look, const char *what, const char *next)
{
    error_set(look->error, ERROR_CONFIG, "%s %s", look->as, what);
    return error_next(look->error, "%s", next);
}

static void add_name(struct arena *arena, struct names *names, size_t *capacity, const char *name)
{
    names->items = arena_grow(arena, names->items, names->count, capacity, sizeof *names->items);
    names->items[names->count++] = name;
}

/* The library that is linked knows best which keys it understands. */
static bool learn_known(struct look *look)
{
    PQconninfoOption *options = PQconndefaults();
    if (options == NULL)
        return error_set(look->error, ERROR_INTERNAL, "libpq does not tell its connection options");
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        add_name(look->arena, &look->known, &look->known_capacity, arena_string(look->arena, option->keyword));
    PQconninfoFree(options);
    return true;
}

static bool can_be_named(const char *key, size_t length)
{
    if (length == 0 || length > LONGEST_KEY || !isalpha((unsigned char)key[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)key[i]) && key[i] != '_' && key[i] != '-')
            return false;
    return true;
}

static void look_at_key(struct look *look, const char *key, size_t length)
{
    const char *name = arena_copy(look->arena, key, length);
    if (names_contain(&look->known, name))
        return;
    if (!can_be_named(key, length))
        look->unnamed = true;
    else if (!names_contain(&look->unknown, name))
        add_name(look->arena, &look->unknown, &look->unknown_capacity, name);
}

/* What other drivers' keys are called here. */
static const char *advice(const struct look *look, const char *key)
{
    static const struct {
        const char *key, *advice;
    } known[] = {
        {"ssl", "write sslmode=require, or another sslmode"},
        {"schema", "remove it; a search path is written options=-csearch_path%3DNAME, the version table's schema is "
                   "the option version_schema"},
        {"search_path", "write options=-csearch_path%3DNAME"},
        {"currentSchema", "write options=-csearch_path%3DNAME"},
        {"statement_timeout", "remove it; there is the option statement_timeout"},
        {"lock_timeout", "remove it; there is the option lock_timeout"},
        {"x-migrations-table", "remove it; there is the option version_table"},
        {"database", "write dbname"},
        {"username", "write user"},
        {"server", "write host"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(known[i].key, key) == 0)
            return known[i].advice;

    const char *near = suggest(key, look->known.items, look->known.count);
    return near == NULL ? "remove what is meant for another driver; libpq's keys are in PostgreSQL's documentation, "
                          "\"Parameter Key Words\""
                        : arena_printf(look->arena, "did you mean %s?", near);
}

static bool judge_keys(struct look *look)
{
    if (look->unknown.count > 0)
        return refuse(look,
                      arena_printf(look->arena, "has %s that libpq does not know: %s",
                                   look->unknown.count == 1 ? "a key" : "keys",
                                   names_join(look->arena, &look->unknown, 10)),
                      advice(look, look->unknown.items[0]));
    if (look->unnamed)
        return refuse(look, "has a key that libpq does not know",
                      "percent-encode reserved characters in user and password of a URL; put values with blanks in "
                      "single quotes in key=value settings");
    return true;
}

/* Everything behind the `?`. */
static bool look_at_query(struct look *look, const char *query)
{
    while (*query != '\0') {
        size_t length = strcspn(query, "&");
        const char *equals = memchr(query, '=', length);
        bool ssl_true =
            length == strlen("ssl=true") && strncmp(query, "ssl=true", length) == 0; /* libpq's exception */
        if (equals == NULL && can_be_named(query, length) && !look->unnamed)
            return refuse(look, arena_printf(look->arena, "has the key %.*s without a value", (int)length, query),
                          "write KEY=VALUE behind the ?, separated by &");
        if (!ssl_true)
            look_at_key(look, query, equals == NULL ? length : (size_t)(equals - query));
        query += length;
        query += *query == '&';
    }
    return judge_keys(look);
}

static bool is_percent_encoded(const char *text)
{
    for (; (text = strchr(text, '%')) != NULL; text += 3) {
        if (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2]))
            return false;
        if (text[1] == '0' && text[2] == '0') /* would end the value early */
            return false;
    }
    return true;
}

/*
 * libpq ends the user's part at the first `@` or `/`. Where a password holds one of them as it is, the rest of the
 * password would become host, port or database, and be seen in messages and in look-ups of names.
 */
static bool look_at_url(struct look *look, const char *url)
{
    const char *rest = strstr(url, "://") + strlen("://");
    const char *stop = rest + strcspn(rest, "@/");
    if (*stop == '@')
        rest = stop + 1;
    size_t length = strcspn(rest, "?");
    if (memchr(rest, '@', length) != NULL)
        return refuse(look, "has an @ too many",
                      "percent-encode reserved characters in user and password: %40 for @, %2F for /, %3A for :");
    if (!is_percent_encoded(url))
        return refuse(look, "has a % that starts no percent-encoding", "write %25 for a % sign");
    return rest[length] == '\0' || look_at_query(look, rest + length + 1);
}

/* Beyond a value in key=value settings: quoted or up to a blank, with backslash escapes. */
static const char *skip_value(const char *text)
{
    bool quoted = *text == '\'';
    text += quoted;
    while (*text != '\0' && (quoted ? *text != '\'' : !isspace((unsigned char)*text)))
        text += text[0] == '\\' && text[1] != '\0' ? 2 : 1;
    return text + (quoted && *text == '\'');
}

static bool look_at_settings(struct look *look, const char *text)
{
    for (;;) {
        while (isspace((unsigned char)*text))
            text++;
        if (*text == '\0')
            return judge_keys(look);
        const char *key = text;
        while (*text != '\0' && *text != '=' && !isspace((unsigned char)*text))
            text++;
        size_t length = (size_t)(text - key);
        while (isspace((unsigned char)*text))
            text++;
        if (*text != '=')
            return refuse(look, "is neither a PostgreSQL URL nor key=value settings",
                          "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
        look_at_key(look, key, length);
        text++;
        while (isspace((unsigned char)*text))
            text++;
        text = skip_value(text);
    }
}

/* The length of what stands before "://", 0 if that can be no scheme. */
static size_t scheme_length(const char *text)
{
    const char *end = strstr(text, "://");
    if (end == NULL)
        return 0;
    for (const char *p = text; p < end; p++)
        if (!isalnum((unsigned char)*p) && *p != '+' && *p != '-' && *p != '.' && *p != ':')
            return 0;
    return (size_t)(end - text);
}

static bool is_scheme(const char *text, size_t length, const char *scheme)
{
    size_t name = strlen(scheme);
    return strncmp(text, scheme, name) == 0 && (length == name || (length > name + 1 && text[name] == '+'));
}

static const char *prepare_url(struct look *look, const char *text, size_t scheme)
{
    if (is_scheme(text, scheme, "postgresql") || is_scheme(text, scheme, "postgres")) {
        const char *url = arena_printf(look->arena, "postgresql%s", text + scheme);
        return look_at_url(look, url) ? url : NULL;
    }
    refuse(look,
           scheme > LONGEST_KEY ? "has the scheme of another kind of database"
                                : arena_printf(look->arena, "has the scheme %.*s, not postgresql", (int)scheme, text),
           "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    return NULL;
}

const char *conninfo_text_prepare(struct arena *arena, const char *as, const char *text, struct error *error)
{
    struct look look = {.arena = arena, .as = as, .error = error};
    size_t length = strlen(text);
    length -= length > 0 && text[length - 1] == '\n';
    length -= length > 0 && text[length] == '\n' && text[length - 1] == '\r';
    text = arena_copy(arena, text, length);
    if (text[strspn(text, " \t\r\n")] == '\0') {
        refuse(&look, "is empty", "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
        return NULL;
    }
    if (!learn_known(&look))
        return NULL;

    size_t scheme = scheme_length(text);
    if (scheme > 0)
        return prepare_url(&look, text, scheme);
    return look_at_settings(&look, text) ? text : NULL;
}
