/*
 * One connection on which checks are asked, one at a time.
 *
 * Happy path: checker_ask -> (opening) -> asking -> answered, and idle. It opens when it is first asked, and again after a
 * loss.
 * Failure modes: the database cannot be reached; the query is refused, or reaches its timeout at the server; the server does
 * not keep to that timeout, and the connection is given up; the connection is lost. Each is an outcome of the asking; a loss
 * while idle is silent.
 */
#ifndef MIGRATED_FLOWS_CHECKER_H
#define MIGRATED_FLOWS_CHECKER_H

#include "core/check.h"
#include "flows/session.h"

struct checker;

enum checker_outcome {
    CHECKER_ANSWERED,
    CHECKER_REFUSED,     /* by the server */
    CHECKER_TIMED_OUT,   /* at the server, or here */
    CHECKER_UNREACHABLE, /* it was not asked */
    CHECKER_LOST,        /* while it was asked */
};

/* Borrowed for the time of the callback. */
struct checker_reply {
    enum checker_outcome outcome;
    struct check_answer answer; /* CHECKER_ANSWERED */
    struct error error;         /* else */
    double ms;                  /* of the question alone; -1: it was not asked */
};

struct checker_events {
    void (*replied)(void *context, const struct checker_reply *reply); /* from the loop */
    void *context;
};

/* `target` is borrowed. */
struct checker *checker_create(uv_loop_t *loop, const struct target_config *target,
                               const struct checker_events *events);
void checker_destroy(struct checker *checker); /* NULL is fine; not from inside its event */

/* While it is not busy. `query` is copied. */
void checker_ask(struct checker *checker, const char *query, int64_t timeout_ms);
bool checker_is_busy(const struct checker *checker);
/* Busy, and not connected yet. */
bool checker_is_opening(const struct checker *checker);

#endif
