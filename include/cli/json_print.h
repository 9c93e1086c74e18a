/* JSON on stdout: one line, keys in the order in which they were set. */
#ifndef MIGRATED_CLI_JSON_PRINT_H
#define MIGRATED_CLI_JSON_PRINT_H

#include <jansson.h>

/* `body` is handed over. */
void json_print(json_t *body);

/* A string; null for NULL and for bytes that are no UTF-8. */
json_t *json_text(const char *text);

#endif
