/*
 * goose: VERSION_WORDS.sql with `-- +goose Up` and `-- +goose Down`, in the order of the numbers, from 1 on
 * (provider_collect.go, internal/sqlparser/parser.go). A step in Go is one that we can't take. StatementBegin and
 * StatementEnd tell goose where a statement ends: our scanner knows.
 */
#include "core/natural.h"
#include "core/sql_scan.h"
#include "interpolate.h"
#include "layout_parts.h"

#include <string.h>
#include <strings.h>

static void add(struct layout_listing *listing, const char *name, size_t digits)
{
    const char *number = layout_number(listing, name, digits);
    if (number == NULL || strcmp(number, "0") == 0)
        return;
    struct layout_entry *entry = layout_add(listing, number, number);
    const char *words = name + digits + 1;
    entry->up = entry->down = name;
    entry->message = layout_words(listing->arena, words, strlen(words) - strlen(".sql"));
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        size_t digits = layout_digits(name);
        if (digits == 0 || name[digits] != '_' || !layout_is_file(name))
            continue;
        if (layout_ends(name, ".sql"))
            add(listing, name, digits);
        else if (layout_ends(name, ".go") && !layout_ends(name, "_test.go"))
            layout_fault(listing, name, "a step in Go can't be run here: let goose run it, or write it in SQL");
    }
    layout_order(listing, natural_compare);
}

/* What stands behind "+goose", "" if nothing; NULL: the comment is none of goose's. */
static const char *annotation(const char *comment, size_t length, size_t *rest)
{
    static const char prefix[] = "+goose";
    const char *words;
    if (!layout_comment(comment, length, &words, rest) || *rest < sizeof prefix - 1 ||
        memcmp(words, prefix, sizeof prefix - 1) != 0)
        return NULL;
    *rest -= sizeof prefix - 1;
    words += sizeof prefix - 1;
    while (*rest > 0 && (*words == ' ' || *words == '\t')) {
        words++;
        --*rest;
    }
    return words;
}

static bool is_annotation(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Those that end no section. */
static bool is_remark(const char *text, size_t length)
{
    static const char *const remarks[] = {"StatementBegin", "StatementEnd", "NO TRANSACTION", "ENVSUB ON",
                                          "ENVSUB OFF"};
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
        if (is_annotation(text, length, remarks[i]))
            return true;
    return false;
}

static bool is_marker(const char *comment, size_t length)
{
    size_t rest;
    const char *words = annotation(comment, length, &rest);
    return words != NULL && !is_remark(words, rest);
}

static enum marker read_marker(struct revision_source *source, const struct sql_piece *piece)
{
    size_t length;
    const char *words = annotation(source->text + piece->offset, piece->length, &length);
    bool up = is_annotation(words, length, "Up"), down = is_annotation(words, length, "Down");
    if ((up || down) && revision_alone_on_line(source, piece->offset))
        return up ? MARKER_UP : MARKER_DOWN;
    if (up || down)
        REVISION_FAULT(source, piece->place, "a section marker stands on a line of its own");
    else
        REVISION_FAULT(source, piece->place, "'%.*s' is none of goose's annotations", (int)piece->length,
                       source->text + piece->offset);
    return MARKER_FAULTY;
}

/* It may stand anywhere, and is for the whole file. */
static void read_header(struct revision_source *source)
{
    size_t begin = revision_text_begin(source), length;
    struct layout_line line = {0};
    while (layout_next_line(source->text + begin, source->length - begin, &line)) {
        const char *words = annotation(line.text, line.length, &length);
        if (words == NULL || !is_annotation(words, length, "NO TRANSACTION"))
            continue;
        source->transaction = TRANSACTION_OFF;
        source->transaction_place = (struct place){line.number, 1};
        return;
    }
}

/* ---- variables of the environment ---- */

/* What goose keeps in mind from line to line. */
struct lines {
    bool on;        /* behind ENVSUB ON */
    bool together;  /* between StatementBegin and StatementEnd */
    bool statement; /* in one */
};

/* The last word before a comment. */
static bool ends_statement(const char *line, size_t length)
{
    char last = '\0';
    for (size_t at = 0; at < length; at++) {
        bool blank = strchr(" \t\v\f\r", line[at]) != NULL;
        bool begins = at == 0 || strchr(" \t\v\f\r", line[at - 1]) != NULL;
        if (begins && length - at >= 2 && memcmp(line + at, "--", 2) == 0)
            break;
        last = blank ? last : line[at];
    }
    return last == ';';
}

/* Comments and empty lines between statements go for nothing. */
static bool is_passed_over(const struct lines *lines, const struct layout_line *line)
{
    size_t blanks = 0;
    while (blanks < line->length && strchr(" \t\v\f", line->text[blanks]) != NULL)
        blanks++;
    bool comment = line->length - blanks >= 2 && memcmp(line->text + blanks, "--", 2) == 0;
    return !lines->statement && (comment || line->length == 0);
}

static void obey(struct lines *lines, const char *words, size_t length)
{
    if (is_annotation(words, length, "ENVSUB ON") || is_annotation(words, length, "ENVSUB OFF"))
        lines->on = is_annotation(words, length, "ENVSUB ON");
    if (is_annotation(words, length, "StatementBegin") || is_annotation(words, length, "StatementEnd"))
        lines->together = is_annotation(words, length, "StatementBegin");
    if (is_annotation(words, length, "StatementEnd"))
        lines->statement = false;
}

static void put_variables(struct substitution *substitution)
{
    struct lines lines = {0};
    struct layout_line line = {0};
    size_t length;
    while (layout_next_line(substitution->text, substitution->length, &line)) {
        const char *words = annotation(line.text, line.length, &length);
        if (words != NULL) {
            obey(&lines, words, length);
        } else if (!is_passed_over(&lines, &line)) {
            if (lines.on)
                interpolate(substitution, line.offset, line.length);
            lines.statement = lines.together || !ends_statement(line.text, line.length);
        }
    }
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct layout_line line = {0};
    size_t rest;
    (void)names;
    while (layout_next_line(head, length, &line))
        if (annotation(line.text, line.length, &rest) != NULL)
            return true;
    return false;
}

static const struct layout_marks marks = {
    .up = "-- +goose Up",
    .down = "-- +goose Down",
    .is_marker = is_marker,
    .read = read_marker,
    .needed = true,
    .ordered = true,
    .parameters = put_variables,
    .header = read_header,
    .way_back = "`-- +goose Down` section",
    .outside = "NO TRANSACTION",
};

const struct layout layout_goose = {
    .name = "goose",
    .tool = "goose",
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
