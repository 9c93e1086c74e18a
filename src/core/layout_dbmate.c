/*
 * dbmate: VERSION_WORDS.sql with `-- migrate:up` and `-- migrate:down`, in the order of the names as text
 * (pkg/dbmate/db.go, pkg/dbmate/migration.go). The version is text: "01" is not "1".
 */
#include "core/sql_scan.h"
#include "layout_parts.h"

#include <string.h>

static bool takes(const char *name)
{
    return layout_is_file(name) && layout_digits(name) > 0 && layout_ends(name, ".sql");
}

static const char *message(struct arena *arena, const char *name, size_t digits)
{
    const char *begin = name + digits + strspn(name + digits, "_-");
    return layout_words(arena, begin, strlen(begin) - strlen(".sql"));
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!takes(name))
            continue;
        size_t digits = layout_digits(name);
        const char *version = arena_copy(listing->arena, name, digits);
        struct layout_entry *entry = layout_add(listing, version, version);
        entry->up = entry->down = name;
        entry->message = message(listing->arena, name, digits);
    }
    layout_order(listing, strcmp); /* finds two of one version */
    for (size_t i = 0; i < listing->count; i++)
        listing->entries[i].key = listing->entries[i].up;
    layout_order(listing, strcmp);
}

/* What stands behind "migrate:"; NULL: the comment is no marker, nor meant as one. */
static const char *directive(const char *comment, size_t length, size_t *rest)
{
    static const char prefix[] = "migrate:";
    const char *words;
    if (!layout_comment(comment, length, &words, rest) || *rest < sizeof prefix - 1 ||
        memcmp(words, prefix, sizeof prefix - 1) != 0)
        return NULL;
    *rest -= sizeof prefix - 1;
    return words + sizeof prefix - 1;
}

static bool is_marker(const char *comment, size_t length)
{
    size_t rest;
    return directive(comment, length, &rest) != NULL;
}

static size_t word_length(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && strchr(" \t\f\v\r", text[count]) == NULL)
        count++;
    return count;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* Of the pairs behind the marker only this one means something. */
static bool says_outside(const char *text, size_t length)
{
    while (length > 0) {
        size_t word = word_length(text, length);
        if (is_word(text, word, "transaction:false"))
            return true;
        word += word == 0; /* a blank */
        text += word;
        length -= word;
    }
    return false;
}

static enum marker read_marker(struct revision_source *source, const struct sql_piece *piece)
{
    size_t length;
    const char *words = directive(source->text + piece->offset, piece->length, &length);
    size_t word = word_length(words, length);
    bool up = is_word(words, word, "up"), down = is_word(words, word, "down");
    if (!up && !down)
        REVISION_FAULT(source, piece->place,
                       "'%.*s' is no section marker: there are '-- migrate:up' and '-- migrate:down'",
                       (int)piece->length, source->text + piece->offset);
    else if (!revision_alone_on_line(source, piece->offset))
        REVISION_FAULT(source, piece->place, "a section marker stands on a line of its own");
    else {
        source->transaction = says_outside(words + word, length - word) ? TRANSACTION_OFF : TRANSACTION_UNSAID;
        source->transaction_place = piece->place;
        return up ? MARKER_UP : MARKER_DOWN;
    }
    return MARKER_FAULTY;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct layout_line line = {0};
    size_t rest;
    (void)names;
    while (layout_next_line(head, length, &line))
        if (directive(line.text, line.length, &rest) != NULL)
            return true;
    return false;
}

static const struct layout_marks marks = {
    .up = "-- migrate:up",
    .down = "-- migrate:down",
    .is_marker = is_marker,
    .read = read_marker,
    .needed = true,
    .ordered = true,
    .way_back = "`-- migrate:down` section",
    .outside = "transaction:false",
};

const struct layout layout_dbmate = {
    .name = "dbmate",
    .tool = "dbmate",
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
