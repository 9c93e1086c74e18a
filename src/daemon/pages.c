#include "daemon/pages.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"
#include "core/sql_quote.h"
#include "flows/audit_json.h"
#include "flows/detail.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

bool pages_ready(const struct pages_input *input)
{
    for (size_t i = 0; i < input->n_targets; i++)
        if (!input->targets[i].readiness.ok)
            return false;
    return !input->stopping;
}

/* ---- pieces ---- */

static json_t *milliseconds(double ms)
{
    return ms < 0 ? json_null() : json_real((double)(int64_t)(ms * 100 + 0.5) / 100);
}

static json_t *seconds(int64_t ms)
{
    int64_t tenths = (ms + 50) / 100;
    return json_real((double)tenths / 10);
}

static json_t *wall_time(int64_t wall_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    return wall_ms == 0 ? json_null() : json_string(clock_rfc3339(wall_ms, text));
}

static json_t *text_or_null(const char *text)
{
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

/* "db" and "migrations" for target main, "db:NAME" for others. */
static json_t *check_name(const char *check, const struct target_view *target)
{
    if (strcmp(target->name, "main") == 0)
        return json_string(check);
    return json_sprintf("%s:%s", check, target->name);
}

static json_t *check_json(const char *name, const struct target_view *target, bool ok, double ms, json_t *detail)
{
    json_t *check = json_object();
    json_object_set_new(check, "name", check_name(name, target));
    json_object_set_new(check, "ok", json_boolean(ok));
    json_object_set_new(check, "ms", milliseconds(ms));
    json_object_set_new(check, "detail", detail);
    return check;
}

static json_t *checks_json(const struct pages_input *input, bool full)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < input->n_targets; i++) {
        const struct target_view *target = &input->targets[i];
        const struct readiness *readiness = &target->readiness;
        json_t *db = json_object();
        json_object_set_new(db, "message", json_string(full ? readiness->db_message : readiness->brief_db_message));
        json_array_append_new(checks, check_json("db", target, readiness->db_ok, target->db_ms, db));
        json_array_append_new(checks,
                              check_json("migrations", target, readiness->migrations_ok, target->migrations_ms,
                                         detail_json(target->graph, target->verdict, readiness,
                                                     full ? readiness->message : readiness->brief_message)));
    }
    return checks;
}

/* The state of the whole: the first target that is not ready speaks for all. */
static const struct target_view *spokesman(const struct pages_input *input)
{
    for (size_t i = 0; i < input->n_targets; i++)
        if (!input->targets[i].readiness.ok)
            return &input->targets[i];
    return &input->targets[0];
}

static char *dump(json_t *body, size_t indent)
{
    char *line = json_dumps(body, (indent > 0 ? JSON_INDENT(indent) : JSON_COMPACT) | JSON_PRESERVE_ORDER |
                                      JSON_REAL_PRECISION(12));
    struct text text = {0};
    text_add(&text, line == NULL ? "{}" : line);
    text_add_char(&text, '\n');
    free(line);
    json_decref(body);
    return text.bytes;
}

/* ---- /readyz and /startupz ---- */

/* `ok` says what the status code says: /startupz stays good once it was. */
static json_t *readyz_json(const struct pages_input *input, bool ok, bool full)
{
    const struct target_view *target = spokesman(input);
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_boolean(ok));
    json_object_set_new(body, "state", json_string(readiness_state_name(target->readiness.state)));
    json_object_set_new(body, "checked_at", wall_time(target->checked_wall_ms));
    json_object_set_new(body, "age_seconds", target->verdict == NULL ? json_null() : seconds(target->age_ms));
    json_object_set_new(body, "checks", checks_json(input, full));
    return body;
}

static char *readyz_text(const struct pages_input *input, bool full)
{
    struct text text = {0};
    for (size_t i = 0; i < input->n_targets; i++) {
        const struct readiness *readiness = &input->targets[i].readiness;
        text_addf(&text, "[%c]db %s\n", readiness->db_ok ? '+' : '-',
                  full ? readiness->db_message : readiness->brief_db_message);
        text_addf(&text, "[%c]migrations %s\n", readiness->migrations_ok ? '+' : '-',
                  full ? readiness->message : readiness->brief_message);
    }
    text_addf(&text, "%s: %s\n", pages_ready(input) ? "ready" : "not ready",
              readiness_state_name(spokesman(input)->readiness.state));
    return text.bytes;
}

