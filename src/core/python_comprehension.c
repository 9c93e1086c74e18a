/*
 * `[app for app in TENANT_APPS if app not in SHARED_APPS]`: the one comprehension that settings are written with, as the
 * documentation of django-tenants has it (docs/install.rst). Any other is unknown.
 */
#include "base/arena.h"
#include "base/names.h"
#include "python_parts.h"

#include <stdlib.h>
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

/* What hostile lists may cost, all comprehensions of the file together. */
static bool is_affordable(struct python_reader *reader, size_t values)
{
    if (values > reader->values_left || values > reader->kept_left)
        return false;
    reader->values_left -= values;
    reader->kept_left -= values;
    return true;
}

static bool take_texts(struct python_reader *reader, struct python_value *list)
{
    if (!take_name(reader, list))
        return false;
    *list = python_resolve(reader, *list);
    if (list->kind != PYTHON_LIST || !is_affordable(reader, list->count))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind != PYTHON_TEXT)
            return false;
    return true;
}

/* Their characters, sorted. False: some are not known, or may not be there. */
static bool list_texts(struct python_reader *reader, const struct python_value *list, struct names *texts)
{
    *texts = (struct names){.items = arena_array(reader->statement, list->count, sizeof *texts->items)};
    for (size_t i = 0; i < list->count; i++) {
        bool whole;
        const struct python_value *item = &list->items[i];
        texts->items[texts->count++] = python_text(reader->statement, reader->text, item->begin, item->end, &whole);
        if (!whole || item->unsure)
            return false;
    }
    names_sort(texts);
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* False: that is not known. */
static bool leave_out(struct python_reader *reader, const struct python_value *from,
                      const struct python_value *without, struct python_value *list)
{
    struct names out;
    if (!list_texts(reader, without, &out))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        bool whole;
        const struct python_value *item = &from->items[i];
        const char *text = python_text(reader->statement, reader->text, item->begin, item->end, &whole);
        if (!whole)
            return false;
        if (out.count == 0 || bsearch(&text, out.items, out.count, sizeof *out.items, compare_texts) == NULL)
            list->items[list->count++] = *item;
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
    if (reader->token.depth >= depth)
        return false;
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
    before.kept_left = reader->kept_left; /* the work was done */
    *reader = before;
    return false;
}
