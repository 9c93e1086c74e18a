#include "option_value.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/names.h"
#include "base/suggest.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WORDS 16

/* Keeps sums of two times far from overflow. */
#define LONGEST_DURATION "3650d"

/* What a parser works on. */
struct parse {
    struct arena *arena;
    const struct config_option *option;
    const struct setting *setting;
    void *field;
    struct error *error;
};

/* A flag whose value was left out swallows its neighbour: any value may be a URL or settings with a password. */
const char *value_shown(const char *value, char shown[VALUE_SHOWN_SIZE])
{
    if (strstr(value, "://") != NULL || strcasestr(value, "password") != NULL)
        value = "(hidden)";
    error_copy(shown, VALUE_SHOWN_SIZE, value, strlen(value));
    return shown;
}

bool setting_fail(const struct setting *setting, struct error *error)
{
    if (error == NULL)
        return false;
    error->code = setting->level == SETTING_FLAG ? ERROR_USAGE : ERROR_CONFIG;
    return setting->file == NULL ? false : error_place(error, setting->file, setting->line, setting->column);
}

/* "cache_ttl is "60", which ..." */
static bool refuse(const struct parse *parse, const char *why)
{
    char shown[VALUE_SHOWN_SIZE];
    const char *value = parse->option->secret ? "(hidden)" : value_shown(parse->setting->value, shown);
    return error_set(parse->error, ERROR_CONFIG, "%s is \"%s\", %s", parse->setting->as, value, why);
}

static bool choose_word(const struct parse *parse, const struct option_word **chosen)
{
    const char *known[MOST_WORDS];
    size_t count = 0;
    for (const struct option_word *word = parse->option->words; word->text != NULL; word++) {
        if (strcmp(word->text, parse->setting->value) == 0) {
            *chosen = word;
            break;
        }
        assert(count < MOST_WORDS);
        known[count++] = word->text;
    }

    const char *values = option_values(parse->arena, parse->option);
    if (*chosen == NULL) {
        const char *near = suggest(parse->setting->value, known, count);
        refuse(parse, "which is none of its words");
        return near == NULL ? error_next(parse->error, "write one of %s", values)
                            : error_next(parse->error, "did you mean %s? (%s)", near, values);
    }
    if ((*chosen)->unavailable) {
        error_set(parse->error, ERROR_CONFIG, "%s: \"%s\" is not available in this version", parse->setting->as,
                  (*chosen)->text);
        return error_next(parse->error, "write one of %s", values);
    }
    return true;
}

static bool parse_word(const struct parse *parse)
{
    const struct option_word *chosen = NULL;
    if (!choose_word(parse, &chosen))
        return false;
    unsigned position = (unsigned)(chosen - parse->option->words);
    memcpy(parse->field, &position, sizeof position);
    return true;
}

static bool parse_text(const struct parse *parse)
{
    const struct option_word *chosen = NULL;
    if (parse->option->words != NULL && !choose_word(parse, &chosen))
        return false;
    *(const char **)parse->field = arena_string(parse->arena, parse->setting->value);
    return true;
}

static bool parse_list(const struct parse *parse)
{
    struct names list = {0};
    size_t capacity = 0;
    const char *item = parse->setting->value;
    for (bool more = true; more;) {
        item += strspn(item, " \t");
        size_t length = strcspn(item, ",");
        more = item[length] == ',';
        const char *following = item + length + more;
        while (length > 0 && (item[length - 1] == ' ' || item[length - 1] == '\t'))
            length--;
        if (length == 0) {
            refuse(parse, "which has an empty entry");
            return error_next(parse->error, "separate the entries with single commas");
        }
        list.items = arena_grow(parse->arena, list.items, list.count, &capacity, sizeof *list.items);
        list.items[list.count++] = arena_copy(parse->arena, item, length);
        item = following;
    }
    *(struct names *)parse->field = list;
    return true;
}

