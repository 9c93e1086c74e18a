/*
 * PgBouncer in front of a throw-away server, on a free port of 127.0.0.1: every database and role of the server, without
 * passwords. It runs as the servers do, and ends with the process that started it. Its console (database pgbouncer) tells
 * the role postgres everything, refuses guest, and does not know any other.
 */
#ifndef MIGRATED_TESTS_SUPPORT_POOLER_H
#define MIGRATED_TESTS_SUPPORT_POOLER_H

struct pooler;

/* `port` is the server's on 127.0.0.1; `mode` is PgBouncer's pool_mode: "session", "transaction", "statement". */
struct pooler *pooler_start(int port, const char *mode);
/* With more lines for its section [pgbouncer] ("default_pool_size = 1\n"). */
struct pooler *pooler_start_with(int port, const char *mode, const char *settings);
void pooler_stop(struct pooler *pooler); /* and removes its folder; NULL is fine */

int pooler_port(const struct pooler *pooler); /* on 127.0.0.1 */

#endif
