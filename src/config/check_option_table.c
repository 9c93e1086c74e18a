#include "base/suggest.h"
#include "base/text.h"
#include "config/check_config.h"
#include "core/check.h"
#include "core/sql_scan.h"
#include "option_value.h"

#include <assert.h>
#include <string.h>

#define MOST_TYPES 16

/* PostgreSQL keeps its timeouts in an int of milliseconds. */
#define LONGEST_TIMEOUT "24d"

static const struct option_word required_words[] = {[CHECK_OPTIONAL] = {"no"}, [CHECK_REQUIRED] = {"yes"}, {NULL}};

static bool is_known_type(const char *as, const char *value, struct error *error)
{
    const char *known[MOST_TYPES];
    char shown[VALUE_SHOWN_SIZE];
    struct text words = {0};
    size_t count = 0;
    if (check_type_find(value) != NULL)
        return true;
    for (; check_types[count] != NULL; count++) {
        assert(count < MOST_TYPES);
        known[count] = check_types[count]->name;
        text_addf(&words, "%s%s", count == 0 ? "" : "|", known[count]);
    }
    const char *near = suggest(value, known, count);
    error_set(error, ERROR_CONFIG, "%s is \"%s\", which is none of its words", as, value_shown(value, shown));
    if (near == NULL)
        error_next(error, "write one of %s", text_string(&words));
    else
        error_next(error, "did you mean %s? (%s)", near, text_string(&words));
    text_finish(&words);
    return false;
}

/* What a cursor can be declared for: it is read through one. */
static bool begins_to_read(const char *text, size_t length)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "TABLE"};
    size_t word = 0;
    while (word < length && ((text[word] | 0x20) >= 'a' && (text[word] | 0x20) <= 'z'))
        word++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == word && strncasecmp(text, words[i], word) == 0)
            return true;
    return text[0] == '(';
}

static bool refuse_query(struct error *error, const char *as, const char *why)
{
    error_set(error, ERROR_CONFIG, "%s %s", as, why);
    return error_next(error, "write one SELECT: it runs in a read-only transaction");
}

static bool is_one_select(const char *as, const char *value, struct error *error)
{
    struct sql_scan scan;
    struct sql_piece piece;
    size_t count = 0;
    bool reads = true;
    sql_scan_init(&scan, value, strlen(value), (struct place){1, 1});
    for (; sql_scan_next(&scan, &piece); count++)
        reads = reads && piece.kind == SQL_STATEMENT && begins_to_read(value + piece.offset, piece.length);
    if (scan.error != SQL_SCAN_OK) {
        error_set(error, ERROR_CONFIG, "%s has an %s", as, sql_scan_error_text(scan.error));
        return error_next(error, "write the whole query in one line");
    }
    if (count != 1)
        return refuse_query(error, as, count == 0 ? "holds no statement" : "holds more than one statement");
    return reads || refuse_query(error, as, "is no SELECT");
}

#define CHECK(field) .scope = OPTION_CHECK, .offset = offsetof(struct check_config, field)

const struct config_option check_option_table[] = {
    {.name = "type", .type = OPTION_TEXT, CHECK(type), .check = is_known_type},
    {.name = "query", .type = OPTION_TEXT, CHECK(query), .check = is_one_select},
    {.name = "threshold", .type = OPTION_DURATION, CHECK(threshold_ms), .initial = "3min"},
    {.name = "interval", .type = OPTION_DURATION, CHECK(interval_ms), .initial = "15s", .least = "100ms"},
    {.name = "timeout",
     .type = OPTION_DURATION,
     CHECK(timeout_ms),
     .initial = "5s",
     .least = "10ms",
     .most = LONGEST_TIMEOUT},
    {.name = "required", .type = OPTION_WORD, CHECK(required), .initial = "yes", .words = required_words},
    {.name = "target", .type = OPTION_TEXT, CHECK(target), .initial = "main"},
};

const size_t check_option_count = sizeof check_option_table / sizeof *check_option_table;