static const struct {
    const char *name;
    int64_t bytes;
} size_units[] = {{"", 1}, {"B", 1}, {"kB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}};

/* PostgreSQL's units; like there, a kB has 1024 bytes and a bare number is bytes. */
static bool size_parse(const char *text, int64_t *bytes)
{
    if (text[0] < '0' || text[0] > '9')
        return false;

    char *unit;
    errno = 0;
    int64_t number = strtoll(text, &unit, 10);
    if (errno != 0)
        return false;
    unit += strspn(unit, " ");
    for (size_t i = 0; i < sizeof size_units / sizeof *size_units; i++) {
        if (strcmp(unit, size_units[i].name) == 0 && number <= INT64_MAX / size_units[i].bytes) {
            *bytes = number * size_units[i].bytes;
            return true;
        }
    }
    return false;
}

/* Bounds of the table's own making. */
static int64_t bound(const struct config_option *option, const char *text)
{
    int64_t value = 0;
    bool good = option->type == OPTION_DURATION ? duration_parse(text, false, &value) : size_parse(text, &value);
    assert(good);
    (void)good;
    return value;
}

static bool store_number(const struct parse *parse, int64_t value, const char *most)
{
    const char *least = parse->option->least;
    if (least != NULL && value < bound(parse->option, least)) {
        refuse(parse, "which is too small");
        return error_next(parse->error, "write at least %s", least);
    }
    if (most != NULL && value > bound(parse->option, most)) {
        refuse(parse, "which is too large");
        return error_next(parse->error, "write at most %s", most);
    }
    *(int64_t *)parse->field = value;
    return true;
}

/* Units that people write for ours, and ours behind a blank. */
static const char *unit_meant(const char *unit)
{
    static const struct {
        const char *written, *meant;
    } units[] = {
        {"", "s"},     {"ms", "ms"},     {"msec", "ms"}, {"s", "s"},     {"S", "s"},      {"sec", "s"},
        {"secs", "s"}, {"seconds", "s"}, {"m", "min"},   {"min", "min"}, {"mins", "min"}, {"minutes", "min"},
        {"h", "h"},    {"hr", "h"},      {"hours", "h"}, {"d", "d"},     {"days", "d"},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].written) == 0)
            return units[i].meant;
    return NULL;
}

static bool refuse_duration(const struct parse *parse)
{
    const char *value = parse->setting->value;
    size_t digits = strspn(value, "0123456789");
    const char *unit = value + digits + strspn(value + digits, " ");
    const char *meant = digits > 0 && digits < 10 ? unit_meant(unit) : NULL;
    refuse(parse, digits > 0 && value[digits] == '\0' && digits < 10 ? "which has no unit" : "which is no duration");

    const char *special =
        parse->option->special == NULL ? "" : arena_printf(parse->arena, ", or the word %s", parse->option->special);
    const char *form = "durations are written 250ms, 5s, 10min, 2h or 1d";
    return meant == NULL
               ? error_next(parse->error, "%s%s", form, special)
               : error_next(parse->error, "did you mean %.*s%s? %s%s", (int)digits, value, meant, form, special);
}

static bool parse_duration(const struct parse *parse)
{
    const struct config_option *option = parse->option;
    if (option->special != NULL && strcmp(parse->setting->value, option->special) == 0) {
        *(int64_t *)parse->field = option->special_value;
        return true;
    }

    int64_t ms;
    if (!duration_parse(parse->setting->value, parse->setting->level == SETTING_FLAG, &ms))
        return refuse_duration(parse);
    return store_number(parse, ms, option->most == NULL ? LONGEST_DURATION : option->most);
}

static bool parse_size(const struct parse *parse)
{
    int64_t bytes;
    if (!size_parse(parse->setting->value, &bytes)) {
        refuse(parse, "which is no size");
        return error_next(parse->error, "sizes are written 65536 (bytes), 256kB, 4MB or 1GB");
    }
    return store_number(parse, bytes, parse->option->most);
}

static bool parse_number(const struct parse *parse)
{
    int64_t number;
    const char *value = parse->setting->value;
    if (value[strspn(value, "0123456789")] != '\0' || !size_parse(value, &number)) {
        refuse(parse, "which is no whole number");
        return error_next(parse->error, "write a number such as 3");
    }
    return store_number(parse, number, parse->option->most);
}

static bool (*const parsers[])(const struct parse *parse) = {
    [OPTION_TEXT] = parse_text, [OPTION_NAME] = parse_text,     [OPTION_PATH] = parse_text,
    [OPTION_LIST] = parse_list, [OPTION_WORD] = parse_word,     [OPTION_DURATION] = parse_duration,
    [OPTION_SIZE] = parse_size, [OPTION_NUMBER] = parse_number,
};

static bool parse_setting(const struct parse *parse)
{
    const struct config_option *option = parse->option;
    const struct setting *setting = parse->setting;
    if (setting->value[0] == '\0') {
        error_set(parse->error, ERROR_CONFIG, "%s has no value", setting->as);
        return error_next(parse->error, "write one, or leave the option out");
    }
    if (option->check != NULL && !option->check(setting->as, setting->value, parse->error))
        return false;
    return parsers[option->type](parse);
}

bool option_store(struct arena *arena, const struct config_option *option, const struct setting *setting,
                  void *fields, struct error *error)
{
    const struct parse parse = {arena, option, setting, (char *)fields + option->offset, error};
    return parse_setting(&parse) || setting_fail(setting, error);
}
