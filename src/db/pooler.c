#include "db/pooler.h"

#include "core/sql_quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char pooler_mark_sql[] =
#include "db/sql/pooler_mark.inc"
    ;

static const struct {
    const char *word;
    enum stickiness_other other;
} others[] = {
    {"untouched", STICKINESS_UNTOUCHED}, {"cleaned", STICKINESS_CLEANED}, {"gone", STICKINESS_GONE},
    {"left", STICKINESS_LEFT},           {"used", STICKINESS_USED},       {"unseen", STICKINESS_UNSEEN},
};

void pooler_add_question(struct text *sql, int other, const char *nonce)
{
    char number[16];
    snprintf(number, sizeof number, "%d", other);
    const struct sql_value values[] = {{"nonce", nonce}, {"other", number}};
    sql_expand(sql, pooler_mark_sql, values, sizeof values / sizeof *values);
}

bool pooler_read_mark(const PGresult *result, struct stickiness_mark *mark)
{
    if (PQntuples(result) != 1)
        return false;
    const char *other = PQgetvalue(result, 0, PQfnumber(result, "other"));
    *mark = (struct stickiness_mark){
        .pid = (int)strtol(PQgetvalue(result, 0, PQfnumber(result, "pid")), NULL, 10),
        .transactions = (uint32_t)strtoul(PQgetvalue(result, 0, PQfnumber(result, "transactions")), NULL, 10),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i].word, other) == 0)
            mark->other = others[i].other;
    return true;
}
