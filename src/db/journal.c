#include "db/journal.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static const char journal_sql[] =
#include "db/sql/journal.inc"
    ;
static const char journal_open_sql[] =
#include "db/sql/journal_open.inc"
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

void journal_add_question(struct text *sql, const struct ledger *ledger, const char *revision)
{
    const struct sql_value values[] = {{"revision", revision}};
    ledger_expand(ledger, sql, journal_sql, values, 1);
}

struct journal journal_read(struct arena *arena, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct journal_entry *entries = arena_array(arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        int row = (int)i;
        bool asked = !PQgetisnull(result, row, PQfnumber(result, "known"));
        entries[i] = (struct journal_entry){
            .ordinal = strtoull(value(result, row, "ordinal"), NULL, 10),
            .state = journal_state_read(value(result, row, "state")),
            .hash = arena_string(arena, value(result, row, "hash")),
            .words = arena_string(arena, value(result, row, "words")),
            .known = asked ? arena_string(arena, value(result, row, "known")) : NULL,
        };
    }
    return (struct journal){
        .entries = entries, .count = count, .direction = count > 0 ? direction_of(result, 0) : DIRECTION_UPGRADE};
}

void journal_add_open_question(struct text *sql, const struct ledger *ledger)
{
    ledger_expand(ledger, sql, journal_open_sql, NULL, 0);
}

size_t journal_read_open(struct arena *arena, const PGresult *result, struct journal_open *open, size_t most)
{
    size_t count = 0;
    for (int row = 0; row < PQntuples(result) && count < most; row++)
        open[count++] =
            (struct journal_open){arena_string(arena, value(result, row, "revision")), direction_of(result, row)};
    return count;
}
