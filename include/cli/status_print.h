/* The daemon's /status, for a person. */
#ifndef MIGRATED_CLI_STATUS_PRINT_H
#define MIGRATED_CLI_STATUS_PRINT_H

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* Everything, in lines. */
void status_add(struct text *text, const json_t *body, bool colour);

/* What matters in a line a target, without anything that changes by itself (times, ages). */
void status_add_brief(struct text *text, const json_t *body);

#endif
