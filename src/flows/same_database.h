/*
 * Makes sure that migrate_url and database_url lead to the same database, before anything is locked or written.
 *
 * Happy path: a session of its own by database_url opens and tells where it is, the migrating session tells where it is,
 * they agree: done(NULL). Only the second is to be had: a warning, done(NULL), since migrating is what was asked.
 * Failure modes: two databases (ERROR_CONFIG, with both names and what to do), the migrating session refuses to tell (its
 * error). Its loss is its owner's to see. Private to flows.
 */
#ifndef MIGRATED_FLOWS_SAME_DATABASE_H
#define MIGRATED_FLOWS_SAME_DATABASE_H

#include "flows/session.h"

struct same_database;

/* `migrating` is open and idle, borrowed until the end, as `target`; its answers go to same_database_reply. */
struct same_database *same_database_start(uv_loop_t *loop, struct session *migrating,
                                          const struct target_config *target,
                                          void (*done)(void *context, const struct error *error), void *context);
void same_database_reply(struct same_database *same, const struct db_reply *reply); /* not for DB_LOST */
void same_database_destroy(struct same_database *same);                             /* NULL is fine */

#endif
