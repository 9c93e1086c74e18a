/*
 * Why not libinih: as packaged by Debian it cuts lines at 200 bytes, which a database URL with certificates and options
 * exceeds, takes ` ;` in a value for a comment, and reports no columns.
 */
#include "config/ini.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

struct reader {
    struct arena *arena;
    const char *file;
    struct ini *ini;
    const char *line; /* where the current line begins, without a byte order mark */
    unsigned number;  /* of that line, 1-based */
    bool skipping;    /* the section's own line was faulty: what follows belongs nowhere */
    struct config_faults *faults;
};

/* A piece of the current line. */
struct piece {
    const char *start, *end;
};

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\f' || character == '\v';
}

static struct piece trim(struct piece piece)
{
    while (piece.start < piece.end && is_blank(*piece.start))
        piece.start++;
    while (piece.end > piece.start && is_blank(piece.end[-1]))
        piece.end--;
    return piece;
}

static unsigned column_of(const struct reader *reader, const char *at)
{
    return (unsigned)text_characters(reader->line, (size_t)(at - reader->line)) + 1;
}

static void fail(const struct reader *reader, const char *at, const char *message, const char *next)
{
    struct error fault;
    error_set(&fault, ERROR_CONFIG, "%s", message);
    error_next(&fault, "%s", next);
    error_place(&fault, reader->file, reader->number, column_of(reader, at));
    config_fault_add(reader->faults, &fault);
}

/* [target  main] and [ target main ] name the same section. */
static char *squeezed(struct arena *arena, struct piece name)
{
    char *text = arena_alloc(arena, (size_t)(name.end - name.start) + 1);
    size_t length = 0;
    for (const char *p = name.start; p < name.end; p++) {
        if (!is_blank(*p))
            text[length++] = *p;
        else if (!is_blank(p[1])) /* names are trimmed: a blank is never the last character */
            text[length++] = ' ';
    }
    return text;
}

static void add_section(struct reader *reader, struct piece text, struct piece name)
{
    struct ini *ini = reader->ini;
    struct ini_section section = {squeezed(reader->arena, name), reader->number, column_of(reader, text.start)};
    for (size_t i = 0; i < ini->n_sections; i++) {
        if (strcmp(ini->sections[i].name, section.name) == 0) {
            unsigned before = ini->sections[i].line;
            fail(reader, text.start,
                 arena_printf(reader->arena, "section [%s] is there already, in line %u", section.name, before),
                 "put what belongs to it in one place");
            return;
        }
    }
    ini->sections = arena_grow(reader->arena, ini->sections, ini->n_sections, &ini->section_capacity, sizeof section);
    ini->sections[ini->n_sections++] = section;
    reader->skipping = false;
}

static void read_section(struct reader *reader, struct piece text)
{
    struct piece name = trim((struct piece){text.start + 1, text.end - 1});
    reader->skipping = true; /* until it proves to be good */
    if (text.end[-1] != ']')
        fail(reader, text.start, "a section without its closing bracket", "write [NAME] on a line of its own");
    else if (name.start == name.end)
        fail(reader, text.start, "a section without a name", "write [migrated] or [target main]");
    else
        add_section(reader, text, name);
}

static bool is_key(struct piece key)
{
    for (const char *p = key.start; p < key.end; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
        bool digit = *p >= '0' && *p <= '9';
        if (!letter && !digit && *p != '_' && *p != '-' && *p != '.' && *p != ':')
            return false;
    }
    return key.start < key.end;
}

static bool is_quoted(struct piece value)
{
    char first = value.start < value.end ? *value.start : '\0';
    return value.end - value.start >= 2 && (first == '"' || first == '\'') && value.end[-1] == first;
}

static void add_entry(struct reader *reader, struct piece key, struct piece value)
{
    struct ini *ini = reader->ini;
    struct ini_entry entry = {
        .section = ini->n_sections - 1,
        .key = arena_copy(reader->arena, key.start, (size_t)(key.end - key.start)),
        .value = arena_copy(reader->arena, value.start, (size_t)(value.end - value.start)),
        .line = reader->number,
        .key_column = column_of(reader, key.start),
        .value_column = column_of(reader, value.start),
    };
    for (size_t i = 0; i < ini->n_entries; i++) {
        const struct ini_entry *other = &ini->entries[i];
        if (other->section == entry.section && strcmp(other->key, entry.key) == 0) {
            fail(reader, key.start,
                 arena_printf(reader->arena, "%s is there already, in line %u", entry.key, other->line),
                 "keep one of the two lines");
            return;
        }
    }
    ini->entries = arena_grow(reader->arena, ini->entries, ini->n_entries, &ini->entry_capacity, sizeof entry);
    ini->entries[ini->n_entries++] = entry;
}

/* Told of the first one only: the others want the same line above them. */
static void refuse_homeless(struct reader *reader, struct piece key)
{
    fail(reader, key.start, "a key before the first section", "write [migrated] above it");
    reader->skipping = true;
}

static void read_entry(struct reader *reader, struct piece text)
{
    const char *equals = memchr(text.start, '=', (size_t)(text.end - text.start));
    if (equals == NULL) {
        fail(reader, text.start, "neither a section, a comment nor KEY = VALUE",
             "write KEY = VALUE on one line, or # in front of a comment");
        return;
    }
    struct piece key = trim((struct piece){text.start, equals});
    struct piece value = trim((struct piece){equals + 1, text.end});
    if (!is_key(key))
        fail(reader, text.start, "no proper key before the =", "keys are made of letters, digits and _");
    else if (is_quoted(value))
        fail(reader, value.start, "a value in quotes", "write the value without quotes");
    else if (!reader->skipping && reader->ini->n_sections == 0)
        refuse_homeless(reader, key);
    else if (!reader->skipping)
        add_entry(reader, key, value);
}

static void read_line(struct reader *reader, const char *end)
{
    const char *nul = memchr(reader->line, '\0', (size_t)(end - reader->line));
    struct piece text = trim((struct piece){reader->line, end});
    if (nul != NULL)
        fail(reader, nul, "a NUL byte", "save the file as UTF-8 text");
    else if (text.start == text.end || *text.start == '#' || *text.start == ';')
        return;
    else if (*text.start == '[')
        read_section(reader, text);
    else
        read_entry(reader, text);
}

bool ini_parse(struct arena *arena, const char *file, const char *bytes, size_t length, struct ini *ini,
               struct config_faults *faults)
{
    const char byte_order_mark[] = "\xEF\xBB\xBF";
    const size_t mark = strlen(byte_order_mark);
    const char *end = bytes + length;
    size_t before = faults->count;
    struct reader reader = {.arena = arena, .file = file, .ini = ini, .line = bytes, .faults = faults};
    *ini = (struct ini){0};
    if (length >= mark && memcmp(bytes, byte_order_mark, mark) == 0)
        reader.line += mark;

    while (reader.line < end) {
        const char *newline = memchr(reader.line, '\n', (size_t)(end - reader.line));
        const char *line_end = newline == NULL ? end : newline;
        reader.number++;
        read_line(&reader, line_end);
        reader.line = newline == NULL ? end : newline + 1;
    }
    return faults->count == before;
}
