#include "db/error.h"

#include "base/text.h"

#include <string.h>

static enum error_code code_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum error_code code;
    } codes[] = {
        {"28", ERROR_DENIED},      {"42501", ERROR_DENIED},    {"3D000", ERROR_UNREACHABLE},
        {"08", ERROR_UNREACHABLE}, {"57P", ERROR_UNREACHABLE}, {"53300", ERROR_UNREACHABLE},
        {"55P03", ERROR_BUSY},     {"25006", ERROR_CONFIG},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strncmp(sqlstate, codes[i].prefix, strlen(codes[i].prefix)) == 0)
            return codes[i].code;
    return ERROR_REVISION_FAILED;
}

static void add_field(struct text *text, const char *label, const PGresult *result, int field)
{
    const char *value = PQresultErrorField(result, field);
    if (value != NULL && *value != '\0')
        text_addf(text, "%s%s: %s", text->length > 0 ? "\n" : "", label, value);
}

void db_error_from_result(struct error *error, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct text detail = {0};

    error_set(error, code_of(sqlstate == NULL ? "" : sqlstate), "%s",
              message != NULL ? message : PQresultErrorMessage(result));
    if (sqlstate != NULL)
        error_copy(error->sqlstate, sizeof error->sqlstate, sqlstate, strlen(sqlstate));
    add_field(&detail, "DETAIL", result, PG_DIAG_MESSAGE_DETAIL);
    add_field(&detail, "HINT", result, PG_DIAG_MESSAGE_HINT);
    add_field(&detail, "QUERY", result, PG_DIAG_INTERNAL_QUERY);
    add_field(&detail, "CONTEXT", result, PG_DIAG_CONTEXT);
    error_copy(error->detail, sizeof error->detail, text_string(&detail), detail.length);
    text_finish(&detail);
}

/* libpq keeps no SQLSTATE of a failed connection before version 17 for us to read; these words are the server's FATALs
 * in the C locale and libpq's own. A translated server leaves the general code, which is right in kind. */
static enum error_code code_of_connection(const char *message)
{
    static const char *const denied[] = {"password authentication failed", "no password supplied",
                                         "authentication failed",          "no pg_hba.conf entry",
                                         "is not permitted to log in",     "permission denied for database"};
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        if (strstr(message, denied[i]) != NULL)
            return ERROR_DENIED;
    if (strstr(message, "role \"") != NULL && strstr(message, "does not exist") != NULL)
        return ERROR_DENIED;
    return ERROR_UNREACHABLE;
}

void db_error_from_conn(struct error *error, PGconn *conn)
{
    const char *message = conn == NULL ? "out of memory" : PQerrorMessage(conn);
    struct text line = {0};
    for (; *message != '\0'; message++)
        if (*message != '\n' || (message[1] != '\0' && message[1] != '\n'))
            text_add_char(&line, *message == '\n' ? ' ' : *message == '\t' ? ' ' : *message);
    error_set(error, code_of_connection(text_string(&line)), "%s", text_string(&line));
    text_finish(&line);
}

bool db_error_is_final(const struct error *error)
{
    return error->code == ERROR_DENIED || error->code == ERROR_CONFIG ||
           (strstr(error->message, "database \"") != NULL && strstr(error->message, "does not exist") != NULL);
}
