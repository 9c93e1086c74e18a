#include "notify/systemd.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_FD = 3, MAX_STATUS = 512 };

/* The whole number in an environment variable, false if there is none. */
static bool read_number(const char *name, uint64_t *number)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0' || value[strspn(value, "0123456789")] != '\0')
        return false;
    errno = 0;
    *number = strtoull(value, NULL, 10);
    return errno == 0;
}

static bool is_own_pid(const char *name)
{
    uint64_t pid = 0;
    return read_number(name, &pid) && pid == (uint64_t)getpid();
}

/* Takes a path or an abstract name ("@name", whose first byte is NUL on the wire). */
static bool set_address(struct systemd *systemd, const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;
    if (length < 2 || length >= sizeof systemd->address.sun_path || (name[0] != '/' && name[0] != '@'))
        return false;
    systemd->address.sun_family = AF_UNIX;
    memcpy(systemd->address.sun_path, name, length);
    systemd->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (name[0] == '@')
        systemd->address.sun_path[0] = '\0';
    else
        systemd->address_size++; /* a path is sent with its NUL, an abstract name without */
    return true;
}

void systemd_init(struct systemd *systemd)
{
    *systemd = (struct systemd){.socket = -1};
    if (set_address(systemd, getenv("NOTIFY_SOCKET")))
        systemd->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    uint64_t usec = 0;
    bool ours = getenv("WATCHDOG_PID") == NULL || is_own_pid("WATCHDOG_PID");
    if (ours && read_number("WATCHDOG_USEC", &usec))
        systemd->watchdog_ms = usec / 1000;

    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void systemd_finish(struct systemd *systemd)
{
    if (systemd->socket >= 0)
        close(systemd->socket);
    systemd->socket = -1;
}

static void notify(struct systemd *systemd, const char *message, int flags)
{
    if (systemd->socket < 0)
        return;
    const struct sockaddr *address = (const void *)&systemd->address;
    ssize_t sent;
    do
        sent =
            sendto(systemd->socket, message, strlen(message), MSG_NOSIGNAL | flags, address, systemd->address_size);
    while (sent < 0 && errno == EINTR);
}

void systemd_ready(struct systemd *systemd)
{
    notify(systemd, "READY=1", 0);
}

void systemd_status(struct systemd *systemd, const char *status)
{
    char message[MAX_STATUS] = "STATUS=";
    size_t prefix = strlen(message);
    error_copy(message + prefix, sizeof message - prefix, status, strcspn(status, "\n"));
    notify(systemd, message, MSG_DONTWAIT);
}

void systemd_reloading(struct systemd *systemd, uint64_t monotonic_usec)
{
    char message[64];
    snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_usec);
    notify(systemd, message, 0);
}

void systemd_stopping(struct systemd *systemd)
{
    notify(systemd, "STOPPING=1", 0);
}

void systemd_extend_timeout(struct systemd *systemd, uint64_t ms)
{
    char message[64];
    snprintf(message, sizeof message, "EXTEND_TIMEOUT_USEC=%" PRIu64, ms * 1000);
    notify(systemd, message, MSG_DONTWAIT);
}

void systemd_watchdog(struct systemd *systemd)
{
    notify(systemd, "WATCHDOG=1", MSG_DONTWAIT);
}

int systemd_listen_fd(void)
{
    uint64_t count = 0;
    bool ours = is_own_pid("LISTEN_PID") && read_number("LISTEN_FDS", &count) && count > 0;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (!ours)
        return -1;
    for (int fd = FIRST_FD; (uint64_t)(fd - FIRST_FD) < count; fd++)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
            return fd > FIRST_FD ? FIRST_FD : -1;
    return FIRST_FD;
}
