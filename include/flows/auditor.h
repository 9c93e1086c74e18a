/*
 * Makes the audit (core/audit.h) of a watched database on the watching connection, between readings: one question, of
 * which nothing comes back as long as everything is what was applied.
 *
 * Happy path: auditor_ask -> (the connection is free) -> asking -> done(audit).
 * Failure modes: the connection is busy: tried again soon; gone: auditor_ask again after the next reading; the server
 * refuses to tell: done(NULL).
 */
#ifndef MIGRATED_FLOWS_AUDITOR_H
#define MIGRATED_FLOWS_AUDITOR_H

#include "core/audit.h"
#include "flows/refresh.h"
#include "flows/tree.h"

struct auditor;

/* `refresh` is borrowed. `done` is called from the loop; the audit is owned by the auditor until the next one. NULL: it
 * could not be made, `error` says why. */
struct auditor *auditor_create(uv_loop_t *loop, struct refresh *refresh,
                               void (*done)(void *context, const struct audit *audit, const struct error *error),
                               void *context);
void auditor_destroy(struct auditor *auditor); /* NULL is fine; the refresh goes first */

/* Of these files (held) against what is not pending (copied). Takes the place of one that has not been answered. */
void auditor_ask(struct auditor *auditor, struct tree *tree, const struct names *pending);

#endif
