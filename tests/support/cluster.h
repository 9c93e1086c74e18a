/*
 * Throw-away PostgreSQL servers: superuser `postgres` without a password, locale C, UTF8, no fsync, times in UTC.
 *
 * The programs are found in $MIGRATED_TEST_PGBIN, else by pg_config, else in /usr/lib/postgresql. They do not run as
 * root: a root caller's servers belong to the user `postgres`, else `nobody`. A server ends with the process that
 * started it, however that ended, and its folder goes with it.
 *
 * initdb runs once: the first cluster leaves a template that later ones, in forked tests too, copy.
 */
#ifndef MIGRATED_TESTS_SUPPORT_CLUSTER_H
#define MIGRATED_TESTS_SUPPORT_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

struct cluster;

struct cluster_options {
    bool tcp;                    /* a free port on 127.0.0.1 beside the Unix socket */
    bool standby;                /* a hot standby that never gets more WAL: read-only, in recovery */
    const char *const *settings; /* "name=value" for postgresql.conf, ending in NULL; NULL: none */
    const char *hba;             /* text of pg_hba.conf; NULL: trust everybody */
};

/* A server that accepts connections; NULL options are all defaults. */
struct cluster *cluster_start(const struct cluster_options *options);

/*
 * A streaming standby of a cluster, with its options and an address of its own. It streams all of the primary's WAL, which
 * must still be there: of a server that is minutes old it is. It stays a standby, whatever becomes of the primary, until it
 * is promoted.
 */
struct cluster *cluster_start_standby(struct cluster *primary);
/* Until the standby has replayed what is committed on the primary at this moment. */
void cluster_catch_up(struct cluster *standby, struct cluster *primary);
void cluster_promote(struct cluster *standby); /* it takes writes */

void cluster_destroy(struct cluster *cluster); /* stops it and removes its folder; NULL is fine */

/*
 * The server of the whole test program. Started (with TCP) before srunner_run and stopped after it; the forked tests in
 * between use it, each with a database of its own, and never stop it.
 */
void cluster_shared_start(void);
void cluster_shared_stop(void);
struct cluster *cluster_shared(void);

/*
 * Stop and start again, on the same address; only where cluster_start was called. Stopped `immediate`, it is as after a
 * crash; else sessions are ended and it shuts down properly.
 */
void cluster_down(struct cluster *cluster, bool immediate);
void cluster_up(struct cluster *cluster);
void cluster_restart(struct cluster *cluster, bool immediate);

/* The address of `database`: by TCP if it has that, or by its Unix socket. Borrowed, until cluster_destroy. */
const char *cluster_url(struct cluster *cluster, const char *database);
const char *cluster_socket_url(struct cluster *cluster, const char *database);

/* A new, empty database with a name of its own. Borrowed, until cluster_destroy. */
const char *cluster_create_database(struct cluster *cluster);

pid_t cluster_pid(const struct cluster *cluster);                 /* of the postmaster */
int cluster_port(const struct cluster *cluster);                  /* of TCP, also in the Unix socket's name */
char *cluster_log(struct cluster *cluster);                       /* the server's log so far; owned by the caller */
const char *cluster_socket_folder(const struct cluster *cluster); /* borrowed */

#endif
