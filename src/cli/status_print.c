#include "cli/status_print.h"

#include "base/duration.h"
#include "base/error.h"

#include <string.h>

#define MOST_NAMES 5

/* ---- access: what is missing or null is "" ---- */

static const char *string_at(const json_t *object, const char *key)
{
    const char *string = json_string_value(json_object_get(object, key));
    return string == NULL ? "" : string;
}

static json_int_t number_at(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL && !json_is_null(value);
}

static const char *seconds_at(const json_t *object, const char *key, char out[DURATION_SIZE])
{
    return duration_format((int64_t)(json_number_value(json_object_get(object, key)) * 1000 + 0.5), out);
}

/* ---- pieces ---- */

/* Server texts may hold anything: what would move the cursor becomes a blank. */
static void add_clean(struct text *text, const char *string)
{
    for (; string != NULL && *string != '\0'; string++)
        text_add_char(text, (unsigned char)*string < ' ' || *string == 0x7F ? ' ' : *string);
}

static void add_label(struct text *text, const char *label)
{
    text_addf(text, "  %-9s ", label);
}

static void add_names(struct text *text, const json_t *names)
{
    size_t count = json_array_size(names);
    for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
        text_add(text, i == 0 ? "" : ", ");
        add_clean(text, json_string_value(json_array_get(names, i)));
    }
    if (count > MOST_NAMES)
        text_addf(text, " and %zu more", count - MOST_NAMES);
    if (count == 0)
        text_add(text, "none");
    text_add_char(text, '\n');
}

static const char *state_colour(const char *state)
{
    static const char *const good[] = {"ready"}, *const busy[] = {"starting",  "connecting", "waiting_for_lock",
                                                                  "migrating", "held",       "stopping"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strcmp(state, good[i]) == 0)
            return "32";
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
        if (strcmp(state, busy[i]) == 0)
            return "33";
    return "31";
}

static void add_state(struct text *text, const json_t *object, bool colour)
{
    const char *state = string_at(object, "state");
    if (colour)
        text_addf(text, "\033[1;%sm", state_colour(state));
    add_clean(text, state);
    if (colour)
        text_add(text, "\033[0m");
}

/* Whatever the server reports of its command: "phase building index, done 7, total 9". */
static void add_progress(struct text *text, json_t *progress)
{
    const char *separator = "";
    add_label(text, "progress");
    if (json_is_string(progress))
        add_clean(text, json_string_value(progress));
    for (void *at = json_object_iter(progress); at != NULL; at = json_object_iter_next(progress, at)) {
        const json_t *value = json_object_iter_value(at);
        if (json_is_null(value))
            continue;
        text_addf(text, "%s%s ", separator, json_object_iter_key(at));
        separator = ", ";
        if (json_is_string(value))
            add_clean(text, json_string_value(value));
        else
            text_addf(text, "%.10g", json_number_value(value));
    }
    text_add_char(text, '\n');
}

static void add_numbers(struct text *text, const json_t *running)
{
    json_int_t first = number_at(running, "number"), together = number_at(running, "together");
    if (together > 1)
        text_addf(text, " %lld to %lld of %lld together", first, first + together - 1, number_at(running, "of"));
    else
        text_addf(text, " %lld of %lld", first, number_at(running, "of"));
}

static void add_running(struct text *text, const json_t *running)
{
    char time[DURATION_SIZE];
    add_label(text, "running");
    add_clean(text, string_at(running, has(running, "command") ? "command" : "revision"));
    if (number_at(running, "together") > 1) {
        text_add(text, " to ");
        add_clean(text, string_at(running, "last_revision"));
    }
    if (has(running, "of")) {
        text_add(text, ",");
        add_numbers(text, running);
    }
    if (has(running, "statement"))
        text_addf(text, ", statement %lld of %lld", number_at(running, "statement"),
                  number_at(running, "statements"));
    text_addf(text, ", for %s\n", seconds_at(running, "elapsed_seconds", time));
    if (has(running, "progress"))
        add_progress(text, json_object_get(running, "progress"));
    const json_t *output = json_object_get(running, "output");
    if (json_array_size(output) > 0) {
        add_label(text, "output");
        add_clean(text, json_string_value(json_array_get(output, json_array_size(output) - 1)));
        text_add_char(text, '\n');
    }
}