static char *startupz_text(const struct pages_input *input, bool full)
{
    char *readyz = readyz_text(input, full);
    struct text text = {0};
    text_addf(&text, "%s%s\n", readyz, input->started ? "started" : "not started");
    free(readyz);
    return text.bytes;
}

/* ---- /health ---- */

static json_t *failure_json(const struct target_view *target, bool full)
{
    const struct error *failure = target->failure;
    if (failure == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "revision", text_or_null(target->failed_revision));
    json_object_set_new(object, "at", wall_time(target->failed_wall_ms));
    json_object_set_new(object, "code", json_string(error_word(failure->code)));
    json_object_set_new(object, "sqlstate", text_or_null(failure->sqlstate));
    json_object_set_new(object, "file", text_or_null(failure->file));
    json_object_set_new(object, "line", failure->line == 0 ? json_null() : json_integer(failure->line));
    json_object_set_new(object, "column", failure->column == 0 ? json_null() : json_integer(failure->column));
    json_object_set_new(object, "message", full ? json_string(failure->message) : json_null());
    json_object_set_new(object, "detail", full ? text_or_null(failure->detail) : json_null());
    json_object_set_new(object, "next", full ? text_or_null(failure->next) : json_null());
    return object;
}

static json_t *progress_json(const struct activity *activity)
{
    if (activity->command == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "command", json_string(activity->command));
    json_object_set_new(object, "phase", text_or_null(activity->phase));
    json_object_set_new(object, "percent", activity->percent < 0 ? json_null() : json_real(activity->percent));
    return object;
}

/* Revisions that share a message come back together: the one that runs is not known, but where they end. */
static const char *last_of_message(const struct apply_run_view *run)
{
    if (run->sent < 2)
        return run->running->id;
    return graph_revision(run->plan->graph, run->plan->steps[run->position + run->sent - 1].node)->id;
}

static json_t *running_json(const struct target_view *target)
{
    const struct apply_run_view *run = &target->run;
    if (!target->running || run->running == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "revision", json_string(run->running->id));
    json_object_set_new(object, "file", json_string(run->running->path));
    json_object_set_new(object, "number", json_integer((json_int_t)run->position + 1));
    json_object_set_new(object, "of", json_integer((json_int_t)run->total));
    json_object_set_new(object, "together", json_integer((json_int_t)run->sent));
    json_object_set_new(object, "last_revision", json_string(last_of_message(run)));
    json_object_set_new(object, "statement",
                        run->statement == 0 ? json_null() : json_integer((json_int_t)run->statement));
    json_object_set_new(
        object, "statements",
        json_integer((json_int_t)(run->statements == 0 ? run->running->up.statements : run->statements)));
    json_object_set_new(object, "elapsed_seconds", seconds(clock_monotonic_ms() - run->running_since_ms));
    json_object_set_new(object, "progress", progress_json(target->activity));
    return object;
}

static const char *health_status(const struct pages_input *input)
{
    if (!pages_ready(input))
        return "fail";
    for (size_t i = 0; i < input->n_targets; i++)
        if (input->targets[i].verdict == NULL || input->targets[i].verdict->kind != VERDICT_IN_SYNC ||
            input->targets[i].advice.warning != NULL)
            return "warn";
    return input->config_warning != NULL ? "warn" : "pass";
}

/* Why it warns, in so far as no check's own message says it. */
static json_t *notes_json(const struct pages_input *input, bool full)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < input->n_targets; i++) {
        const struct advice *advice = &input->targets[i].advice;
        if (advice->warning != NULL)
            json_array_append_new(notes, json_string(full ? advice->warning : advice->brief_warning));
    }
    if (input->config_warning != NULL)
        json_array_append_new(notes,
                              json_string(full ? input->config_warning : "the changed configuration is faulty"));
    return notes;
}

static const char *next_words(const struct pages_input *input, bool full)
{
    const struct advice *advice = &spokesman(input)->advice;
    if (!full)
        return NULL;
    if (advice->next == NULL && advice->command == NULL && input->config_warning != NULL)
        return "mend the configuration and reload it (SIGHUP): the last good one stays in force until then";
    return advice->next;
}

/* A check that passes warns where something is to be looked at. */
static const char *check_status(const struct target_view *target, bool ok, bool migrations)
{
    bool warns = migrations && (target->advice.warning != NULL || target->verdict == NULL ||
                                target->verdict->kind != VERDICT_IN_SYNC);
    return !ok ? "fail" : warns ? "warn" : "pass";
}

