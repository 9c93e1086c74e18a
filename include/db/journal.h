/* The journal of non-transactional revisions: questions and answers (rows are added with core/journal.h). */
#ifndef MIGRATED_DB_JOURNAL_H
#define MIGRATED_DB_JOURNAL_H

#include "core/half_done.h"
#include "core/journal.h"

#include <libpq-fe.h>

struct arena;

/* What was begun of a revision and not closed. Owned by the arena. */
struct journal {
    struct journal_entry *entries; /* by ordinal */
    size_t count;
    const struct journal_entry *newest; /* of them, by row; NULL: there is none */
    bool begun;                         /* statements are begun or done, not only refused */
    enum direction direction;           /* of these; if there are any */
};

void journal_add_question(struct text *sql, const struct ledger *ledger, const char *revision);
struct journal journal_read(struct arena *arena, const PGresult *result);

/* The attempt of the revision's newest row, closed or not; "": there is none. */
void journal_add_last_question(struct text *sql, const struct ledger *ledger, const char *revision);
const char *journal_read_last(struct arena *arena, const PGresult *result);

/* Revisions that are not closed, the oldest first. Owned by the arena. */
void journal_add_open_question(struct text *sql, const struct ledger *ledger);
struct half_done_list journal_read_open(struct arena *arena, const PGresult *result);

/* Close `revisions` (their ids joined by ","), those that are open: an INSERT. `attempt` begins the rows' keys. */
void journal_add_close(struct text *sql, const struct ledger *ledger, const char *revisions, const char *attempt,
                       const char *reason);

#endif
