#include "base/arena.h"
#include "base/suggest.h"
#include "core/sql_scan.h"
#include "liquibase_parts.h"

#include <string.h>
#include <strings.h>

/* One line while it is read. */
struct line {
    struct arena *arena;
    const char *path;
    struct words rest;
    struct place place; /* of its rest */
    struct faults *faults;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

static void go(struct line *line, size_t count)
{
    line->place = place_after(line->place, line->rest.text, count);
    line->rest.text += count;
    line->rest.length -= count;
}

static void pass_blanks(struct line *line)
{
    size_t count = 0;
    while (count < line->rest.length && is_blank(line->rest.text[count]))
        count++;
    go(line, count);
}

static void refuse(const struct line *line, const char *message)
{
    fault_add(line->faults, line->path, line->place.line, line->place.column, "%s", message);
}

/* "..." or what stands before this byte (0: a blank); NULL: it is not there. */
static const char *take(struct line *line, char before)
{
    const struct words rest = line->rest;
    bool quoted = rest.length > 0 && *rest.text == '"';
    size_t begin = quoted ? 1 : 0, end = begin;
    while (end < rest.length && (quoted           ? rest.text[end] != '"'
                                 : before != '\0' ? rest.text[end] != before
                                                  : !is_blank(rest.text[end])))
        end++;
    if (end == begin || ((quoted || before != '\0') && end == rest.length))
        return NULL;
    const char *taken = arena_copy(line->arena, rest.text + begin, end - begin);
    go(line, quoted ? end + 1 : end);
    return taken;
}

/* "postgresql, !mysql": is PostgreSQL among them, or not excluded? */
static bool is_for_us(struct arena *arena, const char *list)
{
    bool named = false, excluded = false, others = false;
    for (char *next = arena_string(arena, list), *one; (one = strsep(&next, ",")) != NULL;) {
        one += strspn(one, " ");
        bool negated = *one == '!';
        one += negated;
        bool us = strcasecmp(one, "postgresql") == 0 || strcasecmp(one, "all") == 0;
        named |= us && !negated;
        excluded |= us && negated;
        others |= !us && !negated;
    }
    return !excluded && (named || !others);
}

enum meaning {
    MEANS_NOTHING,     /* our scanner knows, or whatever it says changes nothing */
    MEANS_TRANSACTION, /* true, or false: outside one */
    MEANS_IGNORED,     /* true: it is not run */
    MEANS_PATH,
    MEANS_DATABASES,
    MUST_BE_FALSE,
    MUST_BE_TRUE,
    MUST_BE_SEMICOLON,
    REFUSED,
};

static const struct attribute {
    const char *name;
    enum meaning meaning;
    const char *why; /* of one that is refused */
} attributes[] = {
    {"splitStatements", MEANS_NOTHING, NULL},
    {"stripComments", MEANS_NOTHING, NULL},
    {"rollbackSplitStatements", MEANS_NOTHING, NULL},
    {"runInTransaction", MEANS_TRANSACTION, NULL},
    {"ignore", MEANS_IGNORED, NULL},
    {"logicalFilePath", MEANS_PATH, NULL},
    {"dbms", MEANS_DATABASES, NULL},
    {"runOnChange", MUST_BE_FALSE, "it would run again whenever it is edited: not in this version"},
    {"runAlways", MUST_BE_FALSE, "it would run again each time: not in this version"},
    {"failOnError", MUST_BE_TRUE, "what fails stops the run here: take it out, or write SQL that can't fail"},
    {"endDelimiter", MUST_BE_SEMICOLON, "statements end with a semicolon here: write them so"},
    {"rollbackEndDelimiter", MUST_BE_SEMICOLON, "statements end with a semicolon here: write them so"},
    {"context", REFUSED, "which contexts are meant is not known here: take it out where it always runs"},
    {"contextFilter", REFUSED, "which contexts are meant is not known here: take it out where it always runs"},
    {"labels", REFUSED, "which labels are meant is not known here: take it out where it always runs"},
    {"runWith", REFUSED, "another program than the server would run it: not in this version"},
    {"runWithSpoolFile", REFUSED, "another program than the server would run it: not in this version"},
};

#define ATTRIBUTES (sizeof attributes / sizeof *attributes)

static void refuse_attribute(const struct line *line, const char *name, const char *why)
{
    fault_add(line->faults, line->path, line->place.line, line->place.column, "%s: %s", name, why);
}

static void refuse_unknown(const struct line *line, const char *name)
{
    const char *known[ATTRIBUTES];
    for (size_t i = 0; i < ATTRIBUTES; i++)
        known[i] = attributes[i].name;
    const char *near = suggest(name, known, ATTRIBUTES);
    refuse_attribute(line, name,
                     near == NULL ? "Liquibase knows no such attribute of a changeset: take it out"
                                  : arena_printf(line->arena, "no attribute, did you mean %s?", near));
}

static const struct attribute *find(const char *name)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        if (strcasecmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

/* Anything but true is false, as in Java. */
static void obey(struct line *line, const struct attribute *attribute, const char *value, struct changeset_head *head)
{
    bool is_true = strcasecmp(value, "true") == 0;
    switch (attribute->meaning) {
    case MEANS_NOTHING:
        return;
    case MEANS_TRANSACTION:
        head->outside = !is_true;
        return;
    case MEANS_IGNORED:
        head->ignored |= is_true;
        return;
    case MEANS_PATH:
        head->path = value;
        return;
    case MEANS_DATABASES:
        head->ignored |= !is_for_us(line->arena, value);
        return;
    case MUST_BE_FALSE:
    case MUST_BE_TRUE:
        if (is_true == (attribute->meaning == MUST_BE_TRUE))
            return;
        break;
    case MUST_BE_SEMICOLON:
        if (strcmp(value, ";") == 0)
            return;
        break;
    case REFUSED:
        break;
    }
    refuse_attribute(line, attribute->name, attribute->why);
}

/* "name:value"; words without a colon mean nothing. */
static void read_attribute(struct line *line, struct changeset_head *head)
{
    size_t length = 0;
    while (length < line->rest.length && !is_blank(line->rest.text[length]) && line->rest.text[length] != ':')
        length++;
    const char *name = arena_copy(line->arena, line->rest.text, length);
    if (length == line->rest.length || line->rest.text[length] != ':') {
        go(line, length);
        return;
    }
    struct line at = *line; /* faults are told at its name */
    go(line, length + 1);
    const char *value = take(line, '\0');
    if (value == NULL && line->rest.length > 0 && !is_blank(*line->rest.text))
        go(line, 1);
    const struct attribute *attribute = find(name);
    if (attribute == NULL)
        refuse_unknown(&at, name);
    else if (value != NULL)
        obey(&at, attribute, value, head);
}

struct changeset_head changeset_head_read(struct arena *arena, const char *path, struct words rest,
                                          struct place place, struct faults *faults)
{
    struct line line = {arena, path, rest, place, faults};
    struct changeset_head head = {0};
    pass_blanks(&line);
    head.author = take(&line, ':');
    if (head.author != NULL && line.rest.length > 0 && *line.rest.text == ':') {
        go(&line, 1);
        head.id = take(&line, '\0');
    }
    if (head.id == NULL) {
        refuse(&line, "a changeset is written as `--changeset AUTHOR:ID`");
        head.author = NULL;
        return head;
    }
    for (pass_blanks(&line); line.rest.length > 0; pass_blanks(&line))
        read_attribute(&line, &head);
    return head;
}

const char *changeset_logical_path(struct arena *arena, struct words text)
{
    static const char key[] = "logicalFilePath:";
    for (size_t i = 0; i + sizeof key - 1 < text.length; i++) {
        if (strncasecmp(text.text + i, key, sizeof key - 1) != 0)
            continue;
        struct line line = {.arena = arena,
                            .rest = {text.text + i + sizeof key - 1, text.length - i - sizeof key + 1}};
        return take(&line, '\0');
    }
    return NULL;
}
