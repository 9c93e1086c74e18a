/* Messages of commands on stderr, results on stdout. */
#ifndef MIGRATED_CLI_REPORT_H
#define MIGRATED_CLI_REPORT_H

#include "base/error.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stdio.h>

/* "file:line:column: error: ..." with the line and caret, SQLSTATE, and what to do next; returns the exit status. */
int report_error(const struct error *error);
int report_usage(const char *format, ...) __attribute__((format(printf, 1, 2))); /* 64 */

/* All faults, sorted, one a line as file:line:column, and a sum. */
void report_faults(struct faults *faults);

/* Colour and moving pictures only on a terminal, not with NO_COLOR, TERM=dumb or --no-color. */
bool report_has_colour(FILE *stream);
bool report_is_terminal(FILE *stream);
void report_no_colour(void);

#endif
