#include "page_parts.h"

#include "base/duration.h"
#include "base/version.h"

#include <stdlib.h>

static const char *health_status(const struct pages_input *input)
{
    if (!pages_ready(input))
        return "fail";
    for (size_t i = 0; i < input->n_targets; i++)
        if (input->targets[i].verdict == NULL || input->targets[i].verdict->kind != VERDICT_IN_SYNC ||
            input->targets[i].advice.warning != NULL)
            return "warn";
    return input->config_warning != NULL || page_bad_check(input, false) != NULL ? "warn" : "pass";
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
    const struct advice *advice = &pages_spokesman(input)->advice;
    if (!full)
        return NULL;
    if (pages_started(input) && !pages_ready(input))
        return "see what the checks say that are not well; each asks the query of its section in the configuration";
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
            json_t *one = json_object(), *list = json_array(), *name = page_check_name(rows[j].key, target);
            json_object_set_new(one, "componentType", json_string(j == 0 ? "datastore" : "component"));
            json_object_set_new(one, "status", json_string(check_status(target, rows[j].ok, j == 1)));
            json_object_set_new(one, "time", page_wall_time(target->checked_wall_ms));
            json_object_set_new(one, "output", check_output(target, rows[j].output, j == 1, full));
            json_array_append_new(list, one);
            json_object_set_new(checks, json_string_value(name), list);
            json_decref(name);
        }
    }
    page_add_checks_health(checks, input, full);
    return checks;
}

json_t *page_health_json(const struct pages_input *input, bool full)
{
    const struct target_view *target = pages_spokesman(input);
    json_t *body = json_object();
    json_object_set_new(body, "status", json_string(health_status(input)));
    json_object_set_new(body, "ok", json_boolean(pages_ready(input)));
    json_object_set_new(body, "state", json_string(page_state(input)));
    json_object_set_new(body, "description", json_string("schema revisions of the database"));
    json_object_set_new(body, "version", json_string(MIGRATED_VERSION));
    json_object_set_new(body, "uptime_seconds", page_seconds(input->uptime_ms));
    json_object_set_new(body, "checked_at", page_wall_time(target->checked_wall_ms));
    json_object_set_new(body, "running", page_running(target));
    json_object_set_new(body, "last_failure", page_failure(target, full));
    json_object_set_new(body, "notes", notes_json(input, full));
    json_object_set_new(body, "next", page_text(next_words(input, full)));
    json_object_set_new(body, "next_command", page_text(target->advice.command));
    json_object_set_new(body, "checks", health_checks_json(input, full));
    return body;
}

static void add_running(struct text *text, const struct runner_view *run)
{
    if (run->sent > 1)
        text_addf(text, "running: %s to %s (%zu to %zu of %zu together)\n", run->running->id,
                  page_last_of_message(run), run->position + 1, run->position + run->sent, run->total);
    else
        text_addf(text, "running: %s (%zu of %zu)\n", run->running->id, run->position + 1, run->total);
}

char *page_health_text(const struct pages_input *input, bool full)
{
    const struct target_view *target = pages_spokesman(input);
    struct text text = {0};
    char *readyz = page_readyz_text(input, full), elapsed[DURATION_SIZE];
    text_addf(&text, "%s: migrated %s, up %s\n%s", health_status(input), MIGRATED_VERSION,
              duration_format(input->uptime_ms, elapsed), readyz);
    free(readyz);
    if (target->running && target->run.command)
        text_add(&text, "running: upgrade_command\n");
    else if (target->running && target->run.running != NULL)
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
