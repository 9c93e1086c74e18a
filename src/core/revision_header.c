#include "base/duration.h"
#include "base/suggest.h"
#include "base/text.h"
#include "core/sql_scan.h"
#include "revision_parts.h"

#include <string.h>
#include <strings.h>

/* A span of one line of the file. */
struct span {
    const char *text;
    size_t length;
    struct place place;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\v';
}

/* Behind bytes that are a character each. */
static struct span behind(struct span span, size_t bytes)
{
    span.place.column += (unsigned)bytes;
    span.text += bytes;
    span.length -= bytes;
    return span;
}

static struct span span_from(struct span span, size_t offset)
{
    span.place = place_after(span.place, span.text, offset);
    span.text += offset;
    span.length -= offset;
    return span;
}

static struct span trim(struct span span)
{
    size_t blanks = 0;
    while (blanks < span.length && is_blank(span.text[blanks]))
        blanks++;
    span = behind(span, blanks);
    while (span.length > 0 && is_blank(span.text[span.length - 1]))
        span.length--;
    return span;
}

static bool is_none(struct span span)
{
    return span.length == 0 || (span.length == 4 && strncasecmp(span.text, "none", 4) == 0);
}

/* Does the text begin with a character that no id may hold? */
static bool illegal(const char *text)
{
    unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
    if (first <= ' ' || first == 0x7F || first == ',' || first == '@' || first == '+' || first == ':')
        return true;
    return first == 0xC2 && second >= 0x80 && second <= 0xA0; /* C1 controls, no-break space */
}

bool revision_id_check(struct revision_source *source, const char *id, struct place place)
{
    const char *at = id;
    while (*at != '\0' && !illegal(at))
        at++;
    if (id[0] == '\0')
        REVISION_FAULT(source, place, "the revision id is empty");
    else if (*at == '\0')
        return true;
    else if (*at > ' ' && *at < 0x7F)
        REVISION_FAULT(source, place, "'%c' is not allowed in a revision id or label ('%s')", *at, id);
    else
        REVISION_FAULT(source, place,
                       "blanks and control characters are not allowed in a revision id or label ('%s')", id);
    return false;
}

/* Split at commas. `none`, alone, or nothing at all is the empty list. */
static struct names read_names(struct revision_source *source, struct span value)
{
    struct names names = {0};
    size_t most = 1;
    if (is_none(value))
        return names;
    for (size_t i = 0; i < value.length; i++)
        most += value.text[i] == ',';

    names.items = arena_array(source->arena, most, sizeof *names.items);
    for (size_t at = 0; at <= value.length;) {
        struct span rest = span_from(value, at);
        const char *comma = memchr(rest.text, ',', rest.length);
        if (comma != NULL)
            rest.length = (size_t)(comma - rest.text);
        at += rest.length + 1;

        struct span item = trim(rest);
        const char *name = arena_copy(source->arena, item.text, item.length);
        if (item.length == 0)
            REVISION_FAULT(source, item.place, "a name is missing beside the comma");
        else if (is_none(item))
            REVISION_FAULT(source, item.place, "'none' stands alone, not in a list");
        else if (revision_id_check(source, name, item.place))
            names.items[names.count++] = name;
    }
    return names;
}

static const char *copy(struct revision_source *source, struct span value)
{
    return arena_copy(source->arena, value.text, value.length);
}

static void read_revision(struct revision_source *source, struct span value)
{
    const char *id = copy(source, value);
    revision_id_check(source, id, value.place);
    source->revision->id = id;
    source->revision->id_place = value.place;
}

static void read_down_revision(struct revision_source *source, struct span value)
{
    source->revision->has_down_revision = true;
    source->revision->down_revision_place = value.place;
    source->revision->down_revisions = read_names(source, value);
}

static void read_message(struct revision_source *source, struct span value)
{
    source->revision->message = copy(source, value);
}

static void read_depends_on(struct revision_source *source, struct span value)
{
    source->revision->depends_on_place = value.place;
    source->revision->depends_on = read_names(source, value);
}

static void read_labels(struct revision_source *source, struct span value)
{
    source->revision->labels_place = value.place;
    source->revision->labels = read_names(source, value);
}

