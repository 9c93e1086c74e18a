/*
 * systemd's notification protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET. And socket activation
 * (sd_listen_fds(3)).
 */
#ifndef MIGRATED_NOTIFY_SYSTEMD_H
#define MIGRATED_NOTIFY_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

struct systemd {
    int socket;           /* -1: not started by systemd with Type=notify */
    uint64_t watchdog_ms; /* interval at which WATCHDOG=1 must arrive; 0: no watchdog */
};

/* Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and take them out of the environment. */
void systemd_init(struct systemd *systemd);
void systemd_finish(struct systemd *systemd);

void systemd_ready(struct systemd *systemd);
void systemd_status(struct systemd *systemd, const char *status); /* one line */
void systemd_reloading(struct systemd *systemd, uint64_t monotonic_usec);
void systemd_stopping(struct systemd *systemd);
void systemd_extend_timeout(struct systemd *systemd, uint64_t ms);
void systemd_watchdog(struct systemd *systemd);

/* The first listening socket handed over (LISTEN_PID, LISTEN_FDS), close-on-exec, or -1. Takes the variables out of the
 * environment. */
int systemd_listen_fd(void);

#endif
