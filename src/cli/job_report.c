#include "cli/job_report.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/json_print.h"
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

/* ---- times ---- */

void job_times_note(struct job_times *times, const struct runner *run)
{
    struct runner_view view;
    int64_t now_ms = clock_monotonic_ms();
    runner_look(run, &view);
    if (times->alone != NULL && view.applied == times->applied + 1) {
        times->items = arena_grow(times->arena, times->items, times->count, &times->capacity, sizeof *times->items);
        times->items[times->count++] = (struct job_time){times->alone, now_ms - times->alone_since_ms};
    }
    const char *alone = view.running != NULL && view.sent == 1 ? view.running->id : NULL;
    if (alone != times->alone)
        times->alone_since_ms = now_ms;
    times->alone = alone;
    times->applied = view.applied;
}

/* Revisions come in the order in which they were applied: `at` is where to go on looking. */
static json_t *time_of(const struct job_times *times, size_t *at, const char *id)
{
    if (*at == times->count || strcmp(times->items[*at].id, id) != 0)
        return json_null();
    return json_integer((json_int_t)times->items[(*at)++].ms);
}

/* ---- reports ---- */

static void warn(const struct runner_result *result)
{
    if (result->in_doubt && result->error.next[0] == '\0')
        log_warning("the connection was lost: `migrated current` tells what was applied");
    if (result->ahead && result->error.code == ERROR_NONE)
        log_warning("the database is ahead of the revision files here: nothing to do");
}

void job_report_success(size_t applied)
{
    printf("Job completed successfully: %zu revision%s\n", applied, text_plural(applied));
}

int job_report_text(const struct runner_result *result, enum direction direction)
{
    warn(result);
    for (size_t i = 0; i < result->applied.count && !result->in_doubt; i++)
        printf("%s %s\n", result->applied.items[i], direction == DIRECTION_UPGRADE ? "applied" : "taken back");
    if (result->error.code != ERROR_NONE)
        return report_error(&result->error);
    return 0;
}

static json_t *applied_json(const struct runner_result *result, const struct job_times *times)
{
    size_t at = 0;
    json_t *list = json_array();
    for (size_t i = 0; i < result->applied.count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "revision", json_text(result->applied.items[i]));
        json_object_set_new(object, "ms", time_of(times, &at, result->applied.items[i]));
        json_array_append_new(list, object);
    }
    return list;
}

int job_report_json(const struct runner_result *result, enum direction direction, const struct job_times *times)
{
    bool in_doubt = result->in_doubt;
    json_t *body = json_object();
    warn(result);
    json_object_set_new(body, "ok", json_boolean(result->error.code == ERROR_NONE));
    json_object_set_new(body, "direction", json_string(direction_name(direction)));
    json_object_set_new(body, "applied", in_doubt ? json_null() : applied_json(result, times));
    json_object_set_new(body, "rows", in_doubt ? json_null() : json_names(&result->rows));
    json_object_set_new(body, "ahead", json_boolean(result->ahead));
    json_object_set_new(body, "in_doubt", json_boolean(in_doubt));
    json_object_set_new(body, "failed", json_text(result->failed));
    json_object_set_new(body, "elapsed_ms", json_integer((json_int_t)result->elapsed_ms));
    json_object_set_new(body, "error", json_error(&result->error));
    json_print(body);
    return result->error.code == ERROR_NONE ? 0 : report_error(&result->error);
}
