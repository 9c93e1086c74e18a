/* A line of sqitch.plan's body: [+-]NAME or @NAME, [dependencies], timestamp, planner, # note (Plan.pm, _parse). */
#include "base/arena.h"
#include "base/text.h"
#include "core/sql_scan.h"
#include "sqitch_plan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char punctuation[] = "-!\"#$%&'()*+,./:;<=>?@[]^`{|}~"; /* the punctuation, without _ and \ */

struct reading {
    struct arena *arena;
    const char *path;
    unsigned number;
    const char *text, *at, *end;
    struct faults *faults;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool sqitch_is_punctuation(char byte)
{
    return byte != '\0' && strchr(punctuation, byte) != NULL;
}

/* ~, /, =, %, ^ or a bracket, and digits up to the end. */
static bool ends_in_offset(const char *name, size_t length)
{
    size_t at = length;
    while (at > 0 && is_digit(name[at - 1]))
        at--;
    return at > 0 && at < length && strchr("~/=%^[]", name[at - 1]) != NULL;
}

bool sqitch_name_is_valid(const char *name, size_t length, bool last)
{
    if (length == 0 || sqitch_is_punctuation(name[0]) || sqitch_is_punctuation(name[length - 1]))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7F || strchr(":@#\\", name[i]) != NULL)
            return false;
    return !last || !ends_in_offset(name, length);
}

static unsigned column_of(const struct reading *reading, const char *at)
{
    return place_after((struct place){1, 1, 0}, reading->text, (size_t)(at - reading->text)).column;
}

static bool refuse(struct reading *reading, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct reading *reading, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = {0};
    text_vaddf(&message, format, arguments);
    va_end(arguments);
    fault_add(reading->faults, reading->path, reading->number, column_of(reading, at), "%s", text_string(&message));
    text_finish(&message);
    return false;
}

static void skip_blanks(struct reading *reading)
{
    while (reading->at < reading->end && is_blank(*reading->at))
        reading->at++;
}

static bool is_at(const struct reading *reading, char byte)
{
    return reading->at < reading->end && *reading->at == byte;
}

/* Behind the first #; the line ends before the blanks in front of it. */
static const char *cut_note(struct reading *reading)
{
    const char *hash = memchr(reading->text, '#', (size_t)(reading->end - reading->text)), *note = "";
    if (hash != NULL) {
        const char *begin = hash + 1;
        while (begin < reading->end && is_blank(*begin))
            begin++;
        note = arena_copy(reading->arena, begin, (size_t)(reading->end - begin));
        reading->end = hash;
    }
    while (reading->end > reading->text && is_blank(reading->end[-1]))
        reading->end--;
    return note;
}

static void skip_operator(struct reading *reading, struct sqitch_line *line)
{
    skip_blanks(reading);
    line->is_tag = is_at(reading, '@');
    if (line->is_tag) {
        reading->at++;
    } else if (is_at(reading, '+') || is_at(reading, '-')) {
        reading->at++;
        skip_blanks(reading);
    }
}

static bool read_name(struct reading *reading, struct sqitch_line *line)
{
    const char *begin = reading->at;
    while (reading->at < reading->end && !is_blank(*reading->at))
        reading->at++;
    size_t length = (size_t)(reading->at - begin);
    const char *what = line->is_tag ? "tag" : "change";
    line->name = arena_copy(reading->arena, begin, length);
    line->column = column_of(reading, begin);
    if (!sqitch_name_is_valid(begin, length, true))
        return refuse(reading, begin,
                      "'%s' is no name of a %s: it may not begin or end with punctuation, nor end in digits behind "
                      "some, nor hold blanks, @, : or \\",
                      line->name, what);
    if (strcmp(line->name, "ROOT") == 0 || strcmp(line->name, "HEAD") == 0)
        return refuse(reading, begin, "'%s' is a name that sqitch keeps for itself", line->name);
    if (strspn(line->name, "0123456789abcdef") >= 40)
        return refuse(reading, begin, "'%s' looks like a change's hash: give it another name", line->name);
    if (line->is_tag && strchr(line->name, '/') != NULL)
        return refuse(reading, begin, "'%s' is no name of a tag: it may not hold a /", line->name);
    if (!line->is_tag && line->name[strcspn(line->name, "+,")] != '\0')
        return refuse(reading, begin, "'%s' can't be the id of a revision, which may hold neither + nor a comma",
                      line->name);
    return true;
}

static bool read_dependencies(struct reading *reading, struct sqitch_line *line)
{
    skip_blanks(reading);
    if (!is_at(reading, '['))
        return true;
    const char *begin = reading->at++;
    const char *close = memchr(reading->at, ']', (size_t)(reading->end - reading->at));
    if (close == NULL || close == reading->at)
        return refuse(reading, begin, "%s",
                      close == NULL ? "a list without its ]" : "a list of nothing: take it out");
    if (line->is_tag)
        return refuse(reading, begin, "a tag has no dependencies: take them out");
    line->dependencies = arena_copy(reading->arena, reading->at, (size_t)(close - reading->at));
    line->dependencies_column = column_of(reading, reading->at);
    reading->at = close + 1;
    skip_blanks(reading);
    return true;
}

/* 2026-01-06T12:34:56Z */
static bool is_timestamp(const char *text, size_t length)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    if (length < sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
            return false;
    return true;
}

static int two_digits(const char *digits)
{
    return (digits[0] - '0') * 10 + digits[1] - '0';
}

static bool is_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = two_digits(text) * 100 + two_digits(text + 2), month = two_digits(text + 5),
        day = two_digits(text + 8);
    if (month < 1 || month > 12)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int last = days[month - 1] + (leap && month == 2);
    return day >= 1 && day <= last && two_digits(text + 11) < 24 && two_digits(text + 14) < 60 &&
           two_digits(text + 17) < 60;
}

/* Name <email>, up to the end. */
static bool is_planner(const char *text, size_t length)
{
    const char *open = memchr(text, '<', length);
    if (open == NULL || open - text < 2 || !is_blank(open[-1]))
        return false;
    size_t rest = length - (size_t)(open + 1 - text);
    const char *close = memchr(open + 1, '>', rest);
    return close != NULL && close > open + 1 && close + 1 == text + length;
}

static bool read_end(struct reading *reading)
{
    skip_blanks(reading);
    if (!is_timestamp(reading->at, (size_t)(reading->end - reading->at)))
        return refuse(
            reading, reading->at,
            "here stands the time when it was planned, like 2026-01-06T12:34:56Z, and then who did it, like "
            "Ann Lee <ann@example.com>");
    if (!is_date(reading->at))
        return refuse(reading, reading->at, "no such date and time");
    reading->at += 20;
    skip_blanks(reading);
    if (!is_planner(reading->at, (size_t)(reading->end - reading->at)))
        return refuse(reading, reading->at, "here stands who planned it, like Ann Lee <ann@example.com>");
    return true;
}

bool sqitch_line_read(struct arena *arena, const char *path, unsigned number, const char *text, size_t length,
                      struct sqitch_line *line, struct faults *faults)
{
    struct reading reading = {arena, path, number, text, text, text + length, faults};
    *line = (struct sqitch_line){.note = cut_note(&reading)};
    skip_operator(&reading, line);
    return read_name(&reading, line) && read_dependencies(&reading, line) && read_end(&reading);
}