static json_t *check_output(const struct target_view *target, const char *message, bool migrations, bool full)
{
    const char *warning = full ? target->advice.warning : target->advice.brief_warning;
    return migrations && warning != NULL ? json_sprintf("%s; warning: %s", message, warning) : json_string(message);
}

static json_t *health_checks_json(const struct pages_input *input, bool full)
{
    json_t *checks = json_object();
    for (size_t i = 0; i < input->n_targets; i++) {
        const struct target_view *target = &input->targets[i];
        const struct readiness *readiness = &target->readiness;
        const struct {
            const char *key;
            bool ok;
            const char *output;
        } rows[] = {
            {"db", readiness->db_ok, full ? readiness->db_message : readiness->brief_db_message},
            {"migrations", readiness->migrations_ok, full ? readiness->message : readiness->brief_message},
        };
        for (size_t j = 0; j < 2; j++) {
            json_t *one = json_object(), *list = json_array(), *name = check_name(rows[j].key, target);
            json_object_set_new(one, "componentType", json_string(j == 0 ? "datastore" : "component"));
            json_object_set_new(one, "status", json_string(check_status(target, rows[j].ok, j == 1)));
            json_object_set_new(one, "time", wall_time(target->checked_wall_ms));
            json_object_set_new(one, "output", check_output(target, rows[j].output, j == 1, full));
            json_array_append_new(list, one);
            json_object_set_new(checks, json_string_value(name), list);
            json_decref(name);
        }
    }
    return checks;
}

static json_t *health_json(const struct pages_input *input, bool full)
{
    const struct target_view *target = spokesman(input);
    json_t *body = json_object();
    json_object_set_new(body, "status", json_string(health_status(input)));
    json_object_set_new(body, "ok", json_boolean(pages_ready(input)));
    json_object_set_new(body, "state", json_string(readiness_state_name(target->readiness.state)));
    json_object_set_new(body, "description", json_string("schema revisions of the database"));
    json_object_set_new(body, "version", json_string(MIGRATED_VERSION));
    json_object_set_new(body, "uptime_seconds", seconds(input->uptime_ms));
    json_object_set_new(body, "checked_at", wall_time(target->checked_wall_ms));
    json_object_set_new(body, "running", running_json(target));
    json_object_set_new(body, "last_failure", failure_json(target, full));
    json_object_set_new(body, "notes", notes_json(input, full));
    json_object_set_new(body, "next", text_or_null(next_words(input, full)));
    json_object_set_new(body, "next_command", text_or_null(target->advice.command));
    json_object_set_new(body, "checks", health_checks_json(input, full));
    return body;
}

static void add_running(struct text *text, const struct apply_run_view *run)
{
    if (run->sent > 1)
        text_addf(text, "running: %s to %s (%zu to %zu of %zu together)\n", run->running->id, last_of_message(run),
                  run->position + 1, run->position + run->sent, run->total);
    else
        text_addf(text, "running: %s (%zu of %zu)\n", run->running->id, run->position + 1, run->total);
}

static char *health_text(const struct pages_input *input, bool full)
{
    const struct target_view *target = spokesman(input);
    struct text text = {0};
    char *readyz = readyz_text(input, full), elapsed[DURATION_SIZE];
    text_addf(&text, "%s: migrated %s, up %s\n%s", health_status(input), MIGRATED_VERSION,
              duration_format(input->uptime_ms, elapsed), readyz);
    free(readyz);
    if (target->running && target->run.running != NULL)
        add_running(&text, &target->run);
    if (full && target->failure != NULL && target->failure->file[0] != '\0')
        text_addf(&text, "at: %s:%u:%u\n", target->failure->file, target->failure->line, target->failure->column);
    json_t *notes = notes_json(input, full);
    for (size_t i = 0; i < json_array_size(notes); i++)
        text_addf(&text, "warning: %s\n", json_string_value(json_array_get(notes, i)));
    json_decref(notes);
    const char *words = next_words(input, full), *command = target->advice.command;
    if (words != NULL || command != NULL)
        text_addf(&text, "next: %s\n", words != NULL ? words : command);
    return text.bytes;
}

/* ---- /status ---- */

