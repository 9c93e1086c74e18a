#include "cli/revision_name.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SLUG   40
#define MOST_DIGITS 18

/* ---- the words ---- */

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (unsigned char)byte >= 0x80;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* At a word's border; a single long word at a character's. */
static void cut(char *slug, char separator)
{
    size_t length = MOST_SLUG;
    if (strlen(slug) <= length)
        return;
    bool at_border = slug[length] == separator;
    while ((slug[length] & 0xC0) == 0x80) /* the middle of a character */
        length--;
    slug[length] = '\0';
    char *last = strrchr(slug, separator);
    if (!at_border && last != NULL)
        *last = '\0';
}

const char *revision_name_slug(struct arena *arena, const char *message, char separator)
{
    char *slug = arena_alloc(arena, strlen(message) + 1);
    size_t length = 0;
    for (const char *at = message; *at != '\0'; at++) {
        if (is_word_byte(*at))
            slug[length++] = lower(*at);
        else if (length > 0 && slug[length - 1] != separator)
            slug[length++] = separator;
    }
    if (length > 0 && slug[length - 1] == separator)
        slug[--length] = '\0';
    cut(slug, separator);
    return slug;
}

/* ---- the number ---- */

struct number {
    uint64_t value;
    size_t width;
    char separator; /* '\0': the name is not numbered */
};

static struct number read_number(const char *name)
{
    size_t width = strspn(name, "0123456789");
    char next = name[width] == '\0' ? '_' : name[width];
    if (width == 0 || width > MOST_DIGITS || (next != '_' && next != '-' && next != '.'))
        return (struct number){0};
    return (struct number){strtoull(name, NULL, 10), width, next};
}

/* YYYYMMDD, YYYYMMDDhhmm, YYYYMMDDhhmmss */
static bool is_date(struct number number)
{
    uint64_t year = number.value;
    if (number.width != 8 && number.width != 12 && number.width != 14)
        return false;
    for (size_t i = number.width; i > 4; i--)
        year /= 10;
    return year >= 1970 && year < 2200;
}

static uint64_t following(struct arena *arena, struct number highest, const char *now)
{
    if (is_date(highest)) {
        uint64_t present = strtoull(arena_copy(arena, now, highest.width), NULL, 10);
        if (present > highest.value)
            return present;
    }
    return highest.value + 1;
}

const char *revision_name_next(struct arena *arena, const struct names *names, const char *message, const char *now)
{
    struct number highest = {0};
    size_t numbered = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct number number = read_number(names->items[i]);
        numbered += number.separator != '\0';
        if (number.separator != '\0' && (highest.separator == '\0' || number.value > highest.value))
            highest = number;
    }
    if (names->count == 0)
        highest = (struct number){0, 4, '_'};
    bool continues = names->count == 0 || 2 * numbered > names->count;

    const char *slug = revision_name_slug(arena, message, continues ? highest.separator : '_');
    if (*slug == '\0')
        return NULL;
    if (!continues)
        return arena_printf(arena, "%s_%s", now, slug);
    return arena_printf(arena, "%0*" PRIu64 "%c%s", (int)highest.width, following(arena, highest, now),
                        highest.separator, slug);
}
