/* Expressions: literals become values, all else is taken to its end and is unknown. */
#include "base/arena.h"
#include "python_parts.h"
#include "python_string.h"

#include <string.h>

/* ---- where one ends ---- */

/* At what ends an element within `depth` brackets. */
static bool at_end(const struct python_reader *reader, unsigned depth)
{
    const struct python_token *token = &reader->token;
    if (python_at_line_end(reader) || token->depth < depth)
        return true;
    return token->kind == PYTHON_OPERATOR && token->depth == depth && strchr(",=:;a", token->sign) != NULL;
}

static void skip_element(struct python_reader *reader, unsigned depth)
{
    while (!at_end(reader, depth))
        python_advance(reader);
}

/* ---- elements ---- */

static struct python_value unknown(size_t begin, const char *why)
{
    return (struct python_value){.kind = PYTHON_UNKNOWN, .begin = begin, .why = why};
}

static struct python_value read_text(struct python_reader *reader)
{
    struct python_value value = {.kind = PYTHON_TEXT, .begin = reader->token.begin};
    while (reader->token.kind == PYTHON_STRING) {
        const struct python_token *token = &reader->token;
        enum python_string_kind kind = python_string_kind(reader->text + token->begin, token->end - token->begin);
        if (kind != STRING_PLAIN)
            value = unknown(value.begin, kind == STRING_BYTES ? "bytes" : "an f-string");
        python_advance(reader);
    }
    return value;
}

static struct python_value read_word(struct python_reader *reader)
{
    struct python_value value = {.kind = PYTHON_NAME, .begin = reader->token.begin};
    if (python_at_word(reader, "None"))
        value.kind = PYTHON_NONE;
    else if (python_at_word(reader, "True") || python_at_word(reader, "False"))
        value.kind = PYTHON_OTHER;
    python_advance(reader);
    return value;
}

/* A list that grows until it holds what is no text, no name and no list: then that is what it is. */
struct list {
    struct python_value value;
    size_t capacity;
};

static void add_item(struct python_reader *reader, struct list *list, const struct python_value *item)
{
    struct python_value *value = &list->value;
    if (reader->values_left == 0) {
        *value = unknown(item->begin, "too long a list");
        return;
    }
    reader->values_left--;
    value->items = arena_grow(reader->statement, value->items, value->count, &list->capacity, sizeof *item);
    value->items[value->count++] = *item;
}

static void list_add(struct python_reader *reader, struct list *list, const struct python_value *item)
{
    struct python_value *value = &list->value;
    if (value->kind != PYTHON_LIST)
        return;
    if (reader->deep)
        add_item(reader, list, item);
    else if (item->kind == PYTHON_OTHER)
        *value = unknown(item->begin, "a list with what is no text in it");
    else if (item->kind == PYTHON_UNKNOWN && item->name_end == 0)
        *value = *item;
    else
        add_item(reader, list, item);
}

/* At `*LIST` in a list. */
static void add_spliced(struct python_reader *reader, unsigned depth, struct list *list)
{
    python_advance(reader);
    struct python_value value = python_resolve(reader, python_element(reader, depth));
    if (value.kind != PYTHON_LIST)
        value = unknown(value.begin, value.kind == PYTHON_UNKNOWN ? value.why : "computed");
    for (size_t i = 0; value.kind == PYTHON_LIST && i < value.count; i++)
        list_add(reader, list, &value.items[i]);
    if (value.kind != PYTHON_LIST)
        list->value = value;
}

