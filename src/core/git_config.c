#include "git_config.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/sql_scan.h"

#include <string.h>

struct reading {
    struct arena *arena;
    const char *path, *text, *end;
    const char *at;
    const char *line; /* where that of `at` begins */
    unsigned number;
    struct git_config *config;
    struct faults *faults;
    const char *section, *subsection; /* NULL: before the first */
};

static unsigned column_of(const struct reading *reading, const char *at)
{
    return place_after((struct place){1, 1, 0}, reading->line, (size_t)(at - reading->line)).column;
}

static void refuse(struct reading *reading, const char *at, const char *what)
{
    fault_add(reading->faults, reading->path, reading->number, column_of(reading, at), "%s", what);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_name_byte(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

static bool at_line_end(const struct reading *reading)
{
    return reading->at >= reading->end || *reading->at == '\n';
}

static bool at_comment(const struct reading *reading)
{
    return !at_line_end(reading) && (*reading->at == '#' || *reading->at == ';');
}

static void skip_blanks(struct reading *reading)
{
    while (!at_line_end(reading) && is_blank(*reading->at))
        reading->at++;
}

static void skip_line(struct reading *reading)
{
    while (!at_line_end(reading))
        reading->at++;
}

static void next_line(struct reading *reading)
{
    if (reading->at < reading->end)
        reading->at++;
    reading->line = reading->at;
    reading->number++;
}

static const char *take_name(struct reading *reading)
{
    const char *begin = reading->at;
    while (!at_line_end(reading) && is_name_byte(*reading->at))
        reading->at++;
    return arena_copy(reading->arena, begin, (size_t)(reading->at - begin));
}

static const char *in_lower_case(struct arena *arena, const char *name)
{
    char *copy = arena_string(arena, name);
    for (char *byte = copy; *byte != '\0'; byte++)
        if (*byte >= 'A' && *byte <= 'Z')
            *byte = (char)(*byte - 'A' + 'a');
    return copy;
}

static const char *take_subsection(struct reading *reading)
{
    struct text name = {0};
    for (reading->at++; !at_line_end(reading) && *reading->at != '"'; reading->at++) {
        if (*reading->at == '\\' && reading->at + 1 < reading->end && reading->at[1] != '\n')
            reading->at++;
        text_add_char(&name, *reading->at);
    }
    bool closed = !at_line_end(reading);
    reading->at += closed;
    const char *copy = closed ? arena_string(reading->arena, text_string(&name)) : NULL;
    text_finish(&name);
    return copy;
}

static void read_section(struct reading *reading)
{
    const char *begin = reading->at++;
    reading->section = in_lower_case(reading->arena, take_name(reading));
    reading->subsection = "";
    skip_blanks(reading);
    if (!at_line_end(reading) && *reading->at == '"')
        reading->subsection = take_subsection(reading);
    skip_blanks(reading);
    if (*reading->section != '\0' && reading->subsection != NULL && !at_line_end(reading) && *reading->at == ']') {
        reading->at++;
        return;
    }
    refuse(reading, begin, "is no section: write [name], or [name \"more\"]");
    reading->section = NULL;
    skip_line(reading);
}

/* Behind a backslash; false: there is no such escape. */
static bool take_escape(struct reading *reading, struct text *value)
{
    static const char letters[] = "nt\\\"b", bytes[] = "\n\t\\\"\b";
    if (at_line_end(reading)) {
        next_line(reading);
        return true;
    }
    const char *letter = strchr(letters, *reading->at);
    if (letter == NULL || *letter == '\0')
        return false;
    text_add_char(value, bytes[letter - letters]);
    reading->at++;
    return true;
}

/* Blanks at its end are none of it, but in quotes. */
static const char *take_value(struct reading *reading)
{
    struct text value = {0};
    size_t kept = 0;
    bool quoted = false, good = true;
    const char *begin = reading->at;
    while (good && (quoted || !at_comment(reading)) && !at_line_end(reading)) {
        char byte = *reading->at++;
        if (byte == '"')
            quoted = !quoted;
        else if (byte == '\\')
            good = take_escape(reading, &value);
        else
            text_add_char(&value, byte);
        if (quoted || byte == '"' || !is_blank(byte))
            kept = value.length;
    }
    const char *copy = good && !quoted ? arena_copy(reading->arena, text_string(&value), kept) : NULL;
    text_finish(&value);
    if (copy == NULL)
        refuse(reading, begin < reading->line ? reading->line : begin,
               quoted ? "a quote that does not end in its line"
                      : "no such escape: there are \\n, \\t, \\b, \\\\ and \\\"");
    return copy;
}

static void read_setting(struct reading *reading)
{
    struct git_setting setting = {.line = reading->number, .column = column_of(reading, reading->at)};
    const char *begin = reading->at;
    setting.written = take_name(reading);
    setting.key = in_lower_case(reading->arena, setting.written);
    skip_blanks(reading);
    bool alone = at_line_end(reading) || at_comment(reading);
    if (reading->section == NULL || !is_letter(*setting.key) || (!alone && *reading->at != '=')) {
        refuse(reading, begin, reading->section == NULL ? "stands in no section" : "is no `key = value`");
        skip_line(reading);
        return;
    }
    setting.section = reading->section;
    setting.subsection = reading->subsection;
    setting.value = "true";
    if (!alone) {
        reading->at++;
        skip_blanks(reading);
        setting.value = take_value(reading);
    }
    skip_line(reading);
    if (setting.value == NULL)
        return;
    struct git_config *config = reading->config;
    config->items =
        arena_grow(reading->arena, config->items, config->count, &config->capacity, sizeof *config->items);
    config->items[config->count++] = setting;
}

void git_config_read(struct arena *arena, const char *path, const char *text, size_t length,
                     struct git_config *config, struct faults *faults)
{
    struct reading reading = {arena, path, text, text + length, text, text, 1, config, faults, NULL, NULL};
    *config = (struct git_config){0};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        reading.at = reading.line = text + 3;
    while (reading.at < reading.end) {
        skip_blanks(&reading);
        if (at_comment(&reading))
            skip_line(&reading);
        if (at_line_end(&reading))
            next_line(&reading);
        else if (*reading.at == '[')
            read_section(&reading);
        else
            read_setting(&reading);
    }
}

const struct git_setting *git_config_find(const struct git_config *config, const char *section,
                                          const char *subsection, const char *key)
{
    for (size_t i = config->count; i-- > 0;) {
        const struct git_setting *setting = &config->items[i];
        if (strcmp(setting->section, section) == 0 && strcmp(setting->subsection, subsection) == 0 &&
            strcmp(setting->key, key) == 0)
            return setting;
    }
    return NULL;
}

bool git_config_has_section(const struct git_config *config, const char *section, const char *subsection)
{
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->items[i].section, section) == 0 && strcmp(config->items[i].subsection, subsection) == 0)
            return true;
    return false;
}
