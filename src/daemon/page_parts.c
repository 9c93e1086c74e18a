#include "page_parts.h"

#include "base/clock.h"

#include <string.h>

json_t *page_milliseconds(double ms)
{
    return ms < 0 ? json_null() : json_real((double)(int64_t)(ms * 100 + 0.5) / 100);
}

json_t *page_seconds(int64_t ms)
{
    int64_t tenths = (ms + 50) / 100;
    return json_real((double)tenths / 10);
}

json_t *page_wall_time(int64_t wall_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    return wall_ms == 0 ? json_null() : json_string(clock_rfc3339(wall_ms, text));
}

json_t *page_text(const char *text)
{
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

json_t *page_check_name(const char *check, const struct target_view *target)
{
    if (strcmp(target->name, "main") == 0)
        return json_string(check);
    return json_sprintf("%s:%s", check, target->name);
}

const struct target_view *pages_spokesman(const struct pages_input *input)
{
    const struct target_view *worst = &input->targets[0];
    for (size_t i = 1; i < input->n_targets; i++)
        if (readiness_is_worse(&input->targets[i].readiness, &worst->readiness))
            worst = &input->targets[i];
    return worst;
}

const char *page_state(const struct pages_input *input)
{
    const struct target_view *target = pages_spokesman(input);
    const struct check_view *check = page_bad_check(input, true);
    if (!target->readiness.ok || check == NULL)
        return readiness_state_name(target->readiness.state);
    return readiness_state_name(check->known ? READINESS_FAILED : READINESS_UNKNOWN);
}

json_t *page_failure(const struct target_view *target, bool full)
{
    const struct error *failure = target->failure;
    if (failure == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "revision", page_text(target->failed_revision));
    json_object_set_new(object, "at", page_wall_time(target->failed_wall_ms));
    json_object_set_new(object, "code", json_string(error_word(failure->code)));
    json_object_set_new(object, "sqlstate", page_text(failure->sqlstate));
    json_object_set_new(object, "file", page_text(failure->file));
    json_object_set_new(object, "line", failure->line == 0 ? json_null() : json_integer(failure->line));
    json_object_set_new(object, "column", failure->column == 0 ? json_null() : json_integer(failure->column));
    json_object_set_new(object, "message", full ? json_string(failure->message) : json_null());
    json_object_set_new(object, "detail", full ? page_text(failure->detail) : json_null());
    json_object_set_new(object, "next", full ? page_text(failure->next) : json_null());
    return object;
}

static json_t *progress_json(const struct activity *activity)
{
    if (activity->command == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "command", json_string(activity->command));
    json_object_set_new(object, "phase", page_text(activity->phase));
    json_object_set_new(object, "percent", activity->percent < 0 ? json_null() : json_real(activity->percent));
    return object;
}

const char *page_last_of_message(const struct runner_view *run)
{
    if (run->sent < 2)
        return run->running->id;
    return graph_revision(run->plan->graph, run->plan->steps[run->position + run->sent - 1].node)->id;
}

/* Which revision it is at, only the command knows. */
static json_t *command_json(const struct runner_view *run)
{
    json_t *object = json_object();
    json_object_set_new(object, "command", json_string("upgrade_command"));
    json_object_set_new(object, "elapsed_seconds", page_seconds(clock_monotonic_ms() - run->running_since_ms));
    return object;
}

json_t *page_running(const struct target_view *target)
{
    const struct runner_view *run = &target->run;
    if (target->running && run->command)
        return command_json(run);
    if (!target->running || run->running == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "revision", json_string(run->running->id));
    json_object_set_new(object, "file", json_string(run->running->path));
    json_object_set_new(object, "number", json_integer((json_int_t)run->position + 1));
    json_object_set_new(object, "of", json_integer((json_int_t)run->total));
    json_object_set_new(object, "together", json_integer((json_int_t)run->sent));
    json_object_set_new(object, "last_revision", json_string(page_last_of_message(run)));
    json_object_set_new(object, "statement",
                        run->statement == 0 ? json_null() : json_integer((json_int_t)run->statement));
    json_object_set_new(
        object, "statements",
        json_integer((json_int_t)(run->statements == 0 ? run->running->up.statements : run->statements)));
    json_object_set_new(object, "elapsed_seconds", page_seconds(clock_monotonic_ms() - run->running_since_ms));
    json_object_set_new(object, "progress", progress_json(target->activity));
    return object;
}
