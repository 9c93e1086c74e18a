#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "liquibase_parts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void liquibase_refuse(struct changelog *reading, struct place place, const char *message)
{
    fault_add(reading->faults, reading->path, place.line, place.column, "%s", message);
}

static void begin_at(struct changelog *reading, struct inclusions *places, size_t offset, struct place place)
{
    places->items =
        arena_grow(reading->arena, places->items, places->count, &places->capacity, sizeof *places->items);
    places->items[places->count++] = (struct inclusion){offset, place, NULL};
}

/* ---- words ---- */

static struct words trim(struct words words)
{
    while (words.length > 0 && strchr(" \t\r\f\v", *words.text) != NULL) {
        words.text++;
        words.length--;
    }
    while (words.length > 0 && strchr(" \t\r\f\v\n", words.text[words.length - 1]) != NULL)
        words.length--;
    return words;
}

static bool take_word(struct words *words, const char *word)
{
    size_t length = strlen(word);
    if (words->length < length || strncasecmp(words->text, word, length) != 0)
        return false;
    words->text += length;
    words->length -= length;
    return true;
}

static bool take_blank(struct words *words)
{
    return take_word(words, " ") || take_word(words, "\t");
}

/* Is the line a comment that begins with this word? Then `rest` is what stands behind it. */
static bool is_directive(const struct layout_line *line, const char *word, struct words *rest)
{
    *rest = trim((struct words){line->text, line->length});
    if (!take_word(rest, "--"))
        return false;
    while (take_blank(rest))
        ;
    return take_word(rest, word);
}

static struct place place_in(const struct layout_line *line, const char *at)
{
    return place_after((struct place){line->number, 1, 0}, line->text, (size_t)(at - line->text));
}

/* ---- the text that is run ---- */

static void refuse_parameters(struct changelog *reading, const struct layout_line *line, struct words words)
{
    const char *at = memmem(words.text, words.length, "${", 2);
    if (at != NULL)
        liquibase_refuse(reading, place_in(line, at),
                         "a parameter, which Liquibase would fill in: write the value where it is used");
}

static void add_up(struct changelog *reading, const struct layout_line *line)
{
    if (line->number != reading->last + 1)
        begin_at(reading, reading->places, reading->out->length, (struct place){line->number, 1, 0});
    reading->last = line->number;
    text_add_bytes(reading->out, line->text, line->length);
    text_add_char(reading->out, '\n');
    refuse_parameters(reading, line, (struct words){line->text, line->length});
}

static void add_down(struct changelog *reading, const struct layout_line *line, struct words words)
{
    begin_at(reading, &reading->down_places, reading->down.length, place_in(line, words.text));
    text_add_bytes(&reading->down, words.text, words.length);
    text_add_char(&reading->down, '\n');
    reading->current->down.present = true;
    refuse_parameters(reading, line, words);
}

/* "not required" and "empty": there is nothing to do. */
static void judge_down(struct changelog *reading)
{
    struct words words = trim((struct words){text_string(&reading->down), reading->down.length});
    if (words.length > 0 && strcasestr(words.text, "changesetid") != NULL)
        liquibase_refuse(reading, reading->down_places.items[0].place,
                         "the way back is another changeset's: write its statements here");
    if (take_word(&words, "not required") || take_word(&words, "empty"))
        text_clear(&reading->down);
}

static void add_way_back(struct changelog *reading)
{
    struct changeset *current = reading->current;
    judge_down(reading);
    current->down.begin = reading->out->length;
    for (size_t i = 0; reading->down.length > 0 && i < reading->down_places.count; i++)
        begin_at(reading, reading->places, reading->out->length + reading->down_places.items[i].offset,
                 reading->down_places.items[i].place);
    text_add_bytes(reading->out, text_string(&reading->down), reading->down.length);
    current->down.end = reading->out->length;
}

static void end_changeset(struct changelog *reading)
{
    struct changeset *current = reading->current;
    if (current == NULL)
        return;
    current->up.end = reading->out->length;
    add_way_back(reading);
    if (!current->head.ignored && current->head.id != NULL)
        reading->count++;
    text_clear(&reading->down);
    reading->down_places.count = 0;
    reading->current = NULL;
    reading->last = 0;
}

static void begin_changeset(struct changelog *reading, const struct layout_line *line, struct words rest)
{
    end_changeset(reading);
    reading->changesets = arena_grow(reading->arena, reading->changesets, reading->count, &reading->capacity,
                                     sizeof *reading->changesets);
    struct changeset *current = &reading->changesets[reading->count];
    struct place place = place_in(line, rest.text);
    *current = (struct changeset){.message = "", .place = {line->number, 1, 0}};
    current->head = changeset_head_read(reading->arena, reading->path, rest, place, reading->faults);
    current->up = (struct side){true, reading->out->length, 0};
    reading->current = current;
}

/* ---- lines ---- */

