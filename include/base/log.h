/*
 * The log of the daemon and the messages of commands: one line an event on stderr, as text on a terminal (and for
 * people), as JSON otherwise; under journald with its priority prefix. Only the rim (cli, daemon) and the flows log.
 */
#ifndef MIGRATED_BASE_LOG_H
#define MIGRATED_BASE_LOG_H

#include <stdbool.h>

enum log_severity { LOG_SEVERITY_DEBUG, LOG_SEVERITY_INFO, LOG_SEVERITY_WARNING, LOG_SEVERITY_ERROR };
enum log_style { LOG_STYLE_PLAIN, LOG_STYLE_TEXT, LOG_STYLE_JSON }; /* PLAIN: a command's messages, no time */

void log_init(enum log_style style, enum log_severity least);

/* What the line is about; every field may be NULL. */
struct log_about {
    const char *target, *revision, *sqlstate;
};

/* Do lines of text say which target they are about? JSON always does. At first: no. */
void log_show_targets(bool shown);

void log_event(enum log_severity severity, const struct log_about *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...)   log_event(LOG_SEVERITY_DEBUG, NULL, __VA_ARGS__)
#define log_info(...)    log_event(LOG_SEVERITY_INFO, NULL, __VA_ARGS__)
#define log_warning(...) log_event(LOG_SEVERITY_WARNING, NULL, __VA_ARGS__)
#define log_error(...)   log_event(LOG_SEVERITY_ERROR, NULL, __VA_ARGS__)

#endif
