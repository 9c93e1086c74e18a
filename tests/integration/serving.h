/*
 * `migrated serve` in tests: a daemon with a database and revision files of its own, asked over HTTP.
 */
#ifndef MIGRATED_TESTS_INTEGRATION_SERVING_H
#define MIGRATED_TESTS_INTEGRATION_SERVING_H

#include "support/cluster.h"
#include "support/folder.h"
#include "support/http_client.h"
#include "support/program.h"
#include "support/sql.h"

#include <jansson.h>

#define SERVING_MS 15000 /* deadline of what should take no time at all */

struct serving {
    struct folder *files;    /* the revision files; owned */
    const char *url;         /* of the database; borrowed from the cluster, or replaced by the test */
    const char *config;      /* --config; borrowed; NULL: none */
    struct program *program; /* owned; NULL: not started */
    char *http;              /* base URL; owned */
};

/* A new database of the shared server, and no files yet. */
void serving_create(struct serving *serving);
/* With the database and the files of another. */
void serving_create_beside(struct serving *serving, const struct serving *other);
/* Kills what still runs. */
void serving_destroy(struct serving *serving);

/* Start it, with more variables ("MIGRATED_CACHE_TTL=1s", NULL at the end), and wait until it listens. */
void serving_start(struct serving *serving, ...) __attribute__((sentinel));
/* SIGTERM; fails unless it ends well. */
void serving_stop(struct serving *serving);

/* The JSON of a path, owned by the caller; `status` may be NULL. */
json_t *serving_get(const struct serving *serving, const char *path, long *status);
/* The body as it is; owned by the caller. */
char *serving_body(const struct serving *serving, const char *path, long *status);

/* Until /readyz is in this state. */
void serving_wait_state(const struct serving *serving, const char *state, int deadline_ms);
/* Until the value at `place` ("targets.0.running.revision") of a path's JSON is this text; numbers as json_dumps has
 * them, "null" for null and for what is not there. */
void serving_wait_value(const struct serving *serving, const char *path, const char *place, const char *value,
                        int deadline_ms);
/* That value now; owned by the caller. */
char *serving_value(const struct serving *serving, const char *path, const char *place);
void serving_check_value(const struct serving *serving, const char *path, const char *place, const char *value);

/* Until the database was read twice more: whatever is to follow from its state has begun. */
void serving_let_readings_pass(const struct serving *serving);

/* Run `migrated` to its end with the database and files of this one; fails unless its exit status is `status`. The
 * arguments end in NULL. */
void serving_run(const struct serving *serving, int status, const char *command, const char *argument);

/* The one value of a query in its database, as text; owned by the caller. */
char *serving_sql(const struct serving *serving, const char *query);
void serving_exec(const struct serving *serving, const char *command);

#endif