static void begin_passing(struct changelog *reading, const struct layout_line *line, struct words rest)
{
    rest = trim(rest);
    char *end, *count = arena_copy(reading->arena, rest.text, rest.length);
    if (strcasecmp(count, "start") == 0) {
        reading->passed = ULONG_MAX;
        return;
    }
    reading->passed = strtoul(count, &end, 10);
    if (end == count || *end != '\0')
        liquibase_refuse(reading, (struct place){line->number, 1, 0},
                         "is not understood: there is ignoreLines:start, :end or :COUNT");
}

/* True: the line is passed over. */
static bool pass_over(struct changelog *reading, const struct layout_line *line)
{
    struct words rest;
    bool ends = is_directive(line, "ignoreLines:end", &rest);
    if (reading->passed == 0)
        return false;
    if (reading->passed != ULONG_MAX)
        reading->passed--;
    else if (ends)
        reading->passed = 0;
    return true;
}

static bool begins_comment(const struct layout_line *line)
{
    struct words rest = trim((struct words){line->text, line->length});
    if (!take_word(&rest, "/*"))
        return false;
    rest = trim(rest);
    if (!take_word(&rest, "liquibase"))
        return false;
    rest = trim(rest);
    return take_word(&rest, "rollback") && trim(rest).length == 0;
}

static void read_comment(struct changelog *reading, const struct layout_line *line)
{
    struct words words = {line->text, line->length}, rest = trim(words);
    bool ends = rest.length >= 2 && memcmp(rest.text + rest.length - 2, "*/", 2) == 0;
    if (ends)
        words.length = (size_t)(rest.text - words.text) + rest.length - 2;
    add_down(reading, line, words);
    reading->comment = !ends;
}

/* What a changeset's line means besides SQL; false: it is SQL. */
static bool obey(struct changelog *reading, const struct layout_line *line)
{
    struct words rest;
    if (is_directive(line, "rollback", &rest) && take_blank(&rest)) {
        add_down(reading, line, rest);
    } else if (begins_comment(line)) {
        reading->comment = true;
    } else if (is_directive(line, "preconditions", &rest) || is_directive(line, "precondition-", &rest)) {
        liquibase_refuse(reading, (struct place){line->number, 1, 0},
                         "a precondition is not looked at here: write SQL that does nothing where it does not hold");
    } else if (is_directive(line, "comment", &rest) && (take_word(&rest, ": ") || take_blank(&rest))) {
        rest = trim(rest);
        reading->current->message = arena_copy(reading->arena, rest.text, rest.length);
    } else {
        return is_directive(line, "validCheckSum", &rest);
    }
    return true;
}

/* Before the first changeset Liquibase passes over what it does not know. */
static void read_outside(struct changelog *reading, const struct layout_line *line)
{
    struct words words = trim((struct words){line->text, line->length});
    if (words.length == 0 || strchr("-/*", *words.text) != NULL)
        return;
    liquibase_refuse(
        reading, place_in(line, words.text),
        "SQL before the first changeset, which Liquibase would pass over: write `--changeset AUTHOR:ID` above it");
}

static void read_line(struct changelog *reading, const struct layout_line *line)
{
    struct words rest;
    if (reading->comment)
        read_comment(reading, line);
    else if (pass_over(reading, line))
        return;
    else if (is_directive(line, "property", &rest) && take_blank(&rest))
        liquibase_refuse(reading, (struct place){line->number, 1, 0},
                         "a property is not read here: write its value where it is used");
    else if (is_directive(line, "ignoreLines:", &rest))
        begin_passing(reading, line, rest);
    else if (is_directive(line, "changeset", &rest))
        begin_changeset(reading, line, rest);
    else if (reading->current == NULL)
        read_outside(reading, line);
    else if (!obey(reading, line))
        add_up(reading, line);
}

/* The first line that is not empty says what the file is. */
static bool read_first(struct changelog *reading, const struct layout_line *line)
{
    struct words words = {line->text, line->length};
    if (trim(words).length == 0)
        return true;
    reading->header = true;
    if (layout_liquibase_begins(line->text, line->length)) {
        reading->logical_path = changeset_logical_path(reading->arena, words);
        return true;
    }
    liquibase_refuse(
        reading, (struct place){line->number, 1, 0},
        "no `--liquibase formatted sql` stands above it: Liquibase would run it as one changeset without a name");
    return false;
}

void liquibase_lines_read(struct changelog *reading, const char *text, size_t length)
{
    struct layout_line line = {0};
    size_t mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (layout_next_line(text + mark, length - mark, &line)) {
        if (reading->header)
            read_line(reading, &line);
        else if (!read_first(reading, &line))
            return;
    }
    if (reading->comment)
        liquibase_refuse(
            reading, reading->down_places.count > 0 ? reading->down_places.items[0].place : reading->current->place,
            "the comment that holds the way back is not closed");
    end_changeset(reading);
    text_finish(&reading->down);
}
