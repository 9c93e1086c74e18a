#include "page_parts.h"

#include "base/clock.h"
#include "base/version.h"
#include "core/sql_quote.h"
#include "flows/audit_json.h"
#include "flows/detail.h"

static json_t *holder_json(const struct target_view *target, bool full)
{
    const struct books_holder *holder = target->running ? target->run.holder : NULL;
    if (holder == NULL || holder->pid == 0)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "pid", json_integer(holder->pid));
    json_object_set_new(object, "user", full ? page_text(holder->user) : json_null());
    json_object_set_new(object, "application", full ? page_text(holder->application) : json_null());
    json_object_set_new(object, "state", page_text(holder->state));
    json_object_set_new(object, "session_seconds", page_seconds((int64_t)(holder->seconds * 1000)));
    return object;
}

static json_t *blocker_json(const struct activity_blocker *blocker, const char *hint, bool full)
{
    json_t *object = json_object();
    json_object_set_new(object, "pid", json_integer(blocker->pid));
    json_object_set_new(object, "user", full ? page_text(blocker->user) : json_null());
    json_object_set_new(object, "application", full ? page_text(blocker->application) : json_null());
    json_object_set_new(object, "state", page_text(blocker->state));
    json_object_set_new(object, "query", full ? page_text(blocker->hidden ? hint : blocker->query) : json_null());
    json_object_set_new(object, "age_seconds",
                        blocker->seconds < 0 ? json_null() : page_seconds((int64_t)(blocker->seconds * 1000)));
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
    const struct runner_view *run = &target->run;
    if (!target->running || run->last_retry == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "retries", json_integer(run->retries));
    json_object_set_new(object, "next_in_seconds",
                        run->retry_at_ms == 0 ? json_null() : page_seconds(run->retry_at_ms - clock_monotonic_ms()));
    json_object_set_new(object, "sqlstate", page_text(run->last_retry->sqlstate));
    json_object_set_new(object, "message", full ? json_string(run->last_retry->message) : json_null());
    return object;
}

/* A run knows them after each message; a reading comes later. */
static const struct names *rows_now(const struct target_view *target)
{
    if (target->running && target->run.rows != NULL)
        return target->run.rows;
    return target->verdict == NULL ? NULL : &target->verdict->current;
}

/* What a command prints may name anything. */
static json_t *running_json(const struct target_view *target, bool full)
{
    json_t *object = page_running(target);
    if (full && target->running && target->run.command)
        json_object_set_new(object, "output", detail_names(target->run.output));
    return object;
}

static json_t *target_json(const struct target_view *target, bool full)
{
    static const struct names none = {0};
    const struct verdict *verdict = target->verdict;
    const struct names *rows = rows_now(target);
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(target->name));
    json_object_set_new(object, "database", full ? page_text(target->display) : json_null());
    json_object_set_new(object, "state", json_string(readiness_state_name(target->readiness.state)));
    json_object_set_new(object, "message",
                        json_string(full ? target->readiness.message : target->readiness.brief_message));
    json_object_set_new(object, "standby", json_boolean(target->standby));
    json_object_set_new(object, "rows", detail_names(rows == NULL ? &none : rows));
    json_object_set_new(object, "heads",
                        verdict == NULL ? detail_heads(target->graph) : detail_names(&verdict->heads));
    json_object_set_new(object, "pending", detail_names(verdict == NULL ? &none : &verdict->pending));
    json_object_set_new(object, "unknown_rows", detail_names(verdict == NULL ? &none : &verdict->unknown_rows));
    if (verdict != NULL && verdict->tenants.known)
        json_object_set_new(object, "tenants", detail_tenants(verdict, full));
    json_object_set_new(object, "revisions",
                        target->graph == NULL ? json_null() : json_integer((json_int_t)graph_size(target->graph)));
    json_object_set_new(object, "running", running_json(target, full));
    json_object_set_new(object, "blockers", blockers_json(target, full));
    json_object_set_new(object, "lock_key", target->lock_key == 0 ? json_null() : json_integer(target->lock_key));
    json_object_set_new(object, "lock_holder", holder_json(target, full));
    json_object_set_new(object, "retry", retry_json(target, full));
    json_object_set_new(object, "waits_for", page_text(target->waits_for));
    json_object_set_new(object, "applied", json_integer((json_int_t)target->applied_by_us));
    json_object_set_new(object, "last_failure", page_failure(target, full));
    json_object_set_new(object, "warning", page_text(full ? target->advice.warning : target->advice.brief_warning));
    json_object_set_new(object, "next", full ? page_text(target->advice.next) : json_null());
    json_object_set_new(object, "next_command", page_text(target->advice.command));
    json_object_set_new(object, "checked_at", page_wall_time(target->checked_wall_ms));
    json_object_set_new(object, "age_seconds", verdict == NULL ? json_null() : page_seconds(target->age_ms));
    json_object_set_new(object, "db_ms", page_milliseconds(target->db_ms));
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

json_t *page_status_json(const struct pages_input *input, bool full)
{
    json_t *body = json_object(), *targets = json_array();
    for (size_t i = 0; i < input->n_targets; i++)
        json_array_append_new(targets, target_json(&input->targets[i], full));
    json_object_set_new(body, "ok", json_boolean(pages_ready(input)));
    json_object_set_new(body, "state", json_string(page_state(input)));
    json_object_set_new(body, "version", json_string(MIGRATED_VERSION));
    json_object_set_new(body, "uptime_seconds", page_seconds(input->uptime_ms));
    json_object_set_new(body, "cache_ttl_seconds", page_seconds(input->cache_ttl_ms));
    json_object_set_new(body, "targets", targets);
    json_object_set_new(body, "checks", page_checks_status(input, full));
    json_object_set_new(body, "warnings", warnings_json(input, full));
    return body;
}
