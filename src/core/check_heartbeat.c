#include "core/check_heartbeat.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/error.h"
#include "core/timestamp.h"

#include <string.h>

#define MOST_RUNNER 200 /* bytes of its name that are shown */

enum column { RUNNER_ID, LAST_HEARTBEAT, JOBS_ENABLED };

struct heartbeat {
    const char *runner;       /* NULL: none, or one without a name */
    bool seen;                /* it was alive once */
    int64_t at_ms, age_ms;    /* if seen; negative ages lie in the future */
    const char *jobs_enabled; /* "t", "f", NULL: no such column, or not known */
};

static const char *value(const struct check_answer *answer, size_t row, enum column column)
{
    return column < answer->n_columns ? answer->values[row * answer->n_columns + column] : NULL;
}

/* What is wrong with the columns, NULL: nothing. */
static const char *fault_of(const struct check_answer *answer)
{
    if (answer->n_columns < 2 || answer->n_columns > 3)
        return "the query must return runner_id and last_heartbeat, and may return jobs_enabled as a third column";
    if (answer->types[LAST_HEARTBEAT] != CHECK_COLUMN_TIMESTAMPTZ &&
        answer->types[LAST_HEARTBEAT] != CHECK_COLUMN_TIMESTAMP)
        return "last_heartbeat, the query's second column, is no timestamp: cast it with ::timestamptz";
    if (answer->n_columns == 3 && answer->types[JOBS_ENABLED] != CHECK_COLUMN_BOOLEAN)
        return "jobs_enabled, the query's third column, is no boolean: cast it with ::boolean";
    return NULL;
}

/* A timestamp without a zone is one of the session's: it is compared with the clock of that, and shown as UTC. */
static bool read_row(const struct check_answer *answer, size_t row, struct heartbeat *heartbeat)
{
    bool local = answer->types[LAST_HEARTBEAT] == CHECK_COLUMN_TIMESTAMP;
    const char *last = value(answer, row, LAST_HEARTBEAT);
    int64_t now_ms, clock_ms, last_ms = 0;
    if (!timestamp_parse(answer->now, &now_ms) ||
        !timestamp_parse(local ? answer->local_now : answer->now, &clock_ms))
        return false;
    if (last != NULL && !timestamp_parse(last, &last_ms))
        return false;
    *heartbeat = (struct heartbeat){
        .runner = value(answer, row, RUNNER_ID),
        .seen = last != NULL,
        .age_ms = clock_ms - last_ms,
        .at_ms = now_ms - (clock_ms - last_ms),
        .jobs_enabled = value(answer, row, JOBS_ENABLED),
    };
    return true;
}

static bool find_latest(const struct check_answer *answer, struct heartbeat *latest)
{
    for (size_t row = 0; row < answer->n_rows; row++) {
        struct heartbeat heartbeat;
        if (!read_row(answer, row, &heartbeat))
            return false;
        if (row == 0 || (heartbeat.seen && (!latest->seen || heartbeat.age_ms < latest->age_ms)))
            *latest = heartbeat;
    }
    return true;
}

/* Whoever writes heartbeats writes no lines of ours, nor texts without end: cut, and without control characters. */
static const char *shown(struct arena *arena, const char *runner)
{
    if (runner == NULL)
        return NULL;
    char *text = arena_alloc(arena, MOST_RUNNER);
    error_copy(text, MOST_RUNNER, runner, strnlen(runner, MOST_RUNNER));
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    return text;
}

static void add_text(struct arena *arena, struct check_result *result, const char *key, const char *text)
{
    struct check_field *field = check_add_field(result, key, text == NULL ? CHECK_NULL : CHECK_TEXT);
    field->text = text == NULL ? NULL : arena_string(arena, text);
}

/* The keys of the runbooks whose probes read them, in their order. */
static void add_fields(struct arena *arena, const struct check_terms *terms, const struct heartbeat *heartbeat,
                       struct check_result *result)
{
    int64_t tenths = heartbeat->age_ms / 100;
    bool whole = terms->threshold_ms % 1000 == 0;
    check_add_field(result, "enabled", CHECK_BOOLEAN)->yes = true;
    add_text(arena, result, "last_heartbeat", heartbeat->seen ? timestamp_format(arena, heartbeat->at_ms) : NULL);
    add_text(arena, result, "runner_id", heartbeat->runner);
    check_add_field(result, "age_seconds", heartbeat->seen ? CHECK_REAL : CHECK_NULL)->number = (double)tenths / 10;
    check_add_field(result, "threshold_seconds", whole ? CHECK_INTEGER : CHECK_REAL)->number =
        (double)terms->threshold_ms / 1000;
    check_add_field(result, "jobs_enabled", CHECK_BOOLEAN)->yes =
        heartbeat->jobs_enabled == NULL || strcmp(heartbeat->jobs_enabled, "t") == 0;
}

static void say(struct arena *arena, const struct check_terms *terms, const struct heartbeat *heartbeat,
                struct check_result *result)
{
    char age[DURATION_SIZE], most[DURATION_SIZE];
    const char *runner = heartbeat->runner == NULL ? "the runner" : heartbeat->runner;
    duration_format(heartbeat->age_ms < 0 ? -heartbeat->age_ms : heartbeat->age_ms, age);
    duration_format(terms->threshold_ms, most);
    if (heartbeat->jobs_enabled != NULL && strcmp(heartbeat->jobs_enabled, "t") != 0)
        check_say(result, true, "jobs are disabled: no heartbeat is expected");
    else if (!heartbeat->seen)
        check_say(result, false, "there is no heartbeat yet");
    else if (heartbeat->age_ms > terms->threshold_ms)
        check_say(result, false,
                  arena_printf(arena, "the last heartbeat of %s is %s old, more than %s", runner, age, most));
    else if (heartbeat->age_ms < -terms->threshold_ms)
        check_say(result, false,
                  arena_printf(arena, "the last heartbeat of %s is %s ahead of the server's clock", runner, age));
    else
        check_say(result, true, arena_printf(arena, "the last heartbeat of %s is %s old", runner, age));
}

static void judge(struct arena *arena, const struct check_terms *terms, const struct check_answer *answer,
                  struct check_result *result)
{
    struct heartbeat heartbeat = {0};
    const char *fault = answer == NULL ? NULL : fault_of(answer);
    if (answer != NULL && fault == NULL && !find_latest(answer, &heartbeat)) {
        heartbeat = (struct heartbeat){0};
        fault = "last_heartbeat, the query's second column, is no time of this calendar";
    }
    heartbeat.runner = shown(arena, heartbeat.runner);
    add_fields(arena, terms, &heartbeat, result);
    if (fault != NULL)
        check_say(result, false, fault);
    else if (answer != NULL)
        say(arena, terms, &heartbeat, result);
}

const struct check_type check_heartbeat = {.name = "heartbeat", .has_threshold = true, .judge = judge};
