/*
 * node-pg-migrate's SQL files: NUMBER_WORDS.sql with `-- Up Migration` and `-- Down Migration` in any order, or with its
 * newer loader NUMBER_WORDS.up.sql and .down.sql, in the order of the numbers, then of the names as a dictionary has
 * them (src/sqlMigration.ts, src/migrationLoader.ts, src/utils/comparators.ts, src/utils/fileNameUtils.ts). A number of
 * 17 digits is a time in UTC, and counts as the milliseconds that other names begin with. The name is the key.
 */
#include "core/sql_scan.h"
#include "layout_parts.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define UTC_DIGITS 17

/* ---- order ---- */

static int64_t read_digits(const char *at, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++)
        value = 10 * value + (at[i] - '0');
    return value;
}

/* Days since 1970-01-01, in the calendar of today. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month <= 2 ? year - 1 : year, from_march = (month + 9) % 12;
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * from_march + 2) / 5 + day - 1 -
           719468;
}

/* "20200513070724505" in milliseconds; -1: it is no time since 1970. */
static int64_t utc_milliseconds(const char *digits)
{
    int64_t year = read_digits(digits, 4), month = read_digits(digits + 4, 2), day = read_digits(digits + 6, 2);
    int64_t hour = read_digits(digits + 8, 2), minute = read_digits(digits + 10, 2);
    int64_t second = read_digits(digits + 12, 2), millisecond = read_digits(digits + 14, 3);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return -1;
    return (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millisecond;
}

/* The number that the name is sorted by; NULL: it has none, which is a fault. */
static const char *number_of(struct layout_listing *listing, const char *name)
{
    size_t digits = layout_digits(name);
    if (digits == 0) {
        layout_fault(listing, name, "its name has no number in front: node-pg-migrate refuses it too");
        return NULL;
    }
    if (digits != UTC_DIGITS)
        return layout_number(listing, name, digits);
    int64_t milliseconds = utc_milliseconds(name);
    if (milliseconds >= 0)
        return arena_printf(listing->arena, "%" PRId64, milliseconds);
    layout_fault(listing, name, "its 17 digits are no time since 1970: node-pg-migrate takes them for one");
    return NULL;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool is_letter(char byte)
{
    return lower(byte) >= 'a' && lower(byte) <= 'z';
}

/* A dictionary passes over punctuation. */
static const char *skip_punctuation(const char *at)
{
    while (*at != '\0' && !is_digit(*at) && !is_letter(*at))
        at++;
    return at;
}

static int compare_runs(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    size_t left = layout_digits(*a), right = layout_digits(*b);
    int order = left != right ? (left < right ? -1 : 1) : memcmp(*a, *b, left);
    *a += left;
    *b += right;
    return order;
}

/* Where a dictionary's order of more than ASCII letters and digits would be needed nobody here knows it: as if equal. */
static bool is_plain(const char *name)
{
    for (; *name != '\0'; name++)
        if ((unsigned char)*name >= 0x80 || strchr("$+<=>^`|~", *name) != NULL)
            return false;
    return true;
}

/* As localeCompare with numeric, sensitivity "variant" and ignorePunctuation: digits before letters, "a" before "A". */
static int compare_words(const char *a, const char *b)
{
    int cases = 0;
    for (;;) {
        a = skip_punctuation(a);
        b = skip_punctuation(b);
        if (*a == '\0' || *b == '\0')
            return *a == *b ? cases : *a == '\0' ? -1 : 1;
        if (is_digit(*a) && is_digit(*b)) {
            int order = compare_runs(&a, &b);
            if (order != 0)
                return order;
            continue;
        }
        if (lower(*a) != lower(*b))
            return lower(*a) < lower(*b) ? -1 : 1;
        if (cases == 0 && *a != *b)
            cases = is_letter(*a) && *a >= 'a' ? -1 : 1;
        a++;
        b++;
    }
}

/* Keys: "NUMBER NAME". */
static int compare(const char *a, const char *b)
{
    const char *left = a, *right = b;
    int order = compare_runs(&left, &right);
    if (order != 0)
        return order;
    return is_plain(left) && is_plain(right) ? compare_words(left, right) : 0;
}

/* ---- names ---- */

static const char *const code[] = {".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"};

static bool is_code(const char *name)
{
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (layout_digits(name) > 0 && layout_ends(name, code[i]))
            return true;
    return false;
}

static void add(struct layout_listing *listing, const char *name)
{
    struct arena *arena = listing->arena;
    const char *suffix = layout_ends(name, ".up.sql")     ? ".up.sql"
                         : layout_ends(name, ".down.sql") ? ".down.sql"
                                                          : ".sql";
    const char *number = number_of(listing, name);
    if (number == NULL)
        return;
    const char *id = arena_copy(arena, name, strlen(name) - strlen(suffix));
    const char *words = id + layout_digits(id);
    words += strspn(words, "_-");
    struct layout_entry *entry = layout_add(listing, id, arena_printf(arena, "%s %s.sql", number, id));
    entry->message = layout_words(arena, words, strlen(words));
    if (strcmp(suffix, ".down.sql") != 0)
        entry->up = name;
    if (strcmp(suffix, ".up.sql") != 0)
        entry->down = name;
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!layout_is_file(name))
            continue;
        if (layout_ends(name, ".sql"))
            add(listing, name);
        else if (is_code(name))
            layout_fault(listing, name,
                         "a step in JavaScript can't be run here: let node-pg-migrate run it, or write it in SQL");
    }
    layout_order_pairs_by(listing, compare);
    for (size_t i = 0; i < listing->count; i++)
        if (listing->entries[i].up == NULL)
            layout_fault(listing, listing->entries[i].down,
                         "a way back, but there is no way up: node-pg-migrate "
                         "refuses it too");
}

