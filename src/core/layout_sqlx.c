/*
 * sqlx: VERSION_WORDS.sql, or VERSION_WORDS.up.sql and .down.sql, in the order of the numbers
 * (sqlx-core/src/migrate/source.rs). Alone either looks like another layout's, and is in the same order there: only the
 * two together are recognised.
 */
#include "layout_parts.h"

#include <string.h>

enum kind { KIND_NONE, KIND_SIMPLE, KIND_UP, KIND_DOWN };

/* As sqlx does: up to the first underscore the version, whatever it is. */
static enum kind kind_of(const char *name)
{
    if (!layout_is_file(name) || strchr(name, '_') == NULL || !layout_ends(name, ".sql"))
        return KIND_NONE;
    return layout_ends(name, ".up.sql") ? KIND_UP : layout_ends(name, ".down.sql") ? KIND_DOWN : KIND_SIMPLE;
}

static bool has_number(const char *name)
{
    size_t digits = layout_digits(name);
    return digits > 0 && name[digits] == '_';
}

static void add(struct layout_listing *listing, const char *name, enum kind kind)
{
    static const char *const suffixes[] = {"", ".sql", ".up.sql", ".down.sql"};
    size_t digits = layout_digits(name);
    const char *number = layout_number(listing, name, digits);
    if (number == NULL)
        return;
    struct layout_entry *entry = layout_add(listing, number, number);
    const char *words = name + digits + 1;
    entry->message = layout_words(listing->arena, words, strlen(words) - strlen(suffixes[kind]));
    *(kind == KIND_DOWN ? &entry->down : &entry->up) = name;
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        enum kind kind = kind_of(name);
        if (kind == KIND_NONE)
            continue;
        if (has_number(name))
            add(listing, name, kind);
        else
            layout_fault(listing, name, "its name has no number before the first '_': sqlx refuses it too");
    }
    layout_order_pairs(listing);
    for (size_t i = 0; i < listing->count; i++)
        if (listing->entries[i].up == NULL)
            layout_fault(listing, listing->entries[i].down, "a way back, but there is no way up of version %s",
                         listing->entries[i].id);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    bool simple = false, pairs = false;
    (void)head, (void)length;
    for (size_t i = 0; i < names->count; i++) {
        enum kind kind = has_number(names->items[i]) ? kind_of(names->items[i]) : KIND_NONE;
        simple |= kind == KIND_SIMPLE;
        pairs |= kind == KIND_UP || kind == KIND_DOWN;
    }
    return simple && pairs;
}

static void read_header(struct revision_source *source)
{
    static const char mark[] = "-- no-transaction";
    size_t begin = revision_text_begin(source);
    if (source->length - begin < sizeof mark - 1 || memcmp(source->text + begin, mark, sizeof mark - 1) != 0)
        return;
    source->transaction = TRANSACTION_OFF;
    source->transaction_place = (struct place){1, 1};
}

static const struct layout_marks marks = {
    .way_back = ".down.sql file", .header = read_header, .outside = "no-transaction"};

const struct layout layout_sqlx = {
    .name = "sqlx",
    .tool = "sqlx",
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
