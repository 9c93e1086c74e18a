#include "db/activity.h"

#include "base/arena.h"
#include "core/sql_quote.h"

#include <stdio.h>
#include <stdlib.h>

static const char blockers_sql[] =
#include "db/sql/blockers.inc"
    ;
static const char progress_sql[] =
#include "db/sql/progress.inc"
    ;

static const char waiting_sql[] =
#include "db/sql/waiting.inc"
    ;

void activity_add_question(struct text *sql, int pid, const char *holders)
{
    char number[16];
    snprintf(number, sizeof number, "%d", pid);
    const struct sql_value values[] = {{"pid", number}, {"holders", holders == NULL ? "" : holders}};
    sql_expand(sql, blockers_sql, values, 2);
    sql_expand(sql, progress_sql, values, 1);
    sql_expand(sql, waiting_sql, values, 1);
}

static const char *text_or_null(struct arena *arena, const PGresult *result, int row, const char *column)
{
    int number = PQfnumber(result, column);
    return PQgetisnull(result, row, number) ? NULL : arena_string(arena, PQgetvalue(result, row, number));
}

static double number_or_unknown(const PGresult *result, int row, const char *column)
{
    int number = PQfnumber(result, column);
    return PQgetisnull(result, row, number) ? -1 : strtod(PQgetvalue(result, row, number), NULL);
}

static struct activity_blocker read_blocker(struct arena *arena, const PGresult *result, int row)
{
    struct activity_blocker blocker = {
        .pid = (int)strtol(PQgetvalue(result, row, PQfnumber(result, "pid")), NULL, 10),
        .user = text_or_null(arena, result, row, "usename"),
        .application = text_or_null(arena, result, row, "application_name"),
        .state = text_or_null(arena, result, row, "state"),
        .query = text_or_null(arena, result, row, "query"),
        .seconds = number_or_unknown(result, row, "seconds"),
    };
    blocker.hidden = blocker.user != NULL && blocker.state == NULL && blocker.query == NULL;
    return blocker;
}

void activity_read(struct arena *arena, PGresult *const *results, size_t n_results, struct activity *activity)
{
    *activity = (struct activity){.percent = -1};
    if (n_results > 0) {
        size_t count = (size_t)PQntuples(results[0]);
        struct activity_blocker *blockers = arena_array(arena, count, sizeof *blockers);
        for (size_t i = 0; i < count; i++)
            blockers[i] = read_blocker(arena, results[0], (int)i);
        activity->blockers = blockers;
        activity->n_blockers = count;
        if (count > 0)
            activity->deadlock_ms = (int64_t)number_or_unknown(results[0], 0, "deadlock_ms");
    }
    if (n_results > 1 && PQntuples(results[1]) == 1) {
        activity->command = text_or_null(arena, results[1], 0, "command");
        activity->phase = text_or_null(arena, results[1], 0, "phase");
        activity->percent = number_or_unknown(results[1], 0, "percent");
    }
    if (n_results > 2 && PQntuples(results[2]) == 1)
        activity->waiting = strtoull(PQgetvalue(results[2], 0, 0), NULL, 10);
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_string(arena, text);
}

void activity_copy(struct arena *arena, const struct activity *from, struct activity *to)
{
    struct activity_blocker *blockers = arena_array(arena, from->n_blockers, sizeof *blockers);
    for (size_t i = 0; i < from->n_blockers; i++) {
        blockers[i] = from->blockers[i];
        blockers[i].user = copy_text(arena, from->blockers[i].user);
        blockers[i].application = copy_text(arena, from->blockers[i].application);
        blockers[i].state = copy_text(arena, from->blockers[i].state);
        blockers[i].query = copy_text(arena, from->blockers[i].query);
    }
    *to = *from;
    to->blockers = blockers;
    to->command = copy_text(arena, from->command);
    to->phase = copy_text(arena, from->phase);
}
