#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Lead bytes, and what the byte behind them may be; every further byte is 0x80 to 0xBF (Unicode, table 3-7). */
static const struct form {
    unsigned char first, last;     /* lead byte */
    unsigned char lowest, highest; /* second byte */
    unsigned char length;
} forms[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* The length of the multibyte character that `bytes` begins with, 0 if it is none. */
static size_t character(const unsigned char *bytes, size_t length)
{
    for (const struct form *form = forms; form < forms + sizeof forms / sizeof *forms; form++) {
        if (bytes[0] < form->first || bytes[0] > form->last)
            continue;
        if (length < form->length || bytes[1] < form->lowest || bytes[1] > form->highest)
            return 0;
        for (size_t i = 2; i < form->length; i++)
            if ((bytes[i] & 0xC0) != 0x80)
                return 0;
        return form->length;
    }
    return 0;
}

size_t utf8_valid_length(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        uint64_t eight;
        if (length - at >= sizeof eight) {
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        if (bytes[at] < 0x80) {
            at++;
            continue;
        }
        size_t width = character(bytes + at, length - at);
        if (width == 0)
            break;
        at += width;
    }
    return at;
}
