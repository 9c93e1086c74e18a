/* An error as one line: for the log, and for the pages. */
#ifndef MIGRATED_DAEMON_FAILURE_LOG_H
#define MIGRATED_DAEMON_FAILURE_LOG_H

#include "base/error.h"
#include "base/text.h"

/* "FILE:LINE:COLUMN: message" */
void failure_add(struct text *text, const struct error *error);
/* The same and what to do next, as an error. */
void failure_log(const struct error *error);

#endif