/* Fault a value that is none of the known words. */
static void unknown_word(struct revision_source *source, struct span value, const char *header,
                         const char *const *known, size_t count, const char *choice)
{
    const char *word = copy(source, value), *near = suggest(word, known, count);
    if (near != NULL)
        REVISION_FAULT(source, value.place, "'%s' is no %s, did you mean '%s'? (%s)", word, header, near, choice);
    else
        REVISION_FAULT(source, value.place, "'%s' is no %s: it is %s", word, header, choice);
}

static void read_phase(struct revision_source *source, struct span value)
{
    static const char *const known[] = {"expand", "data", "contract"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i]) == value.length && strncasecmp(known[i], value.text, value.length) == 0) {
            source->revision->phase = (enum revision_phase)i;
            return;
        }
    }
    unknown_word(source, value, "phase", known, sizeof known / sizeof *known, "expand, data or contract");
}

static void read_transaction(struct revision_source *source, struct span value)
{
    static const char *const known[] = {"on", "off"};
    source->transaction_place = value.place;
    if (value.length == 2 && strncasecmp(value.text, "on", 2) == 0)
        source->transaction = TRANSACTION_ON;
    else if (value.length == 3 && strncasecmp(value.text, "off", 3) == 0)
        source->transaction = TRANSACTION_OFF;
    else
        unknown_word(source, value, "transaction mode", known, sizeof known / sizeof *known, "on or off");
}

/* A reason that is not given is no reason. */
static const char *read_reason(struct revision_source *source, struct span value, const char *header)
{
    if (value.length > 0)
        return copy(source, value);
    REVISION_FAULT(source, value.place, "'%s' needs a reason behind the colon", header);
    return NULL;
}

static void read_data_loss(struct revision_source *source, struct span value)
{
    source->revision->data_loss = read_reason(source, value, "data_loss");
}

static void read_irreversible(struct revision_source *source, struct span value)
{
    source->irreversible_place = value.place;
    source->revision->irreversible = read_reason(source, value, "irreversible");
}

static void read_duration(struct revision_source *source, struct span value, int64_t *ms)
{
    const char *text = copy(source, value);
    if (duration_parse(text, false, ms))
        return;
    int64_t bare;
    if (duration_parse(text, true, &bare))
        REVISION_FAULT(source, value.place, "'%s' has no unit: write %ss for seconds or %sms for milliseconds", text,
                       text, text);
    else
        REVISION_FAULT(source, value.place, "'%s' is no duration: write 250ms, 5s, 10min or 2h", text);
}

static void read_lock_timeout(struct revision_source *source, struct span value)
{
    read_duration(source, value, &source->revision->lock_timeout_ms);
}

static void read_statement_timeout(struct revision_source *source, struct span value)
{
    read_duration(source, value, &source->revision->statement_timeout_ms);
}

static void read_online_timeout(struct revision_source *source, struct span value)
{
    read_duration(source, value, &source->revision->online_timeout_ms);
}

enum { HEADERS = 12 };

/* In two arrays, as suggest() wants the words alone. */
static const char *const header_words[HEADERS] = {
    "revision",     "down_revision", "message",      "depends_on",        "labels",         "phase", "data_loss",
    "irreversible", "transaction",   "lock_timeout", "statement_timeout", "online_timeout",
};

static void (*const header_readers[HEADERS])(struct revision_source *source, struct span value) = {
    read_revision,    read_down_revision, read_message,           read_depends_on,
    read_labels,      read_phase,         read_data_loss,         read_irreversible,
    read_transaction, read_lock_timeout,  read_statement_timeout, read_online_timeout,
};

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

/* Split a comment into `word: value`; false if it has no such form. */
static bool split(struct span comment, struct span *word, struct span *value)
{
    *word = trim(behind(comment, 2));
    size_t length = 0;
    while (length < word->length && is_word_byte(word->text[length]))
        length++;
    size_t colon = length;
    while (colon < word->length && is_blank(word->text[colon]))
        colon++;
    if (length == 0 || colon == word->length || word->text[colon] != ':')
        return false;
    *value = trim(behind(*word, colon + 1));
    word->length = length;
    return true;
}