static void add_session(struct text *text, const json_t *session)
{
    text_addf(text, "pid %lld", number_at(session, "pid"));
    static const char *const keys[] = {"user", "application", "state"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (string_at(session, keys[i])[0] == '\0')
            continue;
        text_add(text, ", ");
        add_clean(text, string_at(session, keys[i]));
    }
}

static void add_holder(struct text *text, const json_t *target)
{
    char time[DURATION_SIZE];
    const json_t *holder = json_object_get(target, "lock_holder");
    add_label(text, "lock");
    text_addf(text, "%lld held by ", number_at(target, "lock_key"));
    add_session(text, holder);
    if (has(holder, "session_seconds"))
        text_addf(text, ", session of %s", seconds_at(holder, "session_seconds", time));
    text_add_char(text, '\n');
}

static void add_blocker(struct text *text, const json_t *blocker)
{
    char time[DURATION_SIZE], query[120];
    add_label(text, "blocker");
    add_session(text, blocker);
    if (has(blocker, "age_seconds"))
        text_addf(text, ", for %s", seconds_at(blocker, "age_seconds", time));
    error_copy(query, sizeof query, string_at(blocker, "query"), strlen(string_at(blocker, "query")));
    if (query[0] != '\0') {
        text_add(text, ": ");
        add_clean(text, query);
    }
    text_add_char(text, '\n');
}

static void add_retry(struct text *text, const json_t *retry)
{
    char time[DURATION_SIZE];
    add_label(text, "retry");
    text_addf(text, "%lld so far", number_at(retry, "retries"));
    if (has(retry, "next_in_seconds"))
        text_addf(text, ", next in %s", seconds_at(retry, "next_in_seconds", time));
    if (has(retry, "message")) {
        text_add(text, ": ");
        add_clean(text, string_at(retry, "message"));
    }
    if (has(retry, "sqlstate"))
        text_addf(text, " (SQLSTATE %s)", string_at(retry, "sqlstate"));
    text_add_char(text, '\n');
}

static void add_place(struct text *text, const json_t *failure)
{
    if (!has(failure, "file"))
        return;
    add_clean(text, string_at(failure, "file"));
    if (has(failure, "line"))
        text_addf(text, ":%lld", number_at(failure, "line"));
    if (has(failure, "line") && has(failure, "column"))
        text_addf(text, ":%lld", number_at(failure, "column"));
    text_add(text, ": ");
}

static void add_failure(struct text *text, const json_t *failure)
{
    add_label(text, "failure");
    add_place(text, failure);
    add_clean(text, has(failure, "message") ? string_at(failure, "message") : string_at(failure, "code"));
    if (has(failure, "sqlstate"))
        text_addf(text, " (SQLSTATE %s)", string_at(failure, "sqlstate"));
    if (has(failure, "revision")) {
        text_add(text, ", in ");
        add_clean(text, string_at(failure, "revision"));
    }
    if (has(failure, "at"))
        text_addf(text, ", at %s", string_at(failure, "at"));
    text_add_char(text, '\n');
}

static void add_line(struct text *text, const char *label, const char *words)
{
    if (words[0] == '\0')
        return;
    add_label(text, label);
    add_clean(text, words);
    text_add_char(text, '\n');
}

/* ---- a target ---- */

static void add_revisions(struct text *text, const json_t *target)
{
    const json_t *pending = json_object_get(target, "pending"), *unknown = json_object_get(target, "unknown_rows");
    add_label(text, "rows");
    add_names(text, json_object_get(target, "rows"));
    add_label(text, "heads");
    add_names(text, json_object_get(target, "heads"));
    if (json_array_size(unknown) > 0) {
        add_label(text, "unknown");
        add_names(text, unknown);
    }
    if (json_array_size(pending) > 0) {
        add_label(text, "pending");
        text_addf(text, "%zu: ", json_array_size(pending));
        add_names(text, pending);
    }
}