/* The elements behind the opening bracket, up to the closing one. */
static struct list read_items(struct python_reader *reader, unsigned depth, bool *comma)
{
    struct list list = {.value = {.kind = PYTHON_LIST, .begin = reader->token.begin}};
    if (reader->deep && python_comprehension(reader, depth, &list.value)) {
        *comma = true;
        return list;
    }
    list.value = (struct python_value){.kind = PYTHON_LIST, .begin = reader->token.begin};
    while (reader->token.depth >= depth && !python_at_line_end(reader)) {
        struct python_value item = {.begin = reader->token.begin};
        if (reader->deep && python_at_sign(reader, '*')) {
            add_spliced(reader, depth, &list);
        } else {
            item = python_element(reader, depth);
            list_add(reader, &list, &item);
        }
        if (python_at_sign(reader, ',')) {
            *comma = true;
            python_advance(reader);
        } else if (reader->token.depth >= depth && !python_at_line_end(reader)) {
            list.value = unknown(item.begin, "computed"); /* {a: b}, a slice, an argument */
            python_advance(reader);
        }
    }
    return list;
}

static struct python_value read_bracket(struct python_reader *reader)
{
    size_t begin = reader->token.begin;
    char bracket = reader->token.sign;
    unsigned depth = reader->token.depth + 1;
    bool comma = false;
    python_advance(reader);
    struct list list = read_items(reader, depth, &comma);
    if (reader->token.depth < depth && reader->token.kind == PYTHON_OPERATOR)
        python_advance(reader);
    if (bracket == '(' && list.value.kind == PYTHON_LIST && list.value.count == 1 && !comma)
        return list.value.items[0];
    if (bracket == '{' && list.value.kind == PYTHON_LIST && list.value.count == 0)
        return unknown(begin, "a dict");
    if (list.value.kind == PYTHON_LIST)
        list.value.begin = begin;
    return list.value;
}

/* At the bracket of `list(NAME)` or `tuple(NAME)`, which is another list of the same. */
static struct python_value read_conversion(struct python_reader *reader, size_t begin)
{
    size_t bracket = reader->token.begin;
    struct python_value argument = read_bracket(reader);
    bool several = argument.kind == PYTHON_LIST && argument.begin == bracket && argument.count > 0;
    struct python_value value = python_resolve(reader, argument);
    if (several || value.kind != PYTHON_LIST)
        return unknown(begin, "a function call");
    if (value.count > reader->kept_left)
        return unknown(begin, "too long a list");
    reader->kept_left -= value.count;
    value.begin = begin;
    value.end = 0;
    return value;
}

static struct python_value read_other(struct python_reader *reader, unsigned depth)
{
    size_t begin = reader->token.begin;
    bool star = python_at_sign(reader, '*');
    if (!at_end(reader, depth))
        python_advance(reader);
    struct python_value value = unknown(begin, "computed");
    if (star && reader->token.kind == PYTHON_WORD) {
        value.begin = reader->token.begin;
        value.name_end = reader->token.end;
    }
    return value;
}

static struct python_value read_atom(struct python_reader *reader, unsigned depth)
{
    const struct python_token *token = &reader->token;
    if (token->kind == PYTHON_STRING)
        return read_text(reader);
    if (token->kind == PYTHON_WORD) {
        size_t begin = token->begin;
        bool converts = reader->deep && (python_at_word(reader, "list") || python_at_word(reader, "tuple"));
        struct python_value value = read_word(reader);
        return converts && python_at_sign(reader, '(') ? read_conversion(reader, begin) : value;
    }
    if (token->kind == PYTHON_NUMBER) {
        python_advance(reader);
        return (struct python_value){.kind = PYTHON_OTHER, .begin = reader->before.begin};
    }
    if (token->kind == PYTHON_OPERATOR && strchr("([{", token->sign) != NULL)
        return read_bracket(reader);
    return read_other(reader, depth);
}

/* What a value is that goes on with this token. */
static const char *what_follows(const struct python_reader *reader)
{
    if (python_at_sign(reader, '('))
        return "a function call";
    if (python_at_sign(reader, '.'))
        return "an attribute";
    return python_at_sign(reader, '[') ? "an item" : "computed";
}

