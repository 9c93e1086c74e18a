/*
 * golang-migrate, and Mattermost's morph: VERSION_TITLE.up.sql and VERSION_TITLE.down.sql, in the order of the numbers
 * (source/parse.go, source/migration.go). A version may have one of the two only; titles may differ.
 */
#include "layout_parts.h"

#include <string.h>

struct parsed {
    size_t digits;
    const char *title, *title_end;
    enum direction direction;
    const char *extension;
};

/* ^([0-9]+)_(.*)\.(up|down)\.(.*)$: of several words the last one counts. */
static bool parse(const char *name, struct parsed *parsed)
{
    *parsed = (struct parsed){.digits = layout_digits(name)};
    if (parsed->digits == 0 || name[parsed->digits] != '_' || !layout_is_file(name))
        return false;
    parsed->title = name + parsed->digits + 1;
    for (const char *dot = strchr(parsed->title, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        bool up = strncmp(dot, ".up.", 4) == 0, down = strncmp(dot, ".down.", 6) == 0;
        if (!up && !down)
            continue;
        parsed->title_end = dot;
        parsed->direction = up ? DIRECTION_UPGRADE : DIRECTION_DOWNGRADE;
        parsed->extension = dot + (up ? 4 : 6);
    }
    return parsed->title_end != NULL;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct parsed parsed;
    (void)head, (void)length;
    if (layout_pop_names(names))
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (parse(names->items[i], &parsed) && strcmp(parsed.extension, "sql") == 0)
            return true;
    return false;
}

static void add(struct layout_listing *listing, const char *name, const struct parsed *parsed)
{
    const char *number = layout_number(listing, name, parsed->digits);
    if (number == NULL)
        return;
    struct layout_entry *entry = layout_add(listing, number, number);
    entry->message = layout_words(listing->arena, parsed->title, (size_t)(parsed->title_end - parsed->title));
    *(parsed->direction == DIRECTION_UPGRADE ? &entry->up : &entry->down) = name;
}

static void list(struct layout_listing *listing)
{
    struct parsed parsed;
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!parse(name, &parsed))
            continue;
        if (strcmp(parsed.extension, "sql") == 0)
            add(listing, name, &parsed);
        else
            layout_fault(listing, name,
                         "golang-migrate would run it, but its name does not end in .sql: move it away");
    }
    layout_order_pairs(listing);
}

/* morph's own mark, among the comments at the top. */
static void read_header(struct revision_source *source)
{
    static const char mark[] = "morph:nontransactional";
    size_t begin = revision_text_begin(source);
    struct layout_line line = {0};
    const char *words;
    size_t length;
    while (layout_next_line(source->text + begin, source->length - begin, &line)) {
        if (line.length == 0)
            continue;
        if (!layout_comment(line.text, line.length, &words, &length))
            return;
        if (length != strlen(mark) || memcmp(words, mark, length) != 0)
            continue;
        source->transaction = TRANSACTION_OFF;
        source->transaction_place = (struct place){line.number, 1};
        return;
    }
}

static const struct layout_marks marks = {
    .way_back = ".down.sql file", .header = read_header, .outside = "morph:nontransactional"};

const struct layout layout_golang_migrate = {
    .name = "golang-migrate",
    .tool = "golang-migrate",
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
