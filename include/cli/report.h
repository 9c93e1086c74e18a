/* Messages of commands on stderr, results on stdout. */
#ifndef MIGRATED_CLI_REPORT_H
#define MIGRATED_CLI_REPORT_H

#include "base/error.h"
#include "base/fault.h"
#include "config/faults.h"

#include <stdbool.h>
#include <stdio.h>

/* "file:line:column: error: ..." with the line and caret, SQLSTATE, and what to do next; returns the exit status. */
int report_error(const struct error *error);
int report_usage(const char *format, ...) __attribute__((format(printf, 1, 2))); /* 64 */
/* From now on a usage error says to type this next, at first `migrated help`. Borrowed until the end. */
void report_usage_next(const char *next);

/* All faults, sorted, one a line as file:line:column, and a sum. Returns the exit status. */
int report_faults(struct faults *faults);
/* Each as report_error, and a sum if they are several. Returns the exit status of the first. */
int report_config_faults(const struct config_faults *faults);

/* "file:line:column: note: ...": something to know about a file that is fine. */
void report_note(const char *file, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* From now on stdout gets a JSON document whatever happens (or, with false, no more): report_finish prints
 * {"ok":false,"error","faults"} of what was reported unless the command has printed one. Before the end, once. */
void report_json(bool wanted);
void report_finish(void);

/* Colour and moving pictures only on a terminal, not with NO_COLOR, TERM=dumb or --no-color. */
bool report_has_colour(FILE *stream);
bool report_is_terminal(FILE *stream);
void report_no_colour(void);

#endif
