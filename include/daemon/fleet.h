/*
 * The targets of a configuration, each with its revision files, and the order among them: one that comes after another
 * is applied only while that one is ready. A reload makes new ones, and lets those go that the configuration has no more.
 */
#ifndef MIGRATED_DAEMON_FLEET_H
#define MIGRATED_DAEMON_FLEET_H

#include "daemon/target.h"

struct fleet;

struct fleet_events {
    void (*changed)(void *context); /* what the pages show has changed */
    void (*filled)(void *context);  /* every target has read its revision files: once, the first time */
    /* The first reading of one failed that was there from the beginning: there is nothing to go on with. Borrowed. */
    void (*none)(void *context, const struct error *error);
    void *context;
};

/* `config` is borrowed until fleet_is_busy is false behind the next fleet_reload. */
struct fleet *fleet_create(uv_loop_t *loop, const struct config *config, const struct fleet_events *events);
void fleet_start(struct fleet *fleet);
void fleet_reload(struct fleet *fleet, const struct config *config);
/* The revision files anew, changed or not. */
void fleet_read(struct fleet *fleet);

/* Let those begin whose turn has come. To be called when something has changed, not from the event itself. */
void fleet_arrange(struct fleet *fleet);
/* As the configuration lists them; the array is owned by the arena. */
struct target_view *fleet_look(struct fleet *fleet, struct arena *arena, size_t *count);
/* Something is being applied, maybe by one that the configuration has no more. */
bool fleet_is_busy(const struct fleet *fleet);

/* As target_stop, of all. */
void fleet_stop(struct fleet *fleet, void (*stopped)(void *context), void *context);
void fleet_destroy(struct fleet *fleet); /* NULL is fine */

#endif
