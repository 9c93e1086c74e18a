/* PostgreSQL's errors in our words. */
#ifndef MIGRATED_DB_ERROR_H
#define MIGRATED_DB_ERROR_H

#include "base/error.h"

#include <libpq-fe.h>

/*
 * From the fields of an error: message, SQLSTATE, DETAIL, HINT, CONTEXT and internal query. The code follows the
 * SQLSTATE: 28xxx and 42501 ERROR_DENIED, 3D000 and class 08, 57P0x ERROR_UNREACHABLE, 55P03 ERROR_BUSY, 25006
 * ERROR_CONFIG, everything else ERROR_REVISION_FAILED.
 */
void db_error_from_result(struct error *error, const PGresult *result);

/*
 * From a connection that failed or broke: PQerrorMessage in one line, without the source's location. Wrong password and
 * missing database are told apart from "not there yet" by the SQLSTATE, whatever language the server speaks: libpq tells
 * it in the message of a connection whose verbosity is PQERRORS_VERBOSE. Never holds a password.
 */
void db_error_from_conn(struct error *error, PGconn *conn);

/* Trying again later cannot help: wrong password, missing database or role, no permission to connect. */
bool db_error_is_final(const struct error *error);

#endif
