/*
 * The statement journal of non-transactional revisions (migrated.journal): what was begun, done or failed, in rows that
 * are only ever added. The last row of a statement counts, behind the last row that closed its revision.
 */
#ifndef MIGRATED_CORE_JOURNAL_H
#define MIGRATED_CORE_JOURNAL_H

#include "core/ledger.h"
#include "core/revision.h"

struct arena;

enum journal_state {
    JOURNAL_NONE, /* never begun, or to be run again because a person said so */
    JOURNAL_STARTED,
    JOURNAL_DONE,
    JOURNAL_FAILED, /* refused by the server, and undone */
    JOURNAL_CLOSED, /* the whole revision: its version rows are written */
};

/* "redo", "started", "done", "failed", "closed". */
const char *journal_state_name(enum journal_state state);
/* JOURNAL_NONE for a word that is none of them. */
enum journal_state journal_state_read(const char *name);

/* The last word on one statement. Strings are borrowed. */
struct journal_entry {
    size_t ordinal;
    enum journal_state state;
    const char *hash;  /* of the statement that was meant then */
    const char *words; /* its beginning, as it was then */
    const char *known; /* oids of what was there when it was begun: '{1,2}'; NULL: not asked */

    /* Of a row that was read: */
    int64_t row; /* its number: a newer one has a higher */
    const char *attempt;
    const char *noted, *role, *host; /* when (UTC) and by whom */
    const char *reason;              /* NULL: none */
};

/* A row to be added. All borrowed. */
struct journal_note {
    const char *attempt; /* unique for ever */
    const struct revision *revision;
    enum direction direction;
    struct journal_entry entry;
    const char *reason; /* NULL: none */
};

/* "statement 2 is done since 2026-01-06T12:34:56.789Z, noted by postgres on db1". Owned by the arena. */
const char *journal_entry_words(struct arena *arena, const struct journal_entry *entry);

/* INSERT INTO migrated.journal ..., without a semicolon. */
void journal_add_note(struct text *sql, const struct ledger *ledger, const struct journal_note *note);

#endif