static void add_age(struct text *text, const json_t *target)
{
    char time[DURATION_SIZE];
    add_label(text, "checked");
    if (has(target, "age_seconds"))
        text_addf(text, "%s ago, at %s\n", seconds_at(target, "age_seconds", time), string_at(target, "checked_at"));
    else
        text_add(text, "not yet\n");
}

static void add_target(struct text *text, const json_t *target, bool colour)
{
    const json_t *blockers = json_object_get(target, "blockers");
    text_add_char(text, '\n');
    add_clean(text, string_at(target, "name"));
    if (has(target, "database")) {
        text_add(text, "  ");
        add_clean(text, string_at(target, "database"));
    }
    text_add(text, json_is_true(json_object_get(target, "standby")) ? " (standby)\n" : "\n");
    add_label(text, "state");
    add_state(text, target, colour);
    text_add(text, ": ");
    add_clean(text, string_at(target, "message"));
    text_add_char(text, '\n');
    add_revisions(text, target);
    if (has(target, "running"))
        add_running(text, json_object_get(target, "running"));
    if (has(target, "lock_holder"))
        add_holder(text, target);
    for (size_t i = 0; i < json_array_size(blockers); i++)
        add_blocker(text, json_array_get(blockers, i));
    if (has(target, "retry"))
        add_retry(text, json_object_get(target, "retry"));
    if (has(target, "last_failure"))
        add_failure(text, json_object_get(target, "last_failure"));
    add_age(text, target);
    add_line(text, "warning", string_at(target, "warning"));
    add_line(text, "next", string_at(target, has(target, "next") ? "next" : "next_command"));
}

static void add_check(struct text *text, const json_t *check, bool colour)
{
    char age[DURATION_SIZE];
    bool ok = json_is_true(json_object_get(check, "ok"));
    const char *word = ok                                                 ? "well"
                       : json_is_true(json_object_get(check, "required")) ? "not well"
                                                                          : "not well, not required";
    text_add(text, "check ");
    add_clean(text, string_at(check, "name"));
    if (colour)
        text_addf(text, " \033[1;%sm%s\033[0m: ", ok ? "32" : "31", word);
    else
        text_addf(text, " %s: ", word);
    add_clean(text, string_at(check, "message"));
    if (has(check, "age_seconds"))
        text_addf(text, ", checked %s ago", seconds_at(check, "age_seconds", age));
    text_add_char(text, '\n');
}

void status_add(struct text *text, const json_t *body, bool colour)
{
    char time[DURATION_SIZE];
    const json_t *targets = json_object_get(body, "targets"), *warnings = json_object_get(body, "warnings"),
                 *checks = json_object_get(body, "checks");
    text_addf(text, "migrated %s, up %s: ", string_at(body, "version"), seconds_at(body, "uptime_seconds", time));
    add_state(text, body, colour);
    text_add_char(text, '\n');
    for (size_t i = 0; i < json_array_size(targets); i++)
        add_target(text, json_array_get(targets, i), colour);
    if (json_array_size(checks) > 0)
        text_add_char(text, '\n');
    for (size_t i = 0; i < json_array_size(checks); i++)
        add_check(text, json_array_get(checks, i), colour);
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        text_add(text, "warning: ");
        add_clean(text, json_string_value(json_array_get(warnings, i)));
        text_add_char(text, '\n');
    }
}

void status_add_brief(struct text *text, const json_t *body)
{
    const json_t *targets = json_object_get(body, "targets");
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = json_array_get(targets, i), *running = json_object_get(target, "running");
        add_clean(text, string_at(target, "name"));
        text_add(text, " ");
        add_clean(text, string_at(target, "state"));
        if (has(running, "of"))
            add_numbers(text, running);
        text_add(text, ": ");
        add_clean(text, string_at(target, "message"));
        text_add_char(text, '\n');
    }
}
