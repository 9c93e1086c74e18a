/*
 * Stands in for systemd: a datagram socket that collects what sd_notify(3) sends.
 */
#ifndef MIGRATED_TESTS_SUPPORT_NOTIFY_SINK_H
#define MIGRATED_TESTS_SUPPORT_NOTIFY_SINK_H

struct notify_sink;

struct notify_sink *notify_sink_create(void);
void notify_sink_destroy(struct notify_sink *sink); /* NULL is fine */

/* The value for NOTIFY_SOCKET; and "NOTIFY_SOCKET=path", for struct program_options. Borrowed. */
const char *notify_sink_path(const struct notify_sink *sink);
const char *notify_sink_variable(const struct notify_sink *sink);

/*
 * Wait for an assignment ("READY=1", or "STATUS=" for any status) that starts with `start`, in any message, and return
 * all of that line: borrowed, until destroy. The next call goes on behind it. Fails the test at the deadline.
 */
const char *notify_sink_wait(struct notify_sink *sink, const char *start, int deadline_ms);

/* All assignments that have arrived, in order, a line each; borrowed, until the next call. */
const char *notify_sink_text(struct notify_sink *sink);

#endif
