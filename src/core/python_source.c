#include "python_source.h"

#include "base/arena.h"
#include "utf8.h"

#include <string.h>
#include <strings.h>

size_t python_source_begin(const struct python_source *source)
{
    return source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

struct place python_source_place(const struct python_source *source, size_t offset)
{
    struct place place = {1, 1};
    const char *text = source->text;
    for (size_t at = python_source_begin(source); at < offset && at < source->length; at++) {
        bool breaks = text[at] == '\n' || (text[at] == '\r' && (at + 1 == source->length || text[at + 1] != '\n'));
        if (breaks)
            place = (struct place){place.line + 1, 1};
        else if (((unsigned char)text[at] & 0xC0) != 0x80 || source->encoding != NULL)
            place.column++;
    }
    return place;
}

/* What a `coding:` comment in the first two lines says (PEP 263), or NULL. */
static const char *find_cookie(const struct python_source *source)
{
    const char *at = source->text + python_source_begin(source), *end = source->text + source->length;
    for (int line = 0; line < 2 && at < end; line++) {
        const char *stop = at;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        while (at < stop && strchr(" \t\f", *at) != NULL)
            at++;
        if (at < stop && *at != '#')
            return NULL;
        const char *found = memmem(at, (size_t)(stop - at), "coding", 6);
        if (found != NULL && found + 6 < stop && (found[6] == ':' || found[6] == '=')) {
            const char *name = found + 7;
            while (name < stop && (*name == ' ' || *name == '\t'))
                name++;
            return arena_copy(source->arena, name, (size_t)(stop - name));
        }
        at = stop + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
    }
    return NULL;
}

static bool begins_with_one_of(const char *name, const char *const *beginnings)
{
    for (; *beginnings != NULL; beginnings++)
        if (strncasecmp(name, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

/* Set the encoding; false with a fault: it is unknown, or bytes are none of it. */
static bool check_encoding(struct python_source *source)
{
    static const char *const unicode[] = {"utf-8", "utf8", "utf_8", "ascii", "us-ascii", NULL};
    static const char *const one_byte[] = {"latin", "iso-8859", "iso8859", "cp125", "windows-125", "koi8", NULL};
    const char *cookie = find_cookie(source);
    if (cookie != NULL && !begins_with_one_of(cookie, unicode)) {
        source->encoding = arena_copy(source->arena, cookie, strcspn(cookie, " \t;,*"));
        if (begins_with_one_of(cookie, one_byte))
            return true;
        fault_add(source->faults, source->path, 1, 1, "files in %s are not read: save the file as UTF-8",
                  source->encoding);
        return false;
    }
    struct place place;
    size_t valid = utf8_valid_length(source->text, source->length);
    if (valid == source->length)
        return true;
    place = python_source_place(source, valid);
    fault_add(source->faults, source->path, place.line, place.column,
              "byte 0x%02x is not UTF-8: save the file as UTF-8", (unsigned)(unsigned char)source->text[valid]);
    return false;
}

static bool refuse_nul(struct python_source *source)
{
    const char *nul = source->length == 0 ? NULL : memchr(source->text, '\0', source->length);
    if (nul == NULL)
        return false;
    struct place place = python_source_place(source, (size_t)(nul - source->text));
    fault_add(source->faults, source->path, place.line, place.column, "a NUL byte: save the file as UTF-8 text");
    return true;
}

bool python_source_check(struct python_source *source)
{
    return !refuse_nul(source) && check_encoding(source);
}
