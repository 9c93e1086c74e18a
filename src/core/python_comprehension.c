/*
 * `[app for app in TENANT_APPS if app not in SHARED_APPS]`: the one comprehension that settings are written with, as the
 * documentation of django-tenants has it (docs/install.rst). Any other is unknown.
 */
#include "base/arena.h"
#include "python_parts.h"

#include <string.h>

static bool take_word(struct python_reader *reader, const char *word)
{
    bool good = python_at_word(reader, word);
    if (good)
        python_advance(reader);
    return good;
}

/* A name that stands for itself alone. */
static bool take_name(struct python_reader *reader, struct python_value *name)
{
    *name = (struct python_value){.kind = PYTHON_NAME, .begin = reader->token.begin, .end = reader->token.end};
    bool good = reader->token.kind == PYTHON_WORD;
    python_advance(reader);
    return good;
}

static bool take_same(struct python_reader *reader, const struct python_value *name)
{
    struct python_value other;
    size_t length = name->end - name->begin;
    return take_name(reader, &other) && other.end - other.begin == length &&
           memcmp(reader->text + other.begin, reader->text + name->begin, length) == 0;
}

static bool take_texts(struct python_reader *reader, struct python_value *list)
{
    if (!take_name(reader, list))
        return false;
    *list = python_resolve(reader, *list);
    for (size_t i = 0; list->kind == PYTHON_LIST && i < list->count; i++)
        if (list->items[i].kind != PYTHON_TEXT)
            return false;
    return list->kind == PYTHON_LIST;
}

static const char *text_of(struct python_reader *reader, const struct python_value *item)
{
    bool whole;
    const char *text = python_text(reader->statement, reader->text, item->begin, item->end, &whole);
    return whole ? text : NULL;
}

/* False: that is not known. */
static bool leave_out(struct python_reader *reader, const struct python_value *from,
                      const struct python_value *without, struct python_value *list)
{
    for (size_t i = 0; i < from->count; i++) {
        const char *text = text_of(reader, &from->items[i]);
        bool out = false;
        for (size_t j = 0; j < without->count; j++) {
            const char *other = text_of(reader, &without->items[j]);
            if (text == NULL || other == NULL || without->items[j].unsure)
                return false;
            out |= strcmp(text, other) == 0;
        }
        if (!out)
            list->items[list->count++] = from->items[i];
    }
    return true;
}

static bool read(struct python_reader *reader, unsigned depth, struct python_value *list)
{
    struct python_value name, from, without = {.kind = PYTHON_LIST};
    list->begin = reader->token.begin;
    if (!take_name(reader, &name) || !take_word(reader, "for") || !take_same(reader, &name) ||
        !take_word(reader, "in") || !take_texts(reader, &from))
        return false;
    if (take_word(reader, "if") && (!take_same(reader, &name) || !take_word(reader, "not") ||
                                    !take_word(reader, "in") || !take_texts(reader, &without)))
        return false;
    if (reader->token.depth >= depth || from.count > reader->values_left)
        return false;
    reader->values_left -= from.count;
    list->kind = PYTHON_LIST;
    list->items = arena_array(reader->statement, from.count, sizeof *list->items);
    return leave_out(reader, &from, &without, list);
}

bool python_comprehension(struct python_reader *reader, unsigned depth, struct python_value *list)
{
    struct python_reader before = *reader;
    *list = (struct python_value){0};
    if (read(reader, depth, list))
        return true;
    *reader = before;
    return false;
}
