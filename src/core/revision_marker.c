#include "base/suggest.h"
#include "core/sql_scan.h"
#include "layout_parts.h"

#include <string.h>
#include <strings.h>

#define LONGEST_WORD 12 /* bytes with the NUL; what is longer resembles nothing */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\v' || byte == '\r';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* Copy the word at `at` and go behind it; an overlong one is left empty. */
static const char *take_word(const char *at, const char *end, char word[LONGEST_WORD])
{
    const char *begin = at;
    while (at < end && is_letter(*at))
        at++;
    size_t length = (size_t)(at - begin) < LONGEST_WORD ? (size_t)(at - begin) : 0;
    memcpy(word, begin, length);
    word[length] = '\0';
    return at;
}

/* For a faulty one *meant is the marker it resembles, NULL if it is none. */
static enum marker judge(const char *comment, size_t length, const char **meant)
{
    static const char *const names[] = {"migrated"}, *const sides[] = {"up", "down"};
    static const char *const markers[] = {"-- migrated:up", "-- migrated:down"};
    const char *end = comment + length;
    char name[LONGEST_WORD], side[LONGEST_WORD];

    *meant = NULL;
    const char *at = take_word(skip_blanks(comment + 2, end), end, name);
    const char *colon = skip_blanks(at, end);
    if (colon == end || *colon != ':')
        return MARKER_NONE;

    const char *word = skip_blanks(colon + 1, end);
    const char *rest = skip_blanks(take_word(word, end, side), end);
    bool ours = strcasecmp(name, names[0]) == 0, tight = ours && colon == at && word == colon + 1;
    if (tight && rest == end)
        for (size_t i = 0; i < 2; i++)
            if (strcasecmp(side, sides[i]) == 0)
                return i == 0 ? MARKER_UP : MARKER_DOWN;

    const char *near = suggest(side, sides, 2);
    if (near == NULL) /* prose after "migrated: " is a comment; a word right behind the colon is meant for us */
        return tight && word < end ? MARKER_FAULTY : MARKER_NONE;
    if (!ours && suggest(name, names, 1) == NULL)
        return MARKER_NONE;
    *meant = markers[near == sides[0] ? 0 : 1];
    return MARKER_FAULTY;
}

/* Markers of other tools: to run their files as they stand would run both ways. */
static const struct {
    const char *words, *tool;
} foreign[] = {
    {"+goose up", "goose"},
    {"+goose down", "goose"},
    {"+migrate up", "sql-migrate"},
    {"+migrate down", "sql-migrate"},
    {"up migration", "node-pg-migrate"},
    {"down migration", "node-pg-migrate"},
    {"rambler up", "rambler"},
    {"rambler down", "rambler"},
    {"-- create above / drop below ----", "tern"},
};

static const char *foreign_tool(const char *comment, size_t length)
{
    const char *words;
    size_t count;
    if (!layout_comment(comment, length, &words, &count))
        return NULL;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (count == strlen(foreign[i].words) && strncasecmp(words, foreign[i].words, count) == 0)
            return foreign[i].tool;
    return NULL;
}

bool revision_is_marker(const char *comment, size_t length)
{
    const char *meant;
    return judge(comment, length, &meant) != MARKER_NONE || foreign_tool(comment, length) != NULL;
}

static enum marker read_marker(struct revision_source *source, const struct sql_piece *piece)
{
    const char *meant, *comment = source->text + piece->offset;
    int length = (int)piece->length;
    enum marker marker = judge(comment, piece->length, &meant);
    const char *tool = marker == MARKER_NONE ? foreign_tool(comment, piece->length) : NULL;
    if ((marker == MARKER_UP || marker == MARKER_DOWN) && revision_alone_on_line(source, piece->offset))
        return marker;

    if (tool != NULL && layout_find(tool) != NULL)
        REVISION_FAULT(source, piece->place, "'%.*s' is a section marker of %s: set layout = %s", length, comment,
                       tool, tool);
    else if (tool != NULL)
        REVISION_FAULT(source, piece->place, "'%.*s' is a section marker of %s, whose layout is not known here",
                       length, comment, tool);
    else if (marker != MARKER_FAULTY)
        REVISION_FAULT(source, piece->place, "a section marker stands on a line of its own");
    else if (meant != NULL)
        REVISION_FAULT(source, piece->place, "'%.*s' is no section marker, did you mean '%s'?", length, comment,
                       meant);
    else
        REVISION_FAULT(source, piece->place,
                       "'%.*s' is no section marker: there are '-- migrated:up' and '-- migrated:down'", length,
                       comment);
    return MARKER_FAULTY;
}

const struct layout_marks revision_marks = {
    .up = "-- migrated:up",
    .down = "-- migrated:down",
    .is_marker = revision_is_marker,
    .read = read_marker,
    .header = revision_header_read,
    .way_back = "`-- migrated:down` section",
    .outside = "transaction: off",
};
