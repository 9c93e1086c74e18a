/*
 * Watches a migrating backend from the watching connection while a run is under way: who holds it up, how far it has
 * come (a message of revisions answers only at its end). Asks every two seconds, between readings.
 */
#ifndef MIGRATED_FLOWS_OBSERVER_H
#define MIGRATED_FLOWS_OBSERVER_H

#include "db/activity.h"
#include "flows/refresh.h"

struct observer;

/* `refresh` is borrowed. `changed` is called from the loop after each answer. */
struct observer *observer_create(uv_loop_t *loop, struct refresh *refresh, void (*changed)(void *context),
                                 void *context);
void observer_destroy(struct observer *observer); /* NULL is fine; the refresh goes first */

/* The backend to watch from now on, and who holds what it will ask for (db/activity.h; copied, NULL: nobody is known);
 * 0: none, and what was seen is forgotten. */
void observer_follow(struct observer *observer, int pid, const char *holders);

/* What was seen last, empty if nothing; borrowed until the loop turns. */
const struct activity *observer_activity(const struct observer *observer);

/* Whether the backend that is watched now was looked at. */
bool observer_has_seen(const struct observer *observer);

#endif
