#include "layout_parts.h"

#include <string.h>
#include <strings.h>

/* A name in capitals is taken too: whoever reads it says that it should not be so. */
static bool takes(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcasecmp(name + length - 4, ".sql") == 0 && layout_is_file(name);
}

static bool is_ours(const char *words, size_t length)
{
    static const char *const ours[] = {"migrated:", "revision:", "down_revision:"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (length >= strlen(ours[i]) && strncasecmp(words, ours[i], strlen(ours[i])) == 0)
            return true;
    return false;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct layout_line line = {0};
    const char *words;
    size_t words_length;
    (void)names;
    while (layout_next_line(head, length, &line))
        if (layout_comment(line.text, line.length, &words, &words_length) && is_ours(words, words_length))
            return true;
    return false;
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!takes(name))
            continue;
        struct layout_entry *entry = layout_add(listing, NULL, NULL);
        entry->up = entry->down = name;
    }
}

const struct layout layout_native = {
    .name = "native",
    .tool = "migrated",
    .told = true,
    .recognises = recognises,
    .list = list,
    .marks = &revision_marks,
};
