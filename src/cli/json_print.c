#include "cli/json_print.h"

#include <stdio.h>
#include <stdlib.h>

static bool printed;
static struct {
    const char *target; /* NULL: of none */
    json_t *targets;    /* NULL: nothing yet */
} collected;

void json_print_for(const char *target)
{
    json_t *targets = collected.targets;
    collected.target = target;
    printed = false;
    if (target != NULL || targets == NULL)
        return;
    collected.targets = NULL;
    json_t *body = json_object();
    json_object_set_new(body, "targets", targets);
    json_print(body);
}

static void collect(json_t *body)
{
    if (collected.targets == NULL)
        collected.targets = json_object();
    json_object_set_new(collected.targets, collected.target, body);
    printed = true;
}

void json_print(json_t *body)
{
    if (collected.target != NULL) {
        collect(body);
        return;
    }
    char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(12));
    puts(text == NULL ? "{}" : text);
    free(text);
    json_decref(body);
    printed = true;
}

bool json_printed(void)
{
    return printed;
}

json_t *json_text(const char *text)
{
    json_t *string = text == NULL ? NULL : json_string(text);
    return string == NULL ? json_null() : string;
}

json_t *json_names(const struct names *names)
{
    json_t *array = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(array, json_text(names->items[i]));
    return array;
}

static json_t *text_unless_empty(const char *text)
{
    return *text == '\0' ? json_null() : json_text(text);
}

json_t *json_position(unsigned position)
{
    return position == 0 ? json_null() : json_integer(position);
}

json_t *json_fault(const char *file, unsigned line, unsigned column, const char *message)
{
    json_t *object = json_object();
    json_object_set_new(object, "file", text_unless_empty(file));
    json_object_set_new(object, "line", json_position(line));
    json_object_set_new(object, "column", json_position(column));
    json_object_set_new(object, "message", json_text(message));
    return object;
}

json_t *json_error(const struct error *error)
{
    if (error->code == ERROR_NONE)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "code", json_text(error_word(error->code)));
    json_object_set_new(object, "exit_status", json_integer(error_exit_status(error->code)));
    json_object_set_new(object, "sqlstate", text_unless_empty(error->sqlstate));
    json_object_set_new(object, "file", text_unless_empty(error->file));
    json_object_set_new(object, "line", json_position(error->line));
    json_object_set_new(object, "column", json_position(error->column));
    json_object_set_new(object, "message", json_text(error->message));
    json_object_set_new(object, "detail", text_unless_empty(error->detail));
    json_object_set_new(object, "next", text_unless_empty(error->next));
    return object;
}
