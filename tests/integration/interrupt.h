/* Commands that are broken off where a test wants it: a relay holds an answer back, the process is killed. */
#ifndef MIGRATED_TESTS_INTEGRATION_INTERRUPT_H
#define MIGRATED_TESTS_INTEGRATION_INTERRUPT_H

#include "site.h"
#include "support/relay.h"

/* From now on the site's commands go to the shared server through this relay; owned by the caller (relay_stop). */
struct relay *interrupt_relay(struct site *site);

/* Start this command, with an argument (NULL: none). The server has answered its `turn`-th message then, and the answer is
 * held; owned by the caller (interrupt_kill, site_ends). */
struct program *interrupt_hold(const struct site *site, struct relay *relay, int turn, const char *command,
                               const char *argument);

/* SIGKILL; `program` is freed. */
void interrupt_kill(struct program *program);

/* Both together: an upgrade that is killed before that answer comes, and the relay works as before. */
void interrupt_before_answer(const struct site *site, struct relay *relay, int turn);

/* Start `migrated upgrade`, and kill it as soon as this query returns "t". Its session is over then. */
void interrupt_when(const struct site *site, const char *query);

/* Whoever's client is gone and still sleeps (pg_sleep) ends. Only a server before 14 needs it: it does not see that, while a
 * statement runs. */
void interrupt_end_orphan(const struct site *site);

/* Until no session of a command is left in the site's database. A server before 14 does not see that its client is gone
 * while a statement runs: there the session is ended. */
void interrupt_wait_alone(const struct site *site);

#endif