struct python_value python_sum(struct python_reader *reader, struct python_value left, struct python_value right)
{
    struct list list = {.value = {.kind = PYTHON_LIST, .begin = left.begin}};
    const struct python_value *sides[] = {&left, &right};
    for (size_t i = 0; i < 2; i++) {
        if (sides[i]->kind != PYTHON_LIST)
            return unknown(sides[i]->begin, sides[i]->kind == PYTHON_UNKNOWN ? sides[i]->why : "computed");
        for (size_t j = 0; j < sides[i]->count; j++)
            list_add(reader, &list, &sides[i]->items[j]);
    }
    return list.value;
}

/* At `+`: the elements to come are added to it. */
static struct python_value read_sum(struct python_reader *reader, unsigned depth, struct python_value value)
{
    value = python_resolve(reader, value);
    while (python_at_sign(reader, '+') && reader->token.depth == depth) {
        python_advance(reader);
        struct python_value next = read_atom(reader, depth);
        if (next.end == 0)
            next.end = reader->before.end;
        value = python_sum(reader, value, python_resolve(reader, next));
    }
    if (!at_end(reader, depth)) {
        value = unknown(reader->token.begin, what_follows(reader));
        skip_element(reader, depth);
    }
    value.end = reader->before.end;
    return value;
}

struct python_value python_element(struct python_reader *reader, unsigned depth)
{
    size_t begin = reader->token.begin;
    struct python_value value = read_atom(reader, depth);
    if (value.end == 0) /* else it stood in parentheses */
        value.end = reader->before.end;
    if (at_end(reader, depth))
        return value;
    if (reader->deep && python_at_sign(reader, '+'))
        return read_sum(reader, depth, value);

    bool part = python_at_sign(reader, '.') || python_at_sign(reader, '[');
    size_t name_end = value.kind == PYTHON_NAME && part ? value.end : value.name_end;
    value = unknown(name_end > 0 ? value.begin : begin, what_follows(reader));
    value.name_end = name_end;
    skip_element(reader, depth);
    value.end = reader->before.end;
    return value;
}

struct python_value python_expression(struct python_reader *reader)
{
    unsigned depth = reader->token.depth;
    struct python_value first = python_element(reader, depth);
    if (!python_at_sign(reader, ','))
        return first;

    struct list list = {.value = {.kind = PYTHON_LIST, .begin = first.begin}};
    list_add(reader, &list, &first);
    while (python_at_sign(reader, ',')) {
        python_advance(reader);
        if (at_end(reader, depth))
            break;
        struct python_value item = python_element(reader, depth);
        list_add(reader, &list, &item);
    }
    list.value.end = reader->before.end;
    return list.value;
}

/* ---- names in values ---- */

static struct python_value look_up(const struct python_reader *reader, const struct python_value *name)
{
    const struct python_value *value =
        python_names_get(reader->names, reader->text + name->begin, name->end - name->begin);
    if (value == NULL && reader->outer != NULL)
        value = python_names_get(reader->outer, reader->text + name->begin, name->end - name->begin);
    if (value == NULL)
        return unknown(name->begin, "a name that holds no literal of this file");
    struct python_value copy = *value;
    if (copy.kind == PYTHON_UNKNOWN && (!reader->deep || copy.end <= copy.begin)) /* else its expression tells more */
        copy.begin = name->begin;
    return copy;
}

struct python_value python_resolve(const struct python_reader *reader, struct python_value value)
{
    if (value.kind == PYTHON_NAME)
        return look_up(reader, &value);
    for (size_t i = 0; value.kind == PYTHON_LIST && i < value.count; i++) {
        struct python_value *item = &value.items[i];
        if (item->kind == PYTHON_NAME)
            *item = look_up(reader, item);
        if (reader->deep) {
            *item = item->kind == PYTHON_LIST ? python_resolve(reader, *item) : *item;
            continue;
        }
        if (item->kind == PYTHON_LIST || item->kind == PYTHON_OTHER)
            return unknown(item->begin, "a list with what is no text in it");
        if (item->kind == PYTHON_UNKNOWN)
            return *item;
    }
    return value;
}
