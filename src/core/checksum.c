#include "core/revision_file.h"

#include "base/digest.h"

#include <string.h>

static bool is_line_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static void add_feeds(struct digest *digest, size_t count)
{
    static const char feeds[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    for (size_t some; count > 0; count -= some) {
        some = count < sizeof feeds - 1 ? count : sizeof feeds - 1;
        digest_add(digest, feeds, some);
    }
}

/* Line feeds are held back until a line with something on it follows; lines that stay as they are go in together. */
void revision_checksum(const char *text, size_t length, char checksum[DIGEST_HEX_SIZE])
{
    struct digest *digest = digest_begin();
    size_t at = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    size_t begin = at, kept = at, feeds = 0; /* from begin to kept: not added yet */

    while (at < length) {
        const char *feed = memchr(text + at, '\n', length - at);
        size_t end = feed == NULL ? length : (size_t)(feed - text), next = feed == NULL ? length : end + 1;
        while (end > at && is_line_blank(text[end - 1]))
            end--;
        if (end > at) {
            if (at - kept != feeds) { /* more than the line feeds stands there */
                digest_add(digest, text + begin, kept - begin);
                add_feeds(digest, feeds);
                begin = at;
            }
            kept = end;
            feeds = 0;
        }
        feeds++;
        at = next;
    }
    digest_add(digest, text + begin, kept - begin);

    unsigned char result[DIGEST_BYTES];
    digest_end(digest, result);
    digest_hex(result, checksum);
}
