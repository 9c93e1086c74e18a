#include "support/sql.h"

#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"

#include <stdarg.h>
#include <stdlib.h>

PGconn *sql_connect(const char *url)
{
    PGconn *conn = PQconnectdb(url);

    if (PQstatus(conn) != CONNECTION_OK)
        support_fail("%s: %s", url, PQerrorMessage(conn));
    return conn;
}

static PGresult *run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        support_fail("%s\n%s", sql, PQerrorMessage(conn));
    return result;
}

void sql_exec(PGconn *conn, const char *format, ...)
{
    struct text sql = {0};
    va_list arguments;

    va_start(arguments, format);
    text_vaddf(&sql, format, arguments);
    va_end(arguments);
    PQclear(run(conn, text_string(&sql)));
    text_finish(&sql);
}

char *sql_value(PGconn *conn, const char *format, ...)
{
    struct text sql = {0};
    va_list arguments;

    va_start(arguments, format);
    text_vaddf(&sql, format, arguments);
    va_end(arguments);

    PGresult *result = run(conn, text_string(&sql));

    if (PQntuples(result) != 1 || PQnfields(result) != 1)
        support_fail("%s\nreturned %d rows of %d columns, not one value", text_string(&sql), PQntuples(result),
                     PQnfields(result));

    char *value = PQgetisnull(result, 0, 0) ? NULL : memory_string(PQgetvalue(result, 0, 0));

    PQclear(result);
    text_finish(&sql);
    return value;
}

char *sql_names(PGconn *conn, const char *query)
{
    PGresult *result = run(conn, query);
    struct text names = {0};

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        support_fail("%s\nreturns no rows at all", query);
    for (int row = 0; row < PQntuples(result); row++)
        text_addf(&names, "%s%s", row > 0 ? "," : "", PQgetvalue(result, row, 0));
    PQclear(result);
    return names.bytes ? names.bytes : memory_string("");
}
