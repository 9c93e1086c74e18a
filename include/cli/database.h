/* A command's one look at the database: the version rows, and the stored graph when they hold strangers. */
#ifndef MIGRATED_CLI_DATABASE_H
#define MIGRATED_CLI_DATABASE_H

#include "cli/command.h"
#include "core/tenants.h"

struct database_look {
    struct names rows;    /* sorted; owned by the invocation's arena, as everything here */
    size_t version_width; /* characters that the version column holds; 0: any */
    bool has_stored;
    struct stored_graph stored;
    const struct tenants *tenants; /* NULL: none were asked for */
    const char *display;           /* "host:port/dbname as user" */
};

/* Blocks until it is read or failed. False: `error` says why. */
bool database_read(struct invocation *invocation, const struct graph *graph, struct database_look *look,
                   struct error *error);

/* The same for what is shown: of Django's records the last of each app, and those that no file explains. */
bool database_read_current(struct invocation *invocation, const struct graph *graph, struct database_look *look,
                           struct error *error);

#endif
