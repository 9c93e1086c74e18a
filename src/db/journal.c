#include "db/journal.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static const char journal_sql[] =
#include "db/sql/journal.inc"
    ;
static const char journal_last_sql[] =
#include "db/sql/journal_last.inc"
    ;
static const char journal_open_sql[] =
#include "db/sql/journal_open.inc"
    ;

static const char journal_close_sql[] =
#include "db/sql/journal_close.inc"
    ;

static const char *value(const PGresult *result, int row, const char *column)
{
    return PQgetvalue(result, row, PQfnumber(result, column));
}

static enum direction direction_of(const PGresult *result, int row)
{
    return strcmp(value(result, row, "direction"), direction_name(DIRECTION_UPGRADE)) == 0 ? DIRECTION_UPGRADE
                                                                                           : DIRECTION_DOWNGRADE;
}

static const char *copy(struct arena *arena, const PGresult *result, int row, const char *column)
{
    bool null = PQgetisnull(result, row, PQfnumber(result, column));
    return null ? NULL : arena_string(arena, value(result, row, column));
}

static struct journal_entry read_entry(struct arena *arena, const PGresult *result, int row)
{
    return (struct journal_entry){
        .ordinal = strtoull(value(result, row, "ordinal"), NULL, 10),
        .state = journal_state_read(value(result, row, "state")),
        .hash = copy(arena, result, row, "hash"),
        .words = copy(arena, result, row, "words"),
        .known = copy(arena, result, row, "known"),
        .row = strtoll(value(result, row, "id"), NULL, 10),
        .attempt = copy(arena, result, row, "attempt"),
        .noted = copy(arena, result, row, "noted"),
        .role = copy(arena, result, row, "role"),
        .host = copy(arena, result, row, "host"),
        .reason = copy(arena, result, row, "reason"),
    };
}

void journal_add_question(struct text *sql, const struct ledger *ledger, const char *revision)
{
    const struct sql_value values[] = {{"revision", revision}};
    ledger_expand(ledger, sql, journal_sql, values, 1);
}

struct journal journal_read(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct journal_entry *entries = arena_array(arena, count, sizeof *entries);
    struct journal journal = {.entries = entries, .count = count};
    for (size_t i = 0; i < count; i++) {
        entries[i] = read_entry(arena, result, (int)i);
        if (journal.newest == NULL || journal.newest->row < entries[i].row)
            journal.newest = &entries[i];
    }
    for (size_t i = 0; i < count && !journal.begun; i++) {
        journal.begun = entries[i].state == JOURNAL_STARTED || entries[i].state == JOURNAL_DONE;
        journal.direction = direction_of(result, (int)i);
    }
    return journal;
}

void journal_add_last_question(struct text *sql, const struct ledger *ledger, const char *revision)
{
    const struct sql_value values[] = {{"revision", revision}};
    ledger_expand(ledger, sql, journal_last_sql, values, 1);
}

const char *journal_read_last(struct arena *arena, const PGresult *result)
{
    return arena_string(arena, value(result, 0, "attempt"));
}

void journal_add_open_question(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, journal_open_sql, NULL, 0);
}

struct half_done_list journal_read_open(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct half_done *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct half_done){
            .revision = arena_string(arena, value(result, (int)i, "revision")),
            .direction = direction_of(result, (int)i),
            .begun = value(result, (int)i, "begun")[0] == 't',
        };
    return (struct half_done_list){items, count};
}

void journal_add_close(struct text *sql, const struct ledger *ledger, const char *revisions, const char *attempt,
                       const char *reason)
{
    const struct sql_value values[] = {{"revisions", revisions}, {"attempt", attempt}, {"reason", reason}};
    ledger_expand(ledger, sql, journal_close_sql, values, sizeof values / sizeof *values);
}
