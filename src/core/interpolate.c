#include "interpolate.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 50 /* expressions within each other */

/* One expansion while it is read. */
struct reading {
    struct substitution *substitution;
    const char *at, *end; /* of the line */
    unsigned depth, idle; /* expressions around it; those of them whose text does not matter */
    bool faulty;
};

/* Letters beyond ASCII are letters to the original: no such variable is meant. */
static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_name_byte(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_';
}

static bool begins(const struct reading *reading, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(reading->end - reading->at) >= length && memcmp(reading->at, with, length) == 0;
}

static bool is_at(const struct reading *reading, char byte)
{
    return reading->at < reading->end && *reading->at == byte;
}

static void refuse(struct reading *reading, const char *what)
{
    const struct substitution *substitution = reading->substitution;
    if (!reading->faulty)
        substitution_fault(reading->substitution, (size_t)(reading->at - substitution->text),
                           "%s: a dollar that is meant as one is written $$", what);
    reading->faulty = true;
}

struct name {
    const char *text;
    size_t length;
};

static struct name read_name(struct reading *reading)
{
    struct name name = {reading->at, 0};
    while (reading->at < reading->end && is_name_byte(*reading->at))
        reading->at++;
    name.length = (size_t)(reading->at - name.text);
    bool foreign = reading->at < reading->end && (unsigned char)*reading->at >= 0x80;
    if (name.length == 0 || !is_letter(*name.text) || foreign) {
        reading->at = name.text;
        refuse(reading, "no name of a variable, which begins with a letter and goes on with letters, digits and _");
    }
    return name;
}

static void read_expression(struct reading *reading, struct text *out);

/* Read one in any case, and write it to `out` if that is not NULL. */
static void read_word(struct reading *reading, struct text *out)
{
    struct text unused = {0};
    reading->idle += out == NULL;
    if (++reading->depth > DEEPEST)
        refuse(reading, "expressions that stand too deep in each other");
    else
        read_expression(reading, out == NULL ? &unused : out);
    reading->depth--;
    reading->idle -= out == NULL;
    text_finish(&unused);
}

static bool read_number(struct reading *reading, long *number)
{
    const char *begin = reading->at;
    while (reading->at < reading->end && strchr(":}", *reading->at) == NULL)
        reading->at++;
    char *end, *copy = arena_copy(reading->substitution->arena, begin, (size_t)(reading->at - begin));
    *number = strtol(copy, &end, 10);
    bool good = end != copy && end[strspn(end, " \t")] == '\0' && labs(*number) < (1L << 30);
    if (!good) {
        reading->at = begin;
        refuse(reading, "no number of bytes");
    }
    return good;
}

static size_t within(long at, size_t length)
{
    return at < 0 ? 0 : (size_t)at > length ? length : (size_t)at;
}

/* Both may count from the end. */
static void read_part(struct reading *reading, const char *value, struct text *out)
{
    size_t length = strlen(value), to = length;
    long offset, count;
    if (!read_number(reading, &offset))
        return;
    size_t from = within(offset < 0 ? offset + (long)length : offset, length);
    if (is_at(reading, ':')) {
        reading->at++;
        if (!read_number(reading, &count))
            return;
        to = within(count < 0 ? count + (long)length : count + (long)from, length);
    }
    if (to > from)
        text_add_bytes(out, value + from, to - from);
}

static void demand(struct reading *reading, struct name name, const char *value)
{
    struct text words = {0};
    const char *begin = name.text;
    read_word(reading, &words);
    if (value == NULL && !reading->faulty && reading->idle == 0) {
        const struct substitution *substitution = reading->substitution;
        substitution_fault(reading->substitution, (size_t)(begin - substitution->text),
                           "the environment has no %.*s: %s", (int)name.length, name.text,
                           words.length == 0 ? "set it" : text_string(&words));
        reading->faulty = true;
    }
    text_finish(&words);
}

/* Behind the name in braces. */
static void read_operation(struct reading *reading, struct name name, const char *value, struct text *out)
{
    bool empty = value == NULL || *value == '\0';
    if (begins(reading, ":-")) {
        reading->at += 2;
        read_word(reading, empty ? out : NULL);
        value = empty ? NULL : value;
    } else if (is_at(reading, '-')) {
        reading->at++;
        read_word(reading, value == NULL ? out : NULL);
    } else if (is_at(reading, '?')) {
        reading->at++;
        demand(reading, name, value);
    } else if (is_at(reading, ':')) {
        reading->at++;
        read_part(reading, value == NULL ? "" : value, out);
        value = NULL;
    } else if (!is_at(reading, '}')) {
        refuse(reading, "no end of ${...}");
    }
    text_add(out, value == NULL ? "" : value);
}

static void read_expansion(struct reading *reading, struct text *out)
{
    bool braces = begins(reading, "${");
    reading->at += braces ? 2 : 1;
    struct name name = read_name(reading);
    if (reading->faulty)
        return;
    const char *value = parameters_environment(reading->substitution->parameters, name.text, name.length);
    if (!braces) {
        text_add(out, value == NULL ? "" : value);
        return;
    }
    read_operation(reading, name, value, out);
    if (!reading->faulty && !is_at(reading, '}'))
        refuse(reading, "no end of ${...}");
    reading->at++;
}

/* What stands here and is more than a character, as it is put in; false: it is one. */
static bool read_special(struct reading *reading, struct text *out)
{
    bool escaped = begins(reading, "\\\\"), dollar = begins(reading, "\\$") || begins(reading, "$$");
    if (escaped || dollar || begins(reading, "$(")) {
        text_add(out, escaped ? "\\\\" : dollar ? "$" : "$(");
        reading->at += 2;
        return true;
    }
    if (!is_at(reading, '$') || reading->end - reading->at == 1)
        return false;
    read_expansion(reading, out);
    return true;
}

/* Up to its brace. */
static void read_expression(struct reading *reading, struct text *out)
{
    while (reading->at < reading->end && *reading->at != '}' && !reading->faulty)
        if (!read_special(reading, out))
            text_add_char(out, *reading->at++);
}

void interpolate(struct substitution *substitution, size_t offset, size_t length)
{
    const char *begin = substitution->text + offset;
    struct reading reading = {.substitution = substitution, .at = begin, .end = begin + length};
    struct text value = {0};
    while (reading.at < reading.end && !reading.faulty) {
        const char *from = reading.at;
        text_clear(&value);
        if (!read_special(&reading, &value)) {
            reading.at++;
            continue;
        }
        size_t read = (size_t)(reading.at - from);
        bool same = value.length == read && memcmp(value.bytes, from, read) == 0;
        if (!reading.faulty && !same)
            substitution_put(substitution, (size_t)(from - substitution->text), read, text_string(&value),
                             value.length);
    }
    text_finish(&value);
}
