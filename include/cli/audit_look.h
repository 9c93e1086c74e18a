/* For commands that only look: what the database's books say of the applied revisions, and of half done ones. */
#ifndef MIGRATED_CLI_AUDIT_LOOK_H
#define MIGRATED_CLI_AUDIT_LOOK_H

#include "cli/command.h"
#include "core/audit.h"
#include "core/half_done.h"
#include "core/verdict.h"

/* The audit of what counts as applied, owned by the invocation's arena. Who may only read the version table is warned
 * that edited revisions are not seen, and that is no error. */
bool audit_look(const struct invocation *invocation, const struct graph *graph, const struct verdict *verdict,
                struct audit *audit, struct error *error);

/* Would a run refuse this plan for what is half done? False: the refusal, or why nothing can be known. */
bool audit_look_half_done(const struct invocation *invocation, const struct plan *plan, const struct names *rows,
                          struct error *error);

/* Warn of revisions that are half done and that nobody else has finished; their ids, owned by the invocation's arena. */
bool audit_look_open(const struct invocation *invocation, const struct graph *graph, const struct names *rows,
                     struct names *ids, struct error *error);

/* Each finding as a warning. */
void audit_look_warn(const struct invocation *invocation, const struct audit *audit);

#endif
