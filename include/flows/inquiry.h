/* One question on a session of its own, for commands that only look: opens, asks, hands over the answer, closes. */
#ifndef MIGRATED_FLOWS_INQUIRY_H
#define MIGRATED_FLOWS_INQUIRY_H

#include "flows/session.h"

/* Borrowed for the time of the call. */
struct inquiry {
    /* Write the question; false: there is nothing to ask (the tables are missing). */
    bool (*ask)(void *context, struct text *sql, const struct ledger *ledger, const struct books_facts *facts);
    /* The last result with rows. */
    void (*take)(void *context, const PGresult *result);
    void *context;
};

/* Blocks until it is answered. False: `error` says why not. */
bool inquiry_run(const struct target_config *target, const struct inquiry *inquiry, struct error *error);

#endif
