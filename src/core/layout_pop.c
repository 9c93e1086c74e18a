/*
 * pop, and Ory's popx: VERSION_WORDS[.DIALECT][.autocommit].up.sql and .down.sql, in folders too, in the order of the
 * versions as text (gobuffalo/pop: migrator.go, match.go, dialect names in connection_details.go; ory/x: popx/match.go,
 * migration_info.go). A file for PostgreSQL wins over a generic one of its version; those for other databases are none
 * of ours. Fizz is code.
 */
#include "core/sql_scan.h"
#include "layout_parts.h"

#include <string.h>

enum dialect { DIALECT_NONE, DIALECT_POSTGRES, DIALECT_OTHER, DIALECT_UNKNOWN };

struct parsed {
    const char *version, *words, *words_end;
    size_t digits;
    enum dialect dialect;
    bool autocommit, fizz;
    enum direction direction;
};

/* ---- names ---- */

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static enum dialect dialect_of(const char *text, size_t length)
{
    static const struct {
        const char *word;
        enum dialect dialect;
    } known[] = {
        {"postgres", DIALECT_POSTGRES}, {"postgresql", DIALECT_POSTGRES}, {"pg", DIALECT_POSTGRES},
        {"cockroach", DIALECT_OTHER},   {"cockroachdb", DIALECT_OTHER},   {"crdb", DIALECT_OTHER},
        {"mysql", DIALECT_OTHER},       {"mariadb", DIALECT_OTHER},       {"sqlite3", DIALECT_OTHER},
        {"sqlite", DIALECT_OTHER},      {"yugabyte", DIALECT_OTHER},      {"yugabytedb", DIALECT_OTHER},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_word(text, length, known[i].word))
            return known[i].dialect;
    return DIALECT_UNKNOWN;
}

/* Take the last ".part" off what lies between begin and *end; NULL if there is none. */
static const char *cut(const char *begin, const char **end, size_t *length)
{
    const char *at = *end;
    while (at > begin && at[-1] != '.')
        at--;
    if (at == begin)
        return NULL;
    *length = (size_t)(*end - at);
    *end = at - 1;
    return at;
}

/* The parts behind the words, from the end on. */
static bool parse_ending(struct parsed *parsed, const char **end)
{
    size_t length;
    const char *part = cut(parsed->words, end, &length);
    if (part == NULL)
        return false;
    parsed->fizz = is_word(part, length, "fizz");
    if (!parsed->fizz && !is_word(part, length, "sql"))
        return false;
    part = cut(parsed->words, end, &length);
    if (part == NULL || !(is_word(part, length, "up") || is_word(part, length, "down")))
        return false;
    parsed->direction = is_word(part, length, "up") ? DIRECTION_UPGRADE : DIRECTION_DOWNGRADE;
    return true;
}

/* ^(\d+)_([^.]+)(\.[a-z0-9]+)?(\.autocommit)?\.(up|down)\.(sql|fizz)$ */
static bool parse(const char *path, struct parsed *parsed)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *end = name + strlen(name),
               *part;
    size_t length;
    *parsed = (struct parsed){.version = name, .digits = layout_digits(name)};
    parsed->words = name + parsed->digits + 1;
    if (parsed->digits == 0 || name[parsed->digits] != '_' || !parse_ending(parsed, &end))
        return false;
    parsed->words_end = end;
    part = cut(parsed->words, &parsed->words_end, &length);
    parsed->autocommit = part != NULL && is_word(part, length, "autocommit");
    if (parsed->autocommit)
        part = cut(parsed->words, &parsed->words_end, &length);
    if (part != NULL)
        parsed->dialect = dialect_of(part, length);
    return parsed->words_end > parsed->words &&
           memchr(parsed->words, '.', (size_t)(parsed->words_end - parsed->words)) == NULL;
}

/* ---- entries ---- */

