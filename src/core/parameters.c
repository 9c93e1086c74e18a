#include "core/parameters.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "substitution.h"
#include "utf8.h"

#include <string.h>
#include <strings.h>

#define MOST_FAULTS 100 /* of one text */

void parameters_add(struct arena *arena, struct parameters *parameters, const char *name, const char *value)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->items[i].name, name) == 0) {
            parameters->items[i].value = value;
            return;
        }
    parameters->items =
        arena_grow(arena, parameters->items, parameters->count, &parameters->capacity, sizeof *parameters->items);
    parameters->items[parameters->count++] = (struct parameter){name, value};
}

struct parameters *parameters_copy(struct arena *arena, const struct parameters *parameters)
{
    struct parameters *copy = arena_alloc(arena, sizeof *copy);
    if (parameters == NULL)
        return copy;
    copy->environment = parameters->environment;
    for (size_t i = 0; i < parameters->count; i++)
        parameters_add(arena, copy, arena_string(arena, parameters->items[i].name),
                       arena_string(arena, parameters->items[i].value));
    return copy;
}

const char *parameters_environment(const struct parameters *parameters, const char *name, size_t length)
{
    for (const char *const *at = parameters->environment; at != NULL && *at != NULL; at++)
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            return *at + length + 1;
    return NULL;
}

const char *parameters_find(const struct parameters *parameters, const char *name, size_t length)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strlen(parameters->items[i].name) == length && strncasecmp(parameters->items[i].name, name, length) == 0)
            return parameters->items[i].value;
    return NULL;
}

/* ---- putting values in ---- */

static struct place place_of(struct substitution *substitution, size_t offset)
{
    const struct inclusions *before = substitution->before;
    size_t from = substitution->position;
    while (before != NULL && substitution->next < before->count &&
           before->items[substitution->next].offset <= offset) {
        from = before->items[substitution->next].offset;
        substitution->place = before->items[substitution->next++].place;
    }
    substitution->place = place_after(substitution->place, substitution->text + from, offset - from);
    substitution->position = offset;
    return substitution->place;
}

static void begin_at(struct substitution *substitution, struct place place, const char *written)
{
    struct inclusions *after = substitution->after;
    after->items =
        arena_grow(substitution->arena, after->items, after->count, &after->capacity, sizeof *after->items);
    after->items[after->count++] = (struct inclusion){substitution->out->length, place, written};
}

/* Up to there, with the borders of files in it. */
static void copy_to(struct substitution *substitution, size_t offset)
{
    const struct inclusions *before = substitution->before;
    while (before != NULL && substitution->next < before->count &&
           before->items[substitution->next].offset <= offset) {
        size_t border = before->items[substitution->next].offset;
        struct place place = place_of(substitution, border);
        text_add_bytes(substitution->out, substitution->text + substitution->copied, border - substitution->copied);
        substitution->copied = border;
        begin_at(substitution, place, NULL);
    }
    text_add_bytes(substitution->out, substitution->text + substitution->copied, offset - substitution->copied);
    substitution->copied = offset;
}

/* The value stands where what it is put in for stood. */
void substitution_put(struct substitution *substitution, size_t offset, size_t length, const char *bytes,
                      size_t bytes_length)
{
    if (utf8_valid_length(bytes, bytes_length) != bytes_length)
        substitution_fault(substitution, offset, "the value that is to be put in here is not UTF-8");
    copy_to(substitution, offset);
    begin_at(substitution, place_of(substitution, offset),
             arena_copy(substitution->arena, substitution->text + offset, length));
    text_add_bytes(substitution->out, bytes, bytes_length);
    begin_at(substitution, place_of(substitution, offset + length), NULL);
    substitution->copied = offset + length;
}

void substitution_fault(struct substitution *substitution, size_t offset, const char *format, ...)
{
    size_t before = substitution->n_faults++;
    if (before > MOST_FAULTS)
        return;
    copy_to(substitution, offset);
    struct place place = place_of(substitution, offset);
    if (before == MOST_FAULTS) {
        substitution->untold = place;
        return;
    }
    struct text message = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message, format, arguments);
    va_end(arguments);
    fault_add(substitution->faults, inclusion_path(substitution->before, place, substitution->path), place.line,
              place.column, "%s", text_string(&message));
    text_finish(&message);
}

/* How many there are more, at the place of the first that was not told. */
static void tell_rest(struct substitution *substitution)
{
    if (substitution->n_faults <= MOST_FAULTS)
        return;
    struct place place = substitution->untold;
    fault_add(substitution->faults, inclusion_path(substitution->before, place, substitution->path), place.line,
              place.column, "and %zu more faults like those above, from here on",
              substitution->n_faults - MOST_FAULTS);
}

/* A byte order mark is no character of the first line. */
static size_t text_begin(const struct revision_script *script)
{
    return script->length >= 3 && memcmp(script->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

void parameters_put(struct arena *arena, const struct parameters *parameters, const struct revision *revision,
                    const char *path, struct revision_script *script, struct text *out, struct faults *faults)
{
    const struct layout_marks *marks = revision->layout->marks;
    text_clear(out);
    if (marks->parameters == NULL || script->length == 0 || memchr(script->text, '\0', script->length) != NULL ||
        utf8_valid_length(script->text, script->length) != script->length)
        return; /* of bytes that no file may hold its reader tells */
    struct substitution substitution = {
        .arena = arena,
        .parameters = parameters,
        .revision = revision,
        .path = path,
        .text = script->text,
        .length = script->length,
        .before = script->inclusions,
        .after = arena_alloc(arena, sizeof *substitution.after),
        .out = out,
        .faults = faults,
        .position = text_begin(script),
        .place = {1, 1, 0},
    };
    marks->parameters(&substitution);
    tell_rest(&substitution);
    if (substitution.after->count == 0) {
        text_clear(out);
        return;
    }
    copy_to(&substitution, script->length);
    if (script->inclusions != NULL) {
        substitution.after->paths = script->inclusions->paths;
        substitution.after->n_paths = script->inclusions->n_paths;
    }
    if (script->written[0] == '\0')
        revision_checksum(script->text, script->length, script->written);
    script->text = text_string(out);
    script->length = out->length;
    script->hash = substitution.hash;
    script->inclusions = substitution.after;
}

/* ---- taking them out ---- */

/* The bytes from one border to the next: a value, or a file's own. */
static void add_written(struct text *out, const struct inclusion *border, const char *text, size_t length)
{
    if (border != NULL && border->written != NULL)
        text_add(out, border->written);
    else
        text_add_bytes(out, text, length);
}

static bool holds_values(const struct inclusions *inclusions)
{
    for (size_t i = 0; inclusions != NULL && i < inclusions->count; i++)
        if (inclusions->items[i].written != NULL)
            return true;
    return false;
}

bool parameters_take_out(const struct inclusions *inclusions, const char *text, size_t length, size_t *offset,
                         struct text *out)
{
    text_clear(out);
    if (!holds_values(inclusions))
        return false;
    const struct inclusion *border = NULL;
    size_t begin = 0, found = 0;
    for (size_t i = 0; begin <= length; i++) {
        bool last = i == inclusions->count || inclusions->items[i].offset > length;
        size_t end = last ? length : inclusions->items[i].offset;
        if (begin <= *offset)
            found = out->length + (border != NULL && border->written != NULL ? 0 : *offset - begin);
        add_written(out, border, text + begin, end - begin);
        if (last)
            break;
        border = &inclusions->items[i];
        begin = end;
    }
    *offset = found;
    return true;
}
