/* What the files that build messages share: statements of our own, one by one. Private to core. */
#ifndef MIGRATED_CORE_MESSAGE_PARTS_H
#define MIGRATED_CORE_MESSAGE_PARTS_H

#include "core/message.h"

const struct section *message_section(const struct message_step *step);
struct message_span *message_open_span(struct message *message, const struct message_step *step);

/* What is sent of a section's pieces: not its wrapping BEGIN and COMMIT, its own timeouts (ours hold), \\restrict. */
bool message_sends(const struct section *section, const struct sql_piece *piece, const char *statement);

/* One statement of the revision: its piece of the section, from `lead` on (its comments travel
 * too). */
struct message_statement *message_add_statement(struct message *message, const struct message_step *step,
                                                const struct sql_piece *piece, size_t lead, size_t ordinal);

/* One statement of ours; the final semicolon is added here. */
void message_add_own(struct message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, for one that was written to message->sql already. */
void message_end_own(struct message *message);

void message_add_begin(struct message *message);
/* For the rest of the transaction: what the role, the database or the revision have set does not bind us. */
void message_add_settings(struct message *message, const struct ledger *ledger, const struct message_step *step);
/* Behind RESET ALL; an idle transaction may be kept for the session, as an aborted one forgets what is local. */
void message_add_settings_again(struct message *message, const struct ledger *ledger,
                                const struct message_step *step);
void message_add_lock_check(struct message *message, const struct ledger *ledger, const struct message_step *step);
/* `check`: the word that tells which of the checks failed. */
void message_add_rows_check(struct message *message, const struct ledger *ledger, const struct message_step *step,
                            const struct names *expected, const char *check);
/* The complaint of a failed check, behind CASE ... ELSE: in between goes an expression for the text that it found. */
void message_add_complaint(struct text *sql, const struct message_step *step, const char *check);
void message_end_complaint(struct text *sql);
/* The row `attempt` of our table was written by this very transaction: a hidden COMMIT shows here. */
void message_add_transaction_check(struct message *message, const struct ledger *ledger,
                                   const struct message_step *step, const char *table, const char *set);
void message_add_version_writes(struct message *message, const struct ledger *ledger,
                                const struct message_step *step);
/* What the mirror needs is there, and nobody else writes to it from now on; its row comes or goes. Nothing where nothing is
 * mirrored. */
void message_add_mirror_guards(struct message *message, const struct ledger *ledger, const struct message_step *step);
void message_add_mirror(struct message *message, const struct ledger *ledger, const struct message_step *step);
void message_add_session_cleanup(struct message *message, const struct ledger *ledger, const struct section *section);
void message_add_durability(struct message *message, bool durable);

/* All that comes before a revision's own statements in its transaction, and all that comes behind them. */
void message_add_guards(struct message *message, const struct ledger *ledger, const struct message_step *step);
void message_add_closing(struct message *message, const struct ledger *ledger, const struct message_step *step);

/*
 * The look ahead (core/message_look.c): before the first of a revision's statements that lock tables, one question to the
 * server whether somebody holds them who will not let go soon. `scan` stands before the statement that is `next`. Behind a
 * setting (search_path, role) names mean something else: the question holds only names up to there, and is asked once.
 */
void message_look(struct message *message, const struct message_step *step, struct message_cursor *cursor,
                  const struct sql_scan *scan, const struct sql_piece *next);
/* The same for one statement alone. */
void message_look_one(struct message *message, const struct message_step *step, const char *statement, size_t length);

#endif
