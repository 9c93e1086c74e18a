/* JSON on stdout: one line, keys in the order in which they were set. */
#ifndef MIGRATED_CLI_JSON_PRINT_H
#define MIGRATED_CLI_JSON_PRINT_H

#include <jansson.h>

#include "base/error.h"
#include "base/names.h"

/* `body` is handed over. */
void json_print(json_t *body);
/* Until NULL ends it with one document, {"targets":{NAME:...}}, what is printed becomes that of this target. Borrowed. */
void json_print_for(const char *target);
/* Has anything been printed (for this target)? */
bool json_printed(void);

/* A string; null for NULL and for bytes that are no UTF-8. */
json_t *json_text(const char *text);
json_t *json_names(const struct names *names);
/* {"file","line","column","message"}. */
json_t *json_fault(const char *file, unsigned line, unsigned column, const char *message);
/* A line or column; null for 0. */
json_t *json_position(unsigned position);
/* {"code","exit_status","sqlstate","file","line","column","message","detail","next"}; null for an error of code
 * ERROR_NONE. */
json_t *json_error(const struct error *error);

#endif
