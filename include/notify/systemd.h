/*
 * systemd's notification protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET. And socket activation
 * (sd_listen_fds(3)). A change of state waits for room in systemd's queue; what is repeated anyway (status, timeouts,
 * watchdog) is dropped when there is none, so that the loop never hangs on it.
 */
#ifndef MIGRATED_NOTIFY_SYSTEMD_H
#define MIGRATED_NOTIFY_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct systemd {
    int socket;                 /* -1: not started by systemd with Type=notify */
    uint64_t watchdog_ms;       /* interval within which WATCHDOG=1 must arrive; 0: no watchdog */
    struct sockaddr_un address; /* private */
    socklen_t address_size;     /* private */
};

/* Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and take them out of the environment. */
void systemd_init(struct systemd *systemd);
void systemd_finish(struct systemd *systemd);

void systemd_ready(struct systemd *systemd);                      /* started, or reloaded */
void systemd_status(struct systemd *systemd, const char *status); /* its first line is sent */
void systemd_reloading(struct systemd *systemd, uint64_t monotonic_usec);
void systemd_stopping(struct systemd *systemd);
void systemd_extend_timeout(struct systemd *systemd, uint64_t ms); /* from now */
void systemd_watchdog(struct systemd *systemd);

/* The first socket handed over (LISTEN_PID, LISTEN_FDS), or -1; all of them become close-on-exec. Takes the variables
 * out of the environment. */
int systemd_listen_fd(void);

#endif
