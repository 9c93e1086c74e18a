/*
 * What is on its way to the server: the files of one or several revisions, read again in libuv's pool, and the message
 * made of them. A revision larger than the limit travels in parts, one message after the other in one transaction.
 */
#ifndef MIGRATED_FLOWS_PARCEL_H
#define MIGRATED_FLOWS_PARCEL_H

#include "config/config.h"
#include "core/apply.h"
#include "core/message.h"
#include "db/conn.h"
#include "flows/timeouts.h"

struct parcel;

struct parcel_options {
    const struct apply *apply;          /* borrowed until the parcel is ready */
    const struct ledger *ledger;        /* borrowed until the parcel is destroyed */
    const struct target_config *target; /* the configured timeouts; borrowed */
    size_t first, count;                /* steps of the plan */
    const char *uuid;                   /* of the run */
    unsigned message;                   /* number of the message within the run */
    const char *reason;                 /* NULL: none */
    struct lock_wait lock_wait;         /* of each statement */
    bool blind;                         /* the server refuses to be asked who holds a table */
    const char *awaited;                /* who was found in the way before, as in message_step */
    size_t limit;                       /* bytes of a message; a larger revision goes in parts */
};

/* `ready` is called from the loop: NULL, or why the files could not be read (ERROR_FILES). */
struct parcel *parcel_create(uv_loop_t *loop, const struct parcel_options *options,
                             void (*ready)(void *context, const struct error *error), void *context);
/* Also before it is ready: then `ready` is not called. NULL is fine. */
void parcel_destroy(struct parcel *parcel);

/* The message as a request; borrowed until the next part or the end. */
const struct db_request *parcel_request(const struct parcel *parcel);
const struct message *parcel_message(const struct parcel *parcel);

/* False: there are more parts. */
bool parcel_is_complete(const struct parcel *parcel);
void parcel_next_part(struct parcel *parcel);

/* Statements of a revision in parts that were sent before this message, and in all; 0 and 0 if it travels whole. */
void parcel_progress(const struct parcel *parcel, size_t *statement, size_t *statements);

#endif
