/*
 * What most tests of commands need: an empty database, a folder of revisions, and `migrated` run with both in its
 * environment. A test fills the folder, runs a command, and asks the database.
 */
#ifndef MIGRATED_TESTS_INTEGRATION_SITE_H
#define MIGRATED_TESTS_INTEGRATION_SITE_H

#include "support/cluster.h"
#include "support/folder.h"
#include "support/program.h"
#include "support/sql.h"

#include <check.h>

#define SITE_DEADLINE_MS 30000

struct site {
    const char *database, *url; /* borrowed from the cluster */
    struct folder *folder;      /* owned */
    PGconn *conn;               /* owned: a superuser's session in the database */
    struct program_options options;
    struct program_result result; /* of the last command; owned */
    char *variables[8];           /* owned */
};

/* On the shared server, or another; finish with site_close. */
void site_open(struct site *site);
void site_open_on(struct site *site, struct cluster *cluster);
void site_close(struct site *site);

/* From now on commands use this address (another role, a relay); copied. */
void site_use_url(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One more "NAME=value" for the commands' environment; copied. */
void site_set(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A revision file of this name with this text. */
void site_write(struct site *site, const char *name, const char *text);
/* A revision of its own, "NAME.sql", below `parent` ("none" at a base), with this up and this down side (NULL: none). */
void site_revision(struct site *site, const char *name, const char *parent, const char *up, const char *down);

/* Run a command to its end and demand this exit status. */
#define site_run(site, expected, ...)                                                                                \
    do {                                                                                                             \
        program_result_finish(&(site)->result);                                                                      \
        program_run(&(site)->result, &(site)->options, SITE_DEADLINE_MS, __VA_ARGS__, NULL);                         \
        ck_assert_msg((site)->result.status == (expected), "exit status %d, not %d\nstdout:\n%s\nstderr:\n%s",       \
                      (site)->result.status, (expected), (site)->result.out, (site)->result.err);                    \
    } while (0)

/* Alembic itself, with the folder's alembic.ini; what it said is in `result`. */
void site_run_alembic(struct site *site, const char *command, const char *argument);

/* Wait for the end of a command that was started and demand this exit status; `program` is freed. */
void site_ends(struct program *program, int status);

/* The last command's stderr or stdout holds this; stdout is this. */
void site_says(const struct site *site, const char *part);
void site_prints(const struct site *site, const char *part);
void site_printed(const struct site *site, const char *whole);

/* The first column of a query's rows, joined by ",". */
void site_holds(const struct site *site, const char *query, const char *expected);
/* The version rows, sorted and joined by ",". */
void site_at(const struct site *site, const char *rows);
/* The history, oldest first: "revision direction outcome", joined by ",". */
void site_history(const struct site *site, const char *expected);

/* The key of the advisory lock that commands of this site take. */
long long site_lock_key(const struct site *site);
/* Wait until a query returns "t". */
void site_wait(const struct site *site, const char *query);

#endif
