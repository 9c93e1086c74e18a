#include "page_parts.h"

#include "base/memory.h"
#include "flows/detail.h"

#include <stdlib.h>

bool pages_started(const struct pages_input *input)
{
    for (size_t i = 0; i < input->n_targets; i++)
        if (!input->targets[i].readiness.ok)
            return false;
    return !input->stopping;
}

bool pages_ready(const struct pages_input *input)
{
    return pages_started(input) && page_bad_check(input, true) == NULL;
}

/* ---- pieces ---- */

static json_t *check_json(const char *name, const struct target_view *target, bool ok, double ms, json_t *detail)
{
    json_t *check = json_object();
    json_object_set_new(check, "name", page_check_name(name, target));
    json_object_set_new(check, "ok", json_boolean(ok));
    json_object_set_new(check, "ms", page_milliseconds(ms));
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
                                                     full ? readiness->message : readiness->brief_message, full)));
    }
    return checks;
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
static json_t *targets_json(const struct pages_input *input, bool ok, const char *state, bool full)
{
    const struct target_view *target = pages_spokesman(input);
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_boolean(ok));
    json_object_set_new(body, "state", json_string(state));
    json_object_set_new(body, "checked_at", page_wall_time(target->checked_wall_ms));
    json_object_set_new(body, "age_seconds", target->verdict == NULL ? json_null() : page_seconds(target->age_ms));
    json_object_set_new(body, "checks", checks_json(input, full));
    return body;
}

static json_t *readyz_json(const struct pages_input *input, bool full)
{
    json_t *body = targets_json(input, pages_ready(input), page_state(input), full);
    page_add_checks(json_object_get(body, "checks"), input, full);
    return body;
}

/* Of the application's own making, like its heartbeat, are the other checks: it could not start for want of itself. */
static json_t *startupz_json(const struct pages_input *input, bool full)
{
    return targets_json(input, input->started, readiness_state_name(pages_spokesman(input)->readiness.state), full);
}

static void add_check(struct text *text, bool ok, const char *check, const struct target_view *target,
                      const char *message)
{
    json_t *name = page_check_name(check, target);
    text_addf(text, "[%c]%s %s\n", ok ? '+' : '-', json_string_value(name), message);
    json_decref(name);
}

static void add_targets_text(struct text *text, const struct pages_input *input, bool full)
{
    for (size_t i = 0; i < input->n_targets; i++) {
        const struct readiness *readiness = &input->targets[i].readiness;
        add_check(text, readiness->db_ok, "db", &input->targets[i],
                  full ? readiness->db_message : readiness->brief_db_message);
        add_check(text, readiness->migrations_ok, "migrations", &input->targets[i],
                  full ? readiness->message : readiness->brief_message);
    }
}

char *page_readyz_text(const struct pages_input *input, bool full)
{
    struct text text = {0};
    add_targets_text(&text, input, full);
    page_add_checks_text(&text, input, full);
    text_addf(&text, "%s: %s\n", pages_ready(input) ? "ready" : "not ready", page_state(input));
    return text.bytes;
}

static char *startupz_text(const struct pages_input *input, bool full)
{
    struct text text = {0};
    add_targets_text(&text, input, full);
    text_addf(&text, "%s: %s\n%s\n", pages_started(input) ? "ready" : "not ready",
              readiness_state_name(pages_spokesman(input)->readiness.state),
              input->started ? "started" : "not started");
    return text.bytes;
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
    return (struct bodies){dump(readyz_json(input, true), 0), page_readyz_text(input, true),
                           dump(readyz_json(input, false), 0), page_readyz_text(input, false)};
}

static struct bodies startupz_bodies(const struct pages_input *input)
{
    return (struct bodies){dump(startupz_json(input, true), 0), startupz_text(input, true),
                           dump(startupz_json(input, false), 0), startupz_text(input, false)};
}

static json_t *livez_json(void)
{
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_true());
    return body;
}

/* When what is not well is looked at next. */
static unsigned retry_after_s(const struct pages_input *input)
{
    const struct check_view *check = page_bad_check(input, true);
    int64_t next_ms = pages_started(input) && check != NULL ? check->next_ms : pages_spokesman(input)->next_check_ms;
    return (unsigned)(next_ms < 1000 ? 1 : (next_ms + 999) / 1000);
}

void pages_publish(struct http_server *server, const struct pages_input *input)
{
    bool ready = pages_ready(input);
    unsigned status = ready ? 200 : 503;
    unsigned retry_after = retry_after_s(input);

    publish(server, HTTP_READYZ, status, retry_after, readyz_bodies(input));
    publish(server, HTTP_STARTUPZ, input->started ? 200 : 503, retry_after, startupz_bodies(input));
    publish(server, HTTP_HEALTH, status, retry_after,
            (struct bodies){dump(page_health_json(input, true), 2), page_health_text(input, true),
                            dump(page_health_json(input, false), 2), page_health_text(input, false)});
    publish(
        server, HTTP_STATUS, 200, 0,
        (struct bodies){dump(page_status_json(input, true), 2), NULL, dump(page_status_json(input, false), 2), NULL});
    publish(server, HTTP_LIVEZ, 200, 0, (struct bodies){dump(livez_json(), 0), memory_string("ok\n"), NULL, NULL});
}