static json_t *holder_json(const struct target_view *target, bool full)
{
    const struct books_holder *holder = target->running ? target->run.holder : NULL;
    if (holder == NULL || holder->pid == 0)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "pid", json_integer(holder->pid));
    json_object_set_new(object, "user", full ? text_or_null(holder->user) : json_null());
    json_object_set_new(object, "application", full ? text_or_null(holder->application) : json_null());
    json_object_set_new(object, "state", text_or_null(holder->state));
    json_object_set_new(object, "session_seconds", seconds((int64_t)(holder->seconds * 1000)));
    return object;
}

static json_t *blocker_json(const struct activity_blocker *blocker, const char *hint, bool full)
{
    json_t *object = json_object();
    json_object_set_new(object, "pid", json_integer(blocker->pid));
    json_object_set_new(object, "user", full ? text_or_null(blocker->user) : json_null());
    json_object_set_new(object, "application", full ? text_or_null(blocker->application) : json_null());
    json_object_set_new(object, "state", text_or_null(blocker->state));
    json_object_set_new(object, "query", full ? text_or_null(blocker->hidden ? hint : blocker->query) : json_null());
    json_object_set_new(object, "age_seconds",
                        blocker->seconds < 0 ? json_null() : seconds((int64_t)(blocker->seconds * 1000)));
    return object;
}

static json_t *blockers_json(const struct target_view *target, bool full)
{
    struct text hint = {0};
    json_t *array = json_array();
    text_add(&hint, "needs pg_read_all_stats: GRANT pg_read_all_stats TO ");
    sql_quote_identifier(&hint, target->role == NULL ? "" : target->role);
    for (size_t i = 0; i < target->blockers->n_blockers; i++)
        json_array_append_new(array, blocker_json(&target->blockers->blockers[i], text_string(&hint), full));
    text_finish(&hint);
    return array;
}

static json_t *retry_json(const struct target_view *target, bool full)
{
    const struct apply_run_view *run = &target->run;
    if (!target->running || run->last_retry == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "retries", json_integer(run->retries));
    json_object_set_new(object, "next_in_seconds",
                        run->retry_at_ms == 0 ? json_null() : seconds(run->retry_at_ms - clock_monotonic_ms()));
    json_object_set_new(object, "sqlstate", text_or_null(run->last_retry->sqlstate));
    json_object_set_new(object, "message", full ? json_string(run->last_retry->message) : json_null());
    return object;
}

/* A run knows them after each message; a reading comes later. */
static const struct names *rows_now(const struct target_view *target)
{
    if (target->running && target->run.rows != NULL)
        return target->run.rows;
    return target->verdict == NULL ? NULL : &target->verdict->rows;
}

static json_t *target_json(const struct target_view *target, bool full)
{
    static const struct names none = {0};
    const struct verdict *verdict = target->verdict;
    const struct names *rows = rows_now(target);
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(target->name));
    json_object_set_new(object, "database", full ? text_or_null(target->display) : json_null());
    json_object_set_new(object, "state", json_string(readiness_state_name(target->readiness.state)));
    json_object_set_new(object, "message",
                        json_string(full ? target->readiness.message : target->readiness.brief_message));
    json_object_set_new(object, "standby", json_boolean(target->standby));
    json_object_set_new(object, "rows", detail_names(rows == NULL ? &none : rows));
    json_object_set_new(object, "heads",
                        verdict == NULL ? detail_heads(target->graph) : detail_names(&verdict->heads));
    json_object_set_new(object, "pending", detail_names(verdict == NULL ? &none : &verdict->pending));
    json_object_set_new(object, "unknown_rows", detail_names(verdict == NULL ? &none : &verdict->unknown_rows));
    json_object_set_new(object, "revisions",
                        target->graph == NULL ? json_null() : json_integer((json_int_t)graph_size(target->graph)));
    json_object_set_new(object, "running", running_json(target));
    json_object_set_new(object, "blockers", blockers_json(target, full));
    json_object_set_new(object, "lock_key", target->lock_key == 0 ? json_null() : json_integer(target->lock_key));
    json_object_set_new(object, "lock_holder", holder_json(target, full));
    json_object_set_new(object, "retry", retry_json(target, full));
    json_object_set_new(object, "applied", json_integer((json_int_t)target->applied_by_us));
    json_object_set_new(object, "last_failure", failure_json(target, full));
    json_object_set_new(object, "warning",
                        text_or_null(full ? target->advice.warning : target->advice.brief_warning));
    json_object_set_new(object, "next", full ? text_or_null(target->advice.next) : json_null());
    json_object_set_new(object, "next_command", text_or_null(target->advice.command));
    json_object_set_new(object, "checked_at", wall_time(target->checked_wall_ms));
    json_object_set_new(object, "age_seconds", verdict == NULL ? json_null() : seconds(target->age_ms));
    json_object_set_new(object, "db_ms", milliseconds(target->db_ms));
    json_object_set_new(object, "changed", audit_json(target->audit, AUDIT_EDITED));
    json_object_set_new(object, "slipped_in", audit_json(target->audit, AUDIT_SLIPPED_IN));
    json_object_set_new(object, "files_warning",
                        target->files_warning == NULL ? json_null()
                        : full                        ? json_string(target->files_warning)
                                                      : json_string("the changed revision files are faulty"));
    return object;
}

