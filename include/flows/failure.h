/*
 * What went wrong in a message of revisions, in words for a person: the revision, file:line:column, SQLSTATE, the line
 * with a caret, the server's DETAIL and HINT, and what to type next.
 */
#ifndef MIGRATED_FLOWS_FAILURE_H
#define MIGRATED_FLOWS_FAILURE_H

#include "core/message.h"
#include "db/conn.h"

#define FAILURE_AWAITED_SIZE 256

struct failure {
    struct error error;
    const char *revision;     /* its id, borrowed from the graph; NULL if it can't be told */
    enum message_check check; /* one of our own checks failed */
    bool looking;             /* refused was our own look at who holds a table: it could not be made */
    char
        awaited[FAILURE_AWAITED_SIZE]; /* CHECK_AWAITED: virtual transactions that hold the table, joined by commas */
    bool alone_might_do;               /* a command that the server refuses only because it stands in a transaction */
};

void failure_describe(struct failure *failure, const struct message *message, const struct db_reply *reply,
                      bool in_bytes);

#endif
