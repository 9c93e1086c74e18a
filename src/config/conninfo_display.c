#include "conninfo_display.h"

#include "base/arena.h"
#include "config/conninfo.h"

#include <libpq-fe.h>
#include <string.h>
#include <sys/stat.h>

/* What the user gave for a keyword, NULL if nothing. */
static const char *given(const struct conninfo *conninfo, const char *keyword)
{
    for (size_t i = 0; i < conninfo->count; i++)
        if (strcmp(conninfo->keywords[i], keyword) == 0 && conninfo->values[i][0] != '\0')
            return conninfo->values[i];
    return NULL;
}

/* The same with libpq's defaults, which come from PG* variables and the service file among others. */
static const char *effective(const struct conninfo *conninfo, const PQconninfoOption *defaults, const char *keyword)
{
    const char *value = given(conninfo, keyword);
    for (const PQconninfoOption *option = defaults; value == NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, keyword) == 0)
            return option->val == NULL || option->val[0] == '\0' ? NULL : option->val;
    return value;
}

/* One entry of a comma separated list, the cursor moved behind it. */
static const char *next_entry(struct arena *arena, const char **cursor)
{
    size_t length = strcspn(*cursor, ",");
    const char *entry = arena_copy(arena, *cursor, length);
    *cursor += length + ((*cursor)[length] == ',');
    return entry;
}

/* "h1:5432,h2:5433"; a single port is that of all hosts. */
static const char *addresses(struct arena *arena, const char *hosts, const char *ports)
{
    const char *joined = "";
    bool one_port = strchr(ports, ',') == NULL;
    for (const char *host_cursor = hosts, *port_cursor = ports; *host_cursor != '\0';) {
        const char *host = next_entry(arena, &host_cursor);
        const char *port = one_port ? ports : next_entry(arena, &port_cursor);
        bool bracket = strchr(host, ':') != NULL && host[0] != '/'; /* IPv6 */
        joined = arena_printf(arena, "%s%s%s%s%s:%s", joined, joined[0] == '\0' ? "" : ",", bracket ? "[" : "", host,
                              bracket ? "]" : "", port[0] == '\0' ? "5432" : port);
    }
    return joined;
}

const char *conninfo_display(struct arena *arena, const struct conninfo *conninfo)
{
    const char *service = given(conninfo, "service");
    if (service != NULL) /* only libpq reads the service file: what else was given may be half of the truth */
        return arena_printf(arena, "service %s", service);

    PQconninfoOption *defaults = PQconndefaults();
    if (defaults == NULL)
        return "unknown";
    const char *host = effective(conninfo, defaults, "host");
    const char *address = effective(conninfo, defaults, "hostaddr");
    const char *port = effective(conninfo, defaults, "port");
    const char *user = effective(conninfo, defaults, "user");
    const char *database = effective(conninfo, defaults, "dbname");
    host = host != NULL ? host : address != NULL ? address : "local socket";
    database = database != NULL ? database : user != NULL ? user : "";
    const char *display = arena_printf(arena, "%s/%s%s%s", addresses(arena, host, port == NULL ? "" : port), database,
                                       user == NULL ? "" : " as ", user == NULL ? "" : user);
    PQconninfoFree(defaults);
    return display;
}

const char *conninfo_passfile_warning(struct arena *arena, const struct conninfo *conninfo)
{
    PQconninfoOption *defaults = PQconndefaults();
    if (defaults == NULL)
        return NULL;

    const char *warning = NULL;
    const char *path = effective(conninfo, defaults, "passfile");
    struct stat status;
    bool used = path != NULL && effective(conninfo, defaults, "password") == NULL;
    if (used && stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        warning =
            arena_printf(arena,
                         "libpq ignores the password file %s: its mode is %04o, and it must not be open to group "
                         "or others (as volumes with an fsGroup and systemd credentials are); chmod 0600 it, or "
                         "give the whole URL by database_url_file, whose mode does not matter",
                         path, (unsigned)(status.st_mode & 07777));
    PQconninfoFree(defaults);
    return warning;
}
