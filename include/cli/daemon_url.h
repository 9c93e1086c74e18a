/* Where a running daemon answers. Pure. */
#ifndef MIGRATED_CLI_DAEMON_URL_H
#define MIGRATED_CLI_DAEMON_URL_H

#include "base/error.h"

struct arena;

/* Strings are owned by the arena. */
struct daemon_url {
    const char *url;     /* whole, with the path; may hold a password: not to be shown */
    const char *socket;  /* path of a unix socket to reach it by; NULL: TCP */
    const char *display; /* for people, without a password */
};

/*
 * `given` is what a person typed: a base URL or one with a path, "host:port", ":port", "unix:PATH"; a path alone is one
 * of the daemon at `listen`, and so is NULL. `listen` is the option of that name. `page` ("/readyz") is asked where no
 * path is given. An address that means "all" ([::], 0.0.0.0) is asked at 127.0.0.1. ERROR_USAGE: not understood, or
 * `listen` leaves the port to chance.
 */
bool daemon_url_make(struct arena *arena, const char *given, const char *listen, const char *page,
                     struct daemon_url *url, struct error *error);

#endif