/* ---- text ---- */

/* Behind the word and blanks; NULL: it does not stand here. */
static const char *behind_word(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(end - at) < length || strncasecmp(at, word, length) != 0)
        return NULL;
    at += length;
    while (at < end && strchr(" \t\f\v\r", *at) != NULL)
        at++;
    return at;
}

/* /^\s*--[\s-]*up\s+migration/i */
static enum marker marker_of(const char *comment, size_t length)
{
    static const char *const sides[] = {"up", "down"};
    const char *at = comment, *end = comment + length;
    while (at < end && strchr(" \t\f\v\r-", *at) != NULL)
        at++;
    for (size_t i = 0; i < 2; i++) {
        const char *rest = behind_word(at, end, sides[i]);
        if (rest != NULL && rest > at + strlen(sides[i]) && behind_word(rest, end, "migration") != NULL)
            return i == 0 ? MARKER_UP : MARKER_DOWN;
    }
    return MARKER_NONE;
}

static bool is_marker(const char *comment, size_t length)
{
    return marker_of(comment, length) != MARKER_NONE;
}

static enum marker read_marker(struct revision_source *source, const struct sql_piece *piece)
{
    if (revision_alone_on_line(source, piece->offset))
        return marker_of(source->text + piece->offset, piece->length);
    REVISION_FAULT(source, piece->place, "a section marker stands on a line of its own");
    return MARKER_FAULTY;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct layout_line line = {0};
    const char *words;
    size_t rest;
    (void)names;
    while (layout_next_line(head, length, &line))
        if (layout_comment(line.text, line.length, &words, &rest) && is_marker(line.text, line.length))
            return true;
    return false;
}

static const struct layout_marks marks = {
    .up = "-- Up Migration",
    .down = "-- Down Migration",
    .is_marker = is_marker,
    .read = read_marker,
    .way_back = "`-- Down Migration` section",
    .outside = "",
};

const struct layout layout_node_pg_migrate = {
    .name = "node-pg-migrate",
    .tool = "node-pg-migrate",
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