/* Of one version that for PostgreSQL comes first: "VERSION 0", then "VERSION 1". */
static void add(struct layout_listing *listing, const char *name, const struct parsed *parsed)
{
    const char *version = arena_copy(listing->arena, parsed->version, parsed->digits);
    struct layout_entry *entry = layout_add(
        listing, version, arena_printf(listing->arena, "%s %d", version, parsed->dialect != DIALECT_POSTGRES));
    entry->message = layout_words(listing->arena, parsed->words, (size_t)(parsed->words_end - parsed->words));
    *(parsed->direction == DIRECTION_UPGRADE ? &entry->up : &entry->down) = name;
}

static void judge(struct layout_listing *listing, const char *name)
{
    struct parsed parsed;
    if (layout_is_folder(name))
        return;
    if (layout_ends(name, "/"))
        layout_fault(listing, name, "folders in folders are not read here: name this one in migrations");
    else if (!parse(name, &parsed) || parsed.dialect == DIALECT_UNKNOWN)
        return;
    else if (parsed.dialect == DIALECT_OTHER)
        layout_leave(listing, name);
    else if (parsed.fizz)
        layout_fault(listing, name, "a step in fizz can't be run here: let pop run it, or write it in SQL");
    else
        add(listing, name, &parsed);
}

/* One more file of a version that is there already, from the other of its sides, or a generic one beside its own. */
static void take_in(struct layout_listing *listing, struct layout_entry *entry, const struct layout_entry *other)
{
    const char *const *from = other->up != NULL ? &other->up : &other->down;
    const char **to = other->up != NULL ? &entry->up : &entry->down;
    struct parsed present, more;
    if (*to == NULL) {
        *to = *from;
        if (other->up != NULL)
            entry->message = other->message;
    } else if (parse(*to, &present) && parse(*from, &more) && present.dialect != more.dialect) {
        layout_leave(listing, *from);
    } else {
        layout_fault(listing, *from, "version %s is that of %s too: give one of them another", entry->id, *to);
    }
}

/* A way back alone is none of a revision: pop never notes that version as applied. */
static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++)
        judge(listing, listing->names.items[i]);
    layout_sort(listing, strcmp);
    size_t kept = 0, count = listing->count;
    for (size_t begin = 0, end; begin < count; begin = end) {
        struct layout_entry entry = listing->entries[begin];
        for (end = begin + 1; end < count && strcmp(listing->entries[end].id, entry.id) == 0; end++)
            take_in(listing, &entry, &listing->entries[end]);
        if (entry.up != NULL)
            listing->entries[kept++] = entry;
    }
    listing->count = kept;
}

bool layout_pop_names(const struct names *names)
{
    struct parsed parsed;
    for (size_t i = 0; i < names->count; i++)
        if (parse(names->items[i], &parsed) &&
            (parsed.fizz || parsed.autocommit || parsed.dialect == DIALECT_POSTGRES ||
             parsed.dialect == DIALECT_OTHER))
            return true;
    return false;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    (void)head, (void)length;
    return layout_pop_names(names);
}

/* ---- text ---- */

/* Every file is one of Go's templates, in comments and quotes too (migration_content.go). */
static void refuse_templates(struct revision_source *source)
{
    size_t begin = revision_text_begin(source);
    struct place place = {1, 1};
    for (size_t at = begin; at + 1 < source->length; at++) {
        if (source->text[at] != '{' || source->text[at + 1] != '{')
            continue;
        place = place_after(place, source->text + begin, at - begin);
        begin = at++;
        REVISION_FAULT(source, place, "a template, which pop would fill in: write out what it makes");
    }
}

static void read_header(struct revision_source *source)
{
    struct parsed parsed;
    refuse_templates(source);
    if (!parse(source->path, &parsed) || !parsed.autocommit)
        return;
    source->transaction = TRANSACTION_OFF;
    source->transaction_place = (struct place){1, 1};
}

static const struct layout_marks marks = {
    .way_back = ".down.sql file", .header = read_header, .outside = ".autocommit in its name"};

const struct layout layout_pop = {
    .name = "pop",
    .tool = "pop",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
