#include "core/output.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#define MOST_RAW 8192 /* bytes of a line that are looked at; the rest of it is dropped */
#define STARS    "***"
#define ESCAPE   '\033'

/* ---- secrets ---- */

/* The longest that stands here: one may begin another. */
static size_t secret_at(const struct names *secrets, const char *text, size_t left)
{
    size_t longest = 0;
    for (size_t i = 0; i < secrets->count; i++) {
        size_t length = strlen(secrets->items[i]);
        if (length > longest && length <= left && memcmp(text, secrets->items[i], length) == 0)
            longest = length;
    }
    return longest;
}

/* ---- cleaning ---- */

/* An escape sequence as terminals take it: ESC [ parameters letter, or ESC and one character. */
static size_t escape_length(const char *text, size_t left)
{
    size_t length = 1;
    if (left < 2 || text[1] != '[')
        return left < 2 ? left : 2;
    for (length = 2; length < left; length++)
        if (text[length] >= '@' && text[length] <= '~')
            return length + 1;
    return length;
}

/* U+0080 to U+009F, which terminals obey as well. */
static bool is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    return first < ' ' || first == 0x7f || (length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static size_t character_length(const char *text, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++)
        if (utf8_valid_length(text, length) == length)
            return length;
    return 0;
}

static void add_clean(struct text *line, const struct names *secrets, const char *raw, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t left = length - at, secret = secret_at(secrets, raw + at, left);
        size_t character = character_length(raw + at, left);
        if (secret > 0) {
            text_add(line, STARS);
            at += secret;
        } else if (raw[at] == ESCAPE) {
            at += escape_length(raw + at, left);
        } else if (character == 0) {
            text_add_char(line, '?');
            at++;
        } else {
            if (raw[at] == '\t')
                text_add_char(line, ' ');
            else if (!is_control(raw + at, character))
                text_add_bytes(line, raw + at, character);
            at += character;
        }
    }
}

/* ---- lines ---- */

static void end_line(struct output *output, struct text *partial)
{
    char shown[OUTPUT_LINE + 1];
    struct text line = {0};
    add_clean(&line, &output->secrets, text_string(partial), partial->length);
    text_clear(partial);
    error_copy(shown, sizeof shown, text_string(&line), line.length);
    text_finish(&line);
    if (shown[strspn(shown, " ")] == '\0')
        return;
    char **kept = &output->last[output->count++ % OUTPUT_LAST];
    free(*kept);
    *kept = memory_string(shown);
    output->line(output->context, shown);
}

void output_feed(struct output *output, unsigned stream, const char *bytes, size_t length)
{
    struct text *partial = &output->partial[stream];
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && bytes[end] != '\n' && bytes[end] != '\r')
            end++;
        size_t room = partial->length < MOST_RAW ? MOST_RAW - partial->length : 0;
        text_add_bytes(partial, bytes + at, end - at < room ? end - at : room);
        if (end < length)
            end_line(output, partial);
        at = end + 1;
    }
}

void output_end(struct output *output)
{
    end_line(output, &output->partial[0]);
    end_line(output, &output->partial[1]);
}

struct names output_last(const struct output *output, struct arena *arena, size_t most)
{
    size_t count = output->count < OUTPUT_LAST ? output->count : OUTPUT_LAST;
    count = count < most ? count : most;
    struct names lines = {.items = arena_array(arena, count, sizeof *lines.items)};
    for (size_t i = output->count - count; i < output->count; i++)
        lines.items[lines.count++] = output->last[i % OUTPUT_LAST];
    return lines;
}

void output_finish(struct output *output)
{
    for (size_t i = 0; i < OUTPUT_LAST; i++)
        free(output->last[i]);
    text_finish(&output->partial[0]);
    text_finish(&output->partial[1]);
    *output = (struct output){0};
}
