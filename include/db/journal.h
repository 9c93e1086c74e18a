/* The journal of non-transactional revisions: questions and answers (rows are added with core/journal.h). */
#ifndef MIGRATED_DB_JOURNAL_H
#define MIGRATED_DB_JOURNAL_H

#include "core/journal.h"

#include <libpq-fe.h>

struct arena;

/* What was begun of a revision and not closed. Owned by the arena. */
struct journal {
    struct journal_entry *entries; /* by ordinal */
    size_t count;
    enum direction direction; /* of the entries; if there are any */
};

void journal_add_question(struct text *sql, const struct ledger *ledger, const char *revision);
struct journal journal_read(struct arena *arena, const PGresult *result);

/* A revision that is begun and not closed. */
struct journal_open {
    const char *revision;
    enum direction direction;
};

void journal_add_open_question(struct text *sql, const struct ledger *ledger);
/* The first (oldest) `most` of them; returns how many. */
size_t journal_read_open(struct arena *arena, const PGresult *result, struct journal_open *open, size_t most);

#endif
