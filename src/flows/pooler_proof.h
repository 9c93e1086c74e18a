/*
 * Makes sure that a session through a pooler keeps its backend to its end. What is asked and how it is judged is in
 * core/stickiness.h; nothing is set, locked or left anywhere meanwhile.
 *
 * Happy path: the session and a second one at the same address are asked in turn, the second one ends and the first sees
 * its backend cleaned up, three times: done(NULL).
 * Failure modes: backends are shared (ERROR_CONFIG, with the pooler's name and what to do), the second session is refused
 * or lost (its error), others were in the way each time (ERROR_BUSY). The loss of the first is its owner's to see.
 */
#ifndef MIGRATED_FLOWS_POOLER_PROOF_H
#define MIGRATED_FLOWS_POOLER_PROOF_H

#include "flows/session.h"

struct pooler_proof;

/* `session` is open and idle, borrowed until the end; its answers go to pooler_proof_reply. */
struct pooler_proof *pooler_proof_start(uv_loop_t *loop, struct session *session,
                                        void (*done)(void *context, const struct error *error), void *context);
void pooler_proof_reply(struct pooler_proof *proof, const struct db_reply *reply); /* not for DB_LOST */
void pooler_proof_destroy(struct pooler_proof *proof);                             /* NULL is fine */

#endif
