/* Asks a running daemon for one of its pages (libcurl). */
#ifndef MIGRATED_CLI_DAEMON_PAGE_H
#define MIGRATED_CLI_DAEMON_PAGE_H

#include "base/text.h"
#include "cli/command.h"
#include "cli/daemon_url.h"

#include <jansson.h>

/* The page at the command's first argument, or at the configured address; the configuration is read only if it counts.
 * What goes wrong is reported and its exit status returned, else 0. */
int daemon_page_find(struct invocation *invocation, const char *page, struct daemon_url *url);

struct daemon_answer {
    long status;
    struct text text; /* the body as it came */
    json_t *body;     /* the same, an object */
};

/* Blocks. ERROR_UNREACHABLE: no answer in time, or one that is not a daemon's. Freed by daemon_answer_finish, which is
 * fine after a failure too. */
bool daemon_page_get(const struct daemon_url *url, int64_t timeout_ms, struct daemon_answer *answer,
                     struct error *error);
void daemon_answer_finish(struct daemon_answer *answer);

/* The body as it came, ended by a newline, on stdout. */
void daemon_answer_print(const struct daemon_answer *answer);

#endif
