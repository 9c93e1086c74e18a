#include "page_parts.h"

static json_t *field_json(const struct check_field *field)
{
    switch (field->kind) {
    case CHECK_BOOLEAN:
        return json_boolean(field->yes);
    case CHECK_TEXT:
        return json_string(field->text);
    case CHECK_INTEGER:
        return json_integer((json_int_t)field->number);
    case CHECK_REAL:
        return json_real(field->number);
    case CHECK_NULL:
        break;
    }
    return json_null();
}

static const char *message_of(const struct check_view *check, bool full)
{
    return full ? check->result.message : check->result.brief_message;
}

/* Figures need no words where all is well: that is the body which runbooks show. */
static json_t *detail_of(const struct check_view *check, bool full)
{
    const struct check_result *result = &check->result;
    json_t *detail = json_object();
    if (!result->ok || result->n_fields == 0)
        json_object_set_new(detail, "message", json_string(message_of(check, full)));
    for (size_t i = 0; i < result->n_fields; i++)
        json_object_set_new(detail, result->fields[i].key, field_json(&result->fields[i]));
    return detail;
}

static json_t *check_json(const struct check_view *check, bool full)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(check->name));
    json_object_set_new(object, "ok", json_boolean(check->result.ok));
    if (!check->required)
        json_object_set_new(object, "required", json_false());
    json_object_set_new(object, "ms", page_milliseconds(check->ms));
    json_object_set_new(object, "detail", detail_of(check, full));
    return object;
}

void page_add_checks(json_t *array, const struct pages_input *input, bool full)
{
    for (size_t i = 0; i < input->n_checks; i++)
        json_array_append_new(array, check_json(&input->checks[i], full));
}

void page_add_checks_text(struct text *text, const struct pages_input *input, bool full)
{
    for (size_t i = 0; i < input->n_checks; i++) {
        const struct check_view *check = &input->checks[i];
        text_addf(text, "[%c]%s %s%s\n", check->result.ok ? '+' : '-', check->name, message_of(check, full),
                  check->required || check->result.ok ? "" : " (not required)");
    }
}

static json_t *health_json(const struct check_view *check, bool full)
{
    json_t *object = json_object(), *list = json_array();
    json_object_set_new(object, "componentType", json_string("component"));
    json_object_set_new(object, "status", json_string(check->result.ok ? "pass" : check->required ? "fail" : "warn"));
    json_object_set_new(object, "time", page_wall_time(check->checked_wall_ms));
    json_object_set_new(object, "output", json_string(message_of(check, full)));
    json_array_append_new(list, object);
    return list;
}

void page_add_checks_health(json_t *object, const struct pages_input *input, bool full)
{
    for (size_t i = 0; i < input->n_checks; i++)
        json_object_set_new(object, input->checks[i].name, health_json(&input->checks[i], full));
}

json_t *page_checks_status(const struct pages_input *input, bool full)
{
    json_t *array = json_array();
    for (size_t i = 0; i < input->n_checks; i++) {
        const struct check_view *check = &input->checks[i];
        json_t *object = check_json(check, full);
        json_object_set_new(object, "type", json_string(check->type));
        json_object_set_new(object, "target", json_string(check->target));
        json_object_set_new(object, "required", json_boolean(check->required));
        json_object_set_new(object, "message", json_string(message_of(check, full)));
        json_object_set_new(object, "interval_seconds", page_seconds(check->interval_ms));
        json_object_set_new(object, "checked_at", page_wall_time(check->checked_wall_ms));
        json_object_set_new(object, "age_seconds",
                            check->checked_wall_ms == 0 ? json_null() : page_seconds(check->age_ms));
        json_array_append_new(array, object);
    }
    return array;
}

const struct check_view *page_bad_check(const struct pages_input *input, bool required)
{
    for (size_t i = 0; i < input->n_checks; i++)
        if (!input->checks[i].result.ok && input->checks[i].required == required)
            return &input->checks[i];
    return NULL;
}
