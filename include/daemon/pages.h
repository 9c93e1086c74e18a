/*
 * What the daemon says over HTTP: bodies as JSON and as text, made from the targets' views and handed to the server
 * ready to send.
 */
#ifndef MIGRATED_DAEMON_PAGES_H
#define MIGRATED_DAEMON_PAGES_H

#include "daemon/checks.h"
#include "daemon/target.h"
#include "http/server.h"

struct pages_input {
    const struct target_view *targets;
    size_t n_targets;
    const struct check_view *checks;
    size_t n_checks;
    bool stopping, started; /* started: pages_started was true once, maybe just now */
    int64_t uptime_ms;
    const struct names *warnings; /* of the configuration */
    const char *config_warning;   /* a faulty reload; NULL: none */
    int64_t cache_ttl_ms;
};

/* True if the application may start: database and migrations of every target. */
bool pages_started(const struct pages_input *input);
/* True if the application may be let in: the required checks are well, too. */
bool pages_ready(const struct pages_input *input);

/* The state of the whole: the worst target speaks for all, of equals the first. */
const struct target_view *pages_spokesman(const struct pages_input *input);

/* Publish all pages. */
void pages_publish(struct http_server *server, const struct pages_input *input);

#endif
