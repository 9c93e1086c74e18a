/*
 * The checks of the configuration, in the background: each at its own interval, never waited for by a request, on
 * connections of their own.
 *
 * The checks of a target take turns on one connection, so that they cost the server one session, however many they are. A
 * query that hangs would hold up the others for as long as its timeout: whoever has waited for a turn for a moment gets a
 * second connection, which goes again once it has been idle for a minute.
 */
#ifndef MIGRATED_DAEMON_CHECKS_H
#define MIGRATED_DAEMON_CHECKS_H

#include "config/config.h"
#include "core/check.h"

#include <uv.h>

struct checks;

struct checks_events {
    void (*changed)(void *context); /* a result is there */
    void *context;
};

/* `config` is borrowed. They begin at once. */
struct checks *checks_create(uv_loop_t *loop, const struct config *config, const struct checks_events *events);
/* What stays the same question keeps its last result. */
void checks_reload(struct checks *checks, const struct config *config);
void checks_destroy(struct checks *checks); /* NULL is fine */

/* The target has become ready, or is not any more: its checks that were not well may be now, and are asked at once. */
void checks_follow(struct checks *checks, const char *target, bool ready);

/* Borrowed until the next event. */
struct check_view {
    const char *name, *type, *target;
    bool required;
    bool known;                 /* it has a result that is not too old */
    struct check_result result; /* not well where there is none; texts that are made here are owned by the arena */
    double ms;                  /* of the last question; -1: none came through */
    int64_t checked_wall_ms;    /* 0: never */
    int64_t age_ms, interval_ms;
    int64_t next_ms; /* until it is asked next; 0: now */
};

/* In the order of the configuration, owned by the arena. */
const struct check_view *checks_look(const struct checks *checks, struct arena *arena, size_t *count);

#endif
