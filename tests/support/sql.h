/*
 * SQL in tests: short calls on libpq that fail the test when the server does.
 */
#ifndef MIGRATED_TESTS_SUPPORT_SQL_H
#define MIGRATED_TESTS_SUPPORT_SQL_H

#include <libpq-fe.h>

/* An open connection, owned by the caller (PQfinish). */
PGconn *sql_connect(const char *url);

/* Run a command (several, separated by semicolons, as one transaction); what it returns is dropped. */
void sql_exec(PGconn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The one value of a query that returns one row of one column; NULL for NULL. Owned by the caller (free). */
char *sql_value(PGconn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first column of all rows, joined by ",": "" for no rows. Owned by the caller (free). */
char *sql_names(PGconn *conn, const char *query);

#endif
