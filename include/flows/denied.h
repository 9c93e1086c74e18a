/* Refused for want of a privilege (SQLSTATE 42501): what was tried, and where the GRANTs are told. */
#ifndef MIGRATED_FLOWS_DENIED_H
#define MIGRATED_FLOWS_DENIED_H

#include "base/error.h"

/* Put `tried` ("the version table cannot be read") before the server's message, and say what to type next; any other
 * error is left as it is. */
void denied_explain(struct error *error, const char *tried);

#endif
