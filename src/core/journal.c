#include "core/journal.h"

#include "base/arena.h"

#include <string.h>

static const char *const names[] = {
    [JOURNAL_NONE] = "redo",     [JOURNAL_STARTED] = "started", [JOURNAL_DONE] = "done",
    [JOURNAL_FAILED] = "failed", [JOURNAL_CLOSED] = "closed",
};

const char *journal_state_name(enum journal_state state)
{
    return names[state];
}

enum journal_state journal_state_read(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (enum journal_state)i;
    return JOURNAL_NONE;
}

static void add_text(struct text *sql, const char *value)
{
    text_add(sql, ", ");
    if (value == NULL)
        text_add(sql, "NULL");
    else
        sql_quote_literal(sql, value);
}

void journal_add_note(struct text *sql, const struct ledger *ledger, const struct journal_note *note)
{
    text_add(sql, "INSERT INTO ");
    ledger_add_table(ledger, sql, "journal");
    text_add(sql, " (target, version_table, attempt, revision, direction, ordinal, state, hash, words, known, host, "
                  "program, reason) VALUES (");
    ledger_add_key(ledger, sql);
    add_text(sql, note->attempt);
    add_text(sql, note->revision->id);
    text_addf(sql, ", '%s', %zu, '%s'", direction_name(note->direction), note->entry.ordinal,
              journal_state_name(note->entry.state));
    add_text(sql, note->entry.hash);
    add_text(sql, note->entry.words);
    add_text(sql, note->entry.known);
    add_text(sql, ledger->host);
    add_text(sql, ledger->program);
    add_text(sql, note->reason);
    text_add_char(sql, ')');
}

const char *journal_entry_words(struct arena *arena, const struct journal_entry *entry)
{
    static const char *const are[] = {
        [JOURNAL_NONE] = "to be run again", [JOURNAL_STARTED] = "begun", [JOURNAL_DONE] = "done",
        [JOURNAL_FAILED] = "failed",        [JOURNAL_CLOSED] = "closed",
    };
    return arena_printf(arena, "statement %zu is %s since %s, noted by %s on %s", entry->ordinal, are[entry->state],
                        entry->noted, entry->role, entry->host);
}
