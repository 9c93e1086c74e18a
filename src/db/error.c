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

/* ---- connections ---- */

#define STATE_LENGTH 5
#define STATE_FRAME  5 /* bytes around it: ":  28P01: " */

/*
 * Behind a severity, in whatever language, a verbose message has the SQLSTATE: "FATAL:  28P01: ...". NULL: not in this
 * line; it is libpq's own then.
 */
static const char *find_state(const char *line, size_t length)
{
    for (size_t i = 0; i + STATE_LENGTH + STATE_FRAME <= length; i++)
        if (strncmp(line + i, ":  ", 3) == 0 &&
            strspn(line + i + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == STATE_LENGTH &&
            strncmp(line + i + 3 + STATE_LENGTH, ": ", 2) == 0)
            return line + i + 3;
    return NULL;
}

/* PgBouncer answers everything with one SQLSTATE, in words of its own and in the server's, as they were in English. */
static void mend_pooler_state(char *sqlstate, const char *message)
{
    static const struct {
        const char *words, *sqlstate;
    } poolers[] = {
        {"authentication failed", "28P01"},      {"no such user", "28000"},
        {"no such database", "3D000"},           {"no pg_hba.conf entry", "28000"},
        {"is not permitted to log in", "28000"}, {"permission denied for database", "42501"},
    };
    if (strcmp(sqlstate, "08P01") != 0)
        return;
    for (size_t i = 0; i < sizeof poolers / sizeof *poolers; i++)
        if (strstr(message, poolers[i].words) != NULL)
            memcpy(sqlstate, poolers[i].sqlstate, STATE_LENGTH);
}

static void add_line(struct text *text, char *sqlstate, const char *line, size_t length)
{
    const char *state = find_state(line, length);
    if (strncmp(line, "LOCATION:", strlen("LOCATION:")) == 0) /* in the server's source */
        return;
    if (text->length > 0)
        text_add_char(text, ' ');
    if (state == NULL) {
        text_add_bytes(text, line, length);
        return;
    }
    memcpy(sqlstate, state, STATE_LENGTH); /* of several hosts the last one's counts */
    text_add_bytes(text, line, (size_t)(state - line));
    state += STATE_LENGTH + strlen(": ");
    text_add_bytes(text, state, (size_t)(line + length - state));
}

static enum error_code code_of_connection(const char *sqlstate, PGconn *conn)
{
    bool denied = code_of(sqlstate) == ERROR_DENIED || (conn != NULL && PQconnectionNeedsPassword(conn));
    return denied ? ERROR_DENIED : ERROR_UNREACHABLE;
}

void db_error_from_conn(struct error *error, PGconn *conn)
{
    const char *message = conn == NULL ? "out of memory" : PQerrorMessage(conn);
    char sqlstate[STATE_LENGTH + 1] = "";
    struct text text = {0};
    while (*message != '\0') {
        size_t length = strcspn(message, "\n");
        add_line(&text, sqlstate, message, length);
        message += length + (message[length] == '\n');
    }
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] == '\t')
            text.bytes[i] = ' ';
    mend_pooler_state(sqlstate, text_string(&text));
    error_set(error, code_of_connection(sqlstate, conn), "%s", text_string(&text));
    memcpy(error->sqlstate, sqlstate, sizeof sqlstate);
    text_finish(&text);
}

bool db_error_is_final(const struct error *error)
{
    return error->code == ERROR_DENIED || error->code == ERROR_CONFIG || strcmp(error->sqlstate, "3D000") == 0;
}
