/* The inside of the checks, shared by what decides (checks.c) and what shows (checks_view.c). */
#ifndef MIGRATED_DAEMON_CHECKS_PARTS_H
#define MIGRATED_DAEMON_CHECKS_PARTS_H

#include "daemon/checks.h"
#include "flows/checker.h"

enum check_logged { LOGGED_NOTHING, LOGGED_WELL, LOGGED_NOT_WELL };

struct check {
    const struct check_config *own; /* borrowed */
    const struct check_type *type;
    struct site *site;
    int64_t due_ms;
    bool asked; /* a lane has it */
    bool lost;  /* the connection was, the last time it was asked */

    struct arena *arena; /* owned: of the result; NULL: there is none */
    struct check_result result;
    double ms;
    int64_t checked_ms, checked_wall_ms;
    enum check_logged logged; /* the last that was */
};

/* A target, as the checks see it. */
struct site {
    const struct target_config *target; /* borrowed */
    unsigned failed_connects;
    int64_t connect_at_ms; /* not before */
    bool ready;
};

/* A connection, and the check that is asked on it. */
struct lane {
    struct checks *checks;
    struct site *site;
    struct checker *checker; /* owned */
    struct check *check;     /* NULL: idle */
    int64_t since_ms;        /* busy, or idle */
    struct lane *next;
};

struct checks {
    uv_loop_t *loop;
    const struct config *config; /* borrowed */
    struct checks_events events;
    struct check *items; /* owned */
    size_t count;
    struct site *sites; /* owned, one for each target */
    struct lane *lanes; /* owned */
    uv_timer_t *timer;
};

struct check_terms check_terms_of(const struct check_config *own);

#endif
