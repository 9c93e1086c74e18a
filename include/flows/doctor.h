/*
 * Asks a database everything that makes migrating unsafe, and judges it (core/diagnosis.h). Changes nothing: each
 * question is a read-only transaction of its own, and one that is refused only leaves its check undecided.
 *
 * Happy path: connect -> version rows -> stored graph -> books -> (journal) -> (a pooler in
 * between? which, and does it keep the session?)
 * -> one question a check -> done.
 * Failure modes: the connection is not had, or lost on the way: the result's error, and what was found until then.
 */
#ifndef MIGRATED_FLOWS_DOCTOR_H
#define MIGRATED_FLOWS_DOCTOR_H

#include "config/config.h"
#include "core/diagnosis.h"

struct doctor_options {
    const struct target_config *target; /* everything is borrowed until the end */
    const struct graph *graph;          /* NULL: the files could not be read, or have faults */
    const struct error *files_error;    /* they could not be read, NULL: they could */
    const struct faults *faults;        /* of the files; not NULL where `graph` and `files_error` are */
    int64_t older_than_ms;              /* a transaction that old is a long one */
};

struct doctor_result {
    struct error error; /* code ERROR_NONE: everything was asked */
    const struct finding *findings;
    size_t count;
    bool has_failed; /* one of them is FINDING_FAIL */
};

/* Runs the loop until it is done. Results are owned by the arena. */
void doctor_run(struct arena *arena, const struct doctor_options *options, struct doctor_result *result);

#endif
