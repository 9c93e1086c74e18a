/*
 * Host names of a connection, looked up in libuv's pool before libpq sees them (PQconnectStart would block in
 * getaddrinfo): each name becomes as many entries as it has addresses, with `hostaddr` beside `host`, so that libpq
 * tries them in turn and TLS still checks the name.
 */
#ifndef MIGRATED_DB_HOSTS_H
#define MIGRATED_DB_HOSTS_H

#include "base/error.h"

#include <uv.h>

struct db_hosts;

/* Called once, from the loop. Keywords and values are borrowed for the time of the call; with an error they are NULL. */
typedef void db_hosts_done(void *context, const char *const *keywords, const char *const *values,
                           const struct error *error);

/* `keywords` and `values` are NULL-terminated and copied. Of the addresses found, the one numbered `first` (counted from 0,
 * round and round) comes first. */
struct db_hosts *db_hosts_resolve(uv_loop_t *loop, const char *const *keywords, const char *const *values,
                                  unsigned first, db_hosts_done *done, void *context);

/* Give up: `done` will not be called; the memory goes when the pool is through with it. NULL is fine. */
void db_hosts_forget(struct db_hosts *hosts);

#endif
