/*
 * The messages of a non-transactional revision, one statement after the other (core/stepwise.h says which when): the
 * statement together with its journal row where it can run in a transaction; else a row before it, the statement alone,
 * a row behind it; at the end the version rows.
 */
#ifndef MIGRATED_CORE_MESSAGE_STEPWISE_H
#define MIGRATED_CORE_MESSAGE_STEPWISE_H

#include "core/journal.h"
#include "core/message.h"
#include "core/stepwise_section.h"

/* A statement on its way. All pointers are borrowed until the message is answered. */
struct message_one {
    const struct message_step *step; /* its attempt names the rows that this message adds */
    const struct stepwise_section *section;
    const struct stepwise_statement *statement;
    const char *known; /* for JOURNAL_STARTED: oids of what is there before it, as an array; NULL: not asked */
};

/* The statement under its settings and the row that says it is done: one transaction. */
void message_add_try(struct message *message, const struct ledger *ledger, const struct message_one *one);
/* The row that says it is begun; then, for the session, its timeouts and settings. */
void message_add_start(struct message *message, const struct ledger *ledger, const struct message_one *one);
/* The statement alone. */
void message_add_run(struct message *message, const struct message_one *one);
/* Nothing but the lock, had once more, and the session's timeouts for what is dropped next: an invalid index. */
void message_add_hold(struct message *message, const struct ledger *ledger, const struct message_step *step);
/* The session as it was, and the row that says how the statement ended. */
void message_add_record(struct message *message, const struct ledger *ledger, const struct message_one *one,
                        enum journal_state outcome);
/* The version rows, the history row, the journal's last row: one transaction. */
void message_add_close(struct message *message, const struct ledger *ledger, const struct message_step *step);

/* The settings that stand before the statement, as they stand in the file. */
void message_add_file_settings(struct text *sql, const struct stepwise_section *section, size_t ordinal);

#endif
