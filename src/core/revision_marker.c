#include "base/suggest.h"
#include "revision_parts.h"

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

enum marker revision_marker(const char *comment, size_t length, const char **meant)
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
