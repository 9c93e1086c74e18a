/*
 * The listening socket: made from an address as the user wrote it, or taken over from systemd.
 */
#ifndef MIGRATED_HTTP_LISTENER_H
#define MIGRATED_HTTP_LISTENER_H

#include "base/error.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct listener {
    int fd;
    sa_family_t family;
    char url[160];           /* the bound address: "http://127.0.0.1:8088" or "unix:/path" */
    struct sockaddr_un file; /* the socket file that we made, sun_path "" if none */
    dev_t device;            /* which file that is: a successor's file of the same name is not ours to remove */
    ino_t inode;
};

/*
 * Bind and listen on "HOST:PORT", "[IPV6]:PORT", ":PORT" (all addresses) or "unix:PATH". A name is looked up once, here;
 * its first IPv4 address wins over IPv6. "[::]" takes IPv4 clients too, and is 0.0.0.0 on a machine without IPv6. A unix
 * socket has mode 0660: its group decides who may ask. A socket file that nobody answers at is replaced.
 * Errors: ERROR_CONFIG.
 */
bool listener_open(struct listener *listener, const char *address, struct error *error);

/* Take over a listening stream socket; it is closed on failure (ERROR_CONFIG). */
bool listener_adopt(struct listener *listener, int fd, struct error *error);

/* Remove the socket file, if it is still ours; the descriptor is the HTTP library's to close. */
void listener_unlink(const struct listener *listener);

#endif