static size_t find_header(struct span word)
{
    char initial = (char)(word.text[0] | 0x20);
    size_t i = 0;
    while (i < HEADERS && (header_words[i][0] != initial || strlen(header_words[i]) != word.length ||
                           strncasecmp(header_words[i], word.text, word.length) != 0))
        i++;
    return i;
}

/* Where a second header begins on the same line ("-- depends_on: a   -- labels: b"); the comment's length if none. */
static size_t second_header(struct span comment)
{
    for (size_t i = 2; i + 2 < comment.length; i++) {
        if (comment.text[i] != '-' || comment.text[i + 1] != '-' || !is_blank(comment.text[i - 1]))
            continue;
        struct span rest = comment, word, value;
        rest.text += i;
        rest.length -= i;
        if (split(rest, &word, &value) && find_header(word) < HEADERS)
            return i;
    }
    return comment.length;
}

static void refuse_header(struct revision_source *source, struct span word, const char *meant)
{
    if (meant != NULL)
        REVISION_FAULT(source, word.place, "unknown header '%s', did you mean '%s'?", copy(source, word), meant);
}

/* Comments say much before a colon: of several words only two that are near a header of two are meant as one. */
static void judge_phrase(struct revision_source *source, struct span comment)
{
    static const char *const known[] = {"down_revision", "depends_on",        "data_loss",
                                        "lock_timeout",  "statement_timeout", "online_timeout"};
    struct span phrase = trim(span_from(comment, 2));
    const char *colon = memchr(phrase.text, ':', phrase.length);
    if (colon == NULL)
        return;
    phrase.length = (size_t)(colon - phrase.text);
    phrase = trim(phrase);
    char *words = arena_copy(source->arena, phrase.text, phrase.length);
    size_t blanks = 0;
    for (size_t i = 0; i < phrase.length; i++) {
        if (is_blank(words[i])) {
            words[i] = '_';
            blanks++;
        } else if (!is_word_byte(words[i])) {
            return;
        }
    }
    if (blanks == 1)
        refuse_header(source, phrase, suggest(words, known, sizeof known / sizeof *known));
}

/* "depends" is too far from depends_on for a typing mistake, and what people write. */
static const char *meant_header(const char *unknown)
{
    return strcasecmp(unknown, "depends") == 0 ? "depends_on" : suggest(unknown, header_words, HEADERS);
}

static void read_header(struct revision_source *source, struct span comment, struct place *seen)
{
    struct span word, value;
    if (!split(comment, &word, &value)) {
        judge_phrase(source, comment);
        return;
    }
    size_t header = find_header(word);
    if (header == HEADERS) {
        refuse_header(source, word, meant_header(copy(source, word)));
        return;
    }
    if (seen[header].line != 0) {
        REVISION_FAULT(source, word.place, "header '%s' is given twice, first in line %u", header_words[header],
                       seen[header].line);
        return;
    }
    seen[header] = word.place;
    header_readers[header](source, value);
}

/* To the server a carriage return ends a comment too. */
static struct span next_line(const struct revision_source *source)
{
    const char *text = source->text + source->body;
    size_t length = source->length - source->body;
    for (const char *ends = "\n\r"; *ends != '\0'; ends++) {
        const char *end = memchr(text, *ends, length);
        length = end == NULL ? length : (size_t)(end - text);
    }
    return (struct span){text, length, source->body_place};
}

static void go_behind(struct revision_source *source, struct span line)
{
    size_t length = line.length + (source->body + line.length < source->length);
    source->body += length;
    source->body_place = place_after(source->body_place, line.text, length);
}

void revision_header_read(struct revision_source *source)
{
    struct place seen[HEADERS] = {0};
    if (source->length > 0 && memchr(source->text, '\0', source->length) != NULL)
        return; /* values would be cut; the scanner tells of the NUL */
    for (struct span line; source->body < source->length; go_behind(source, line)) {
        line = next_line(source);
        struct span comment = trim(line);
        if (comment.length == 0)
            continue;
        if (comment.length < 2 || memcmp(comment.text, "--", 2) != 0 ||
            revision_is_marker(comment.text, comment.length))
            return;
        while (comment.length > 0) {
            size_t length = second_header(comment);
            struct span one = comment;
            one.length = length;
            read_header(source, one, seen);
            comment = span_from(comment, length);
        }
    }
}
