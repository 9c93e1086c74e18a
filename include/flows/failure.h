/*
 * What went wrong in a message of revisions, in words for a person: the revision, file:line:column, SQLSTATE, the line
 * with a caret, the server's DETAIL and HINT, and what to type next.
 */
#ifndef MIGRATED_FLOWS_FAILURE_H
#define MIGRATED_FLOWS_FAILURE_H

#include "core/message.h"
#include "db/conn.h"

struct failure {
    struct error error;
    const char *revision;     /* its id, borrowed from the graph; NULL if it can't be told */
    enum message_check check; /* one of our own checks failed */
    bool alone_might_do;      /* a command that the server refuses only because it stands in a transaction */
};

void failure_describe(struct failure *failure, const struct message *message, const struct db_reply *reply,
                      bool in_bytes);

#endif
