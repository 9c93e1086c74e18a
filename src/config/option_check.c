#include "option_check.h"

#include "option_value.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define LONGEST_IDENTIFIER 63 /* NAMEDATALEN - 1 */

bool check_identifier(const char *as, const char *value, struct error *error)
{
    char shown[VALUE_SHOWN_SIZE];
    value_shown(value, shown);

    if (strchr(value, '.') != NULL) {
        error_set(error, ERROR_CONFIG, "%s is \"%s\", but takes a plain name without dots", as, shown);
        return error_next(error, "give the schema of the version table as version_schema");
    }
    if (strchr(value, '"') != NULL) {
        error_set(error, ERROR_CONFIG, "%s holds a double quote", as);
        return error_next(error, "write the plain name: it is taken as it is, and quoted where it is used");
    }
    if (strlen(value) > LONGEST_IDENTIFIER) {
        error_set(error, ERROR_CONFIG, "%s is longer than the %d bytes of a name in PostgreSQL", as,
                  LONGEST_IDENTIFIER);
        return error_next(error, "choose a shorter name: the server would cut this one");
    }
    return true;
}

bool check_table(const char *as, const char *value, struct error *error)
{
    char shown[VALUE_SHOWN_SIZE];
    const char *dot = strchr(value, '.');
    size_t schema = dot == NULL ? 0 : (size_t)(dot - value), name = strlen(value) - schema - (dot != NULL);
    if (name > 0 && name <= LONGEST_IDENTIFIER && schema <= LONGEST_IDENTIFIER && dot != value &&
        (dot == NULL || strchr(dot + 1, '.') == NULL) && strchr(value, '"') == NULL)
        return true;
    error_set(error, ERROR_CONFIG, "%s is \"%s\", which is no table", as, value_shown(value, shown));
    return error_next(error, "write NAME or SCHEMA.NAME, plain names of at most %d bytes", LONGEST_IDENTIFIER);
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtol(text, NULL, 10) <= 65535;
}

static bool refuse_listen(const char *as, const char *value, struct error *error)
{
    char shown[VALUE_SHOWN_SIZE];
    error_set(error, ERROR_CONFIG, "%s is \"%s\", which is no address to listen on", as, value_shown(value, shown));
    return error_next(error, "write 127.0.0.1:8088, [::]:8088 (all addresses) or unix:/path/of/socket");
}

static bool check_socket_path(const char *as, const char *path, struct error *error)
{
    const size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    if (path[0] != '\0' && strlen(path) <= most)
        return true;

    error_set(error, ERROR_CONFIG, path[0] == '\0' ? "%s has no path behind unix:" : "%s has too long a socket path",
              as);
    return error_next(error, "a socket's path has 1 to %zu bytes", most);
}

bool check_listen(const char *as, const char *value, struct error *error)
{
    const char unix_prefix[] = "unix:";
    if (strncmp(value, unix_prefix, strlen(unix_prefix)) == 0)
        return check_socket_path(as, value + strlen(unix_prefix), error);

    const char *colon = strrchr(value, ':');
    if (colon == NULL || colon == value || !is_port(colon + 1) || value[strcspn(value, " \t/")] != '\0')
        return refuse_listen(as, value, error);

    bool bracketed = value[0] == '[' && colon[-1] == ']' && colon - value > 2;
    bool several_colons = strchr(value, ':') != colon;
    if (!bracketed && (several_colons || value[strcspn(value, "[]")] != '\0'))
        return refuse_listen(as, value, error);
    return true;
}