/* They may hold addresses and file names: only their number is for everybody. */
static json_t *warnings_json(const struct pages_input *input, bool full)
{
    json_t *warnings = json_array();
    size_t count = input->warnings->count + (input->config_warning != NULL);
    if (!full && count > 0)
        json_array_append_new(warnings, json_sprintf("%d warning%s: see the log", (int)count, count == 1 ? "" : "s"));
    for (size_t i = 0; full && i < input->warnings->count; i++)
        json_array_append_new(warnings, json_string(input->warnings->items[i]));
    if (full && input->config_warning != NULL)
        json_array_append_new(warnings, json_string(input->config_warning));
    return warnings;
}

static json_t *status_json(const struct pages_input *input, bool full)
{
    json_t *body = json_object(), *targets = json_array();
    for (size_t i = 0; i < input->n_targets; i++)
        json_array_append_new(targets, target_json(&input->targets[i], full));
    json_object_set_new(body, "ok", json_boolean(pages_ready(input)));
    json_object_set_new(body, "state", json_string(readiness_state_name(spokesman(input)->readiness.state)));
    json_object_set_new(body, "version", json_string(MIGRATED_VERSION));
    json_object_set_new(body, "uptime_seconds", seconds(input->uptime_ms));
    json_object_set_new(body, "cache_ttl_seconds", seconds(input->cache_ttl_ms));
    json_object_set_new(body, "targets", targets);
    json_object_set_new(body, "warnings", warnings_json(input, full));
    return body;
}

/* ---- publishing ---- */

struct bodies {
    char *json, *text, *brief_json, *brief_text; /* owned */
};

static void publish(struct http_server *server, enum http_page_id page, unsigned status, unsigned retry_after,
                    struct bodies bodies)
{
    struct http_page content = {
        .status = status,
        .json = bodies.json,
        .text = bodies.text,
        .retry_after = retry_after,
        .restricted_json = bodies.brief_json,
        .restricted_text = bodies.brief_text,
    };
    http_server_publish(server, page, &content);
    free(bodies.json);
    free(bodies.text);
    free(bodies.brief_json);
    free(bodies.brief_text);
}

static struct bodies readyz_bodies(const struct pages_input *input)
{
    bool ok = pages_ready(input);
    return (struct bodies){dump(readyz_json(input, ok, true), 0), readyz_text(input, true),
                           dump(readyz_json(input, ok, false), 0), readyz_text(input, false)};
}

static struct bodies startupz_bodies(const struct pages_input *input)
{
    return (struct bodies){dump(readyz_json(input, input->started, true), 0), startupz_text(input, true),
                           dump(readyz_json(input, input->started, false), 0), startupz_text(input, false)};
}

static json_t *livez_json(void)
{
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_true());
    return body;
}

void pages_publish(struct http_server *server, const struct pages_input *input)
{
    bool ready = pages_ready(input);
    unsigned status = ready ? 200 : 503;
    unsigned retry_after = (unsigned)(input->next_check_ms < 1000 ? 1 : (input->next_check_ms + 999) / 1000);

    publish(server, HTTP_READYZ, status, retry_after, readyz_bodies(input));
    publish(server, HTTP_STARTUPZ, input->started ? 200 : 503, retry_after, startupz_bodies(input));
    publish(server, HTTP_HEALTH, status, retry_after,
            (struct bodies){dump(health_json(input, true), 2), health_text(input, true),
                            dump(health_json(input, false), 2), health_text(input, false)});
    publish(server, HTTP_STATUS, 200, 0,
            (struct bodies){dump(status_json(input, true), 2), NULL, dump(status_json(input, false), 2), NULL});
    publish(server, HTTP_LIVEZ, 200, 0, (struct bodies){dump(livez_json(), 0), memory_string("ok\n"), NULL, NULL});
}
