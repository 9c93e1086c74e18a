#include "core/alembic_ini.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/sql_scan.h"
#include "utf8.h"

#include <string.h>
#include <strings.h>

#define SECTION      "alembic"
#define MOST_NESTED  10 /* %(a)s in a value of %(b)s ...: configparser's MAX_INTERPOLATION_DEPTH */
#define MOST_ENTRIES 1000

struct entry {
    const char *key;   /* in small letters */
    struct text value; /* lines, with LF in between */
    struct place place;
    bool fallback; /* of [DEFAULT] */
};

struct reader {
    struct arena *arena;
    const char *path, *text;
    size_t length;
    struct faults *faults;
    struct entry *entries;
    size_t count, capacity;
    struct entry *open; /* whose value it is; NULL: one that does not matter */
    size_t indent;      /* of the line of the last key, or section */
    bool in_value;      /* behind a key, of any section: lines that are indented more belong to it */
    bool ours, fallback, found;
};

/* A piece of the text. */
struct piece {
    size_t begin, end;
};

static struct place place_of(const struct reader *reader, size_t offset)
{
    size_t mark = reader->length >= 3 && memcmp(reader->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return place_after((struct place){1, 1}, reader->text + mark, offset > mark ? offset - mark : 0);
}

#define FAULT(reader, at, ...) fault_add((reader)->faults, (reader)->path, (at).line, (at).column, __VA_ARGS__)

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

static bool is_space(char byte)
{
    return is_blank(byte) || byte == '\n';
}

static struct piece trim(const struct reader *reader, struct piece piece)
{
    while (piece.begin < piece.end && is_blank(reader->text[piece.begin]))
        piece.begin++;
    while (piece.end > piece.begin && is_blank(reader->text[piece.end - 1]))
        piece.end--;
    return piece;
}

/* For a message, which is one line. */
static const char *shown(const struct reader *reader, const char *text)
{
    char *copy = arena_string(reader->arena, text);
    for (char *at = copy; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    return copy;
}

/* ---- lines ---- */

static bool is_named(const struct reader *reader, struct piece name, const char *wanted)
{
    return name.end - name.begin == strlen(wanted) &&
           memcmp(reader->text + name.begin, wanted, name.end - name.begin) == 0;
}

static void open_section(struct reader *reader, struct piece line)
{
    const char *close = memchr(reader->text + line.begin, ']', line.end - line.begin);
    struct piece name = {line.begin + 1, close == NULL ? line.end : (size_t)(close - reader->text)};
    reader->ours = is_named(reader, name, SECTION);
    reader->fallback = is_named(reader, name, "DEFAULT");
    reader->found |= reader->ours;
}

/* Those of [DEFAULT] come second. */
static const struct entry *find(const struct reader *reader, const char *key)
{
    const struct entry *found = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        const struct entry *entry = &reader->entries[i];
        if (strcmp(entry->key, key) == 0 && (found == NULL || (found->fallback && !entry->fallback)))
            found = entry;
    }
    return found;
}

static const char *lower(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_copy(arena, text, length);
    for (char *at = copy; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + 'a' - 'A');
    return copy;
}

static void add_entry(struct reader *reader, struct piece line)
{
    const char *text = reader->text;
    size_t delimiter = line.begin;
    while (delimiter < line.end && text[delimiter] != '=' && text[delimiter] != ':')
        delimiter++;
    if (delimiter == line.end || reader->count == MOST_ENTRIES) {
        FAULT(reader, place_of(reader, line.begin), "%s",
              delimiter == line.end ? "neither a section nor KEY = VALUE" : "too many keys");
        return;
    }
    struct piece key = trim(reader, (struct piece){line.begin, delimiter});
    struct piece value = trim(reader, (struct piece){delimiter + 1, line.end});
    const char *name = lower(reader->arena, text + key.begin, key.end - key.begin);
    const struct entry *other = find(reader, name);
    if (other != NULL && other->fallback == reader->fallback) {
        FAULT(reader, place_of(reader, line.begin), "%s is there already, in line %u", shown(reader, name),
              other->place.line);
        return;
    }
    reader->entries =
        arena_grow(reader->arena, reader->entries, reader->count, &reader->capacity, sizeof *reader->entries);
    reader->open = &reader->entries[reader->count++];
    *reader->open = (struct entry){
        .key = name,
        .place = place_of(reader, value.begin),
        .fallback = reader->fallback,
    };
    text_add_bytes(&reader->open->value, text + value.begin, value.end - value.begin);
}

static void read_line(struct reader *reader, struct piece whole)
{
    struct piece line = trim(reader, whole);
    size_t indent = line.begin - whole.begin;
    char first = line.begin < line.end ? reader->text[line.begin] : '\0';
    if (first == '#' || first == ';')
        return;
    if (first == '\0' || (reader->in_value && indent > reader->indent)) {
        if (reader->open == NULL)
            return;
        text_add_char(&reader->open->value, '\n');
        text_add_bytes(&reader->open->value, reader->text + line.begin, line.end - line.begin);
        return;
    }
    reader->indent = indent;
    reader->in_value = first != '[';
    reader->open = NULL;
    if (first == '[')
        open_section(reader, line);
    else if (reader->ours || reader->fallback)
        add_entry(reader, line);
}

static void read_lines(struct reader *reader)
{
    size_t at = reader->length >= 3 && memcmp(reader->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < reader->length) {
        const char *newline = memchr(reader->text + at, '\n', reader->length - at);
        size_t end = newline == NULL ? reader->length : (size_t)(newline - reader->text);
        read_line(reader, (struct piece){at, end});
        at = end + 1;
    }
}

/* ---- values ---- */

/* One value, while its %(name)s are replaced. */
struct expansion {
    struct reader *reader;
    const struct entry *entry; /* whose place is faulted */
    const char *here;
    struct text text;
    bool faulty;
};

static void expand(struct expansion *expansion, const char *value, unsigned level);

static void refuse(struct expansion *expansion, const char *what)
{
    if (!expansion->faulty)
        FAULT(expansion->reader, expansion->entry->place, "%s: %s", shown(expansion->reader, expansion->entry->key),
              shown(expansion->reader, what));
    expansion->faulty = true;
}

static void expand_name(struct expansion *expansion, const char *name, size_t length, unsigned level)
{
    struct arena *arena = expansion->reader->arena;
    const char *key = lower(arena, name, length);
    const struct entry *entry = find(expansion->reader, key);
    if (level == MOST_NESTED)
        refuse(expansion, "its %(name)s lead into one another");
    else if (entry != NULL)
        expand(expansion, text_string(&entry->value), level + 1);
    else if (strcmp(key, "here") == 0)
        text_add(&expansion->text, expansion->here);
    else
        refuse(expansion, arena_printf(arena, "there is no %%(%s)s", key));
}

static void expand(struct expansion *expansion, const char *value, unsigned level)
{
    while (*value != '\0' && !expansion->faulty) {
        size_t plain = strcspn(value, "%");
        text_add_bytes(&expansion->text, value, plain);
        value += plain;
        if (*value == '\0')
            return;
        const char *close = value[1] == '(' ? strchr(value, ')') : NULL;
        if (value[1] == '%') {
            text_add_char(&expansion->text, '%');
            value += 2;
        } else if (close != NULL && close[1] == 's') {
            expand_name(expansion, value + 2, (size_t)(close - value - 2), level);
            value = close + 2;
        } else {
            refuse(expansion, "a % that is not doubled and begins no %(name)s");
        }
    }
}

/* Owned by the arena; NULL if it is not in the file, or faulty. */
static const char *value_of(struct reader *reader, const char *key, const char *here, struct place *place)
{
    const struct entry *entry = find(reader, key);
    if (entry == NULL)
        return NULL;
    struct expansion expansion = {.reader = reader, .entry = entry, .here = here};
    expand(&expansion, text_string(&entry->value), 0);
    size_t length = expansion.text.length;
    const char *bytes = text_string(&expansion.text);
    while (length > 0 && is_space(bytes[length - 1]))
        length--;
    for (; length > 0 && is_space(*bytes); bytes++)
        length--;
    const char *value = arena_copy(reader->arena, bytes, length);
    text_finish(&expansion.text);
    if (place != NULL)
        *place = entry->place;
    return expansion.faulty ? NULL : value;
}

/* ---- lists of paths ---- */

static struct names split(struct arena *arena, const char *value, const char *separators)
{
    struct names names = {0};
    size_t capacity = 0;
    while (value != NULL && *value != '\0') {
        size_t length = strcspn(value, separators), begin = 0, end = length;
        while (begin < end && is_space(value[begin]))
            begin++;
        while (end > begin && is_space(value[end - 1]))
            end--;
        if (end > begin) {
            names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
            names.items[names.count++] = arena_copy(arena, value + begin, end - begin);
        }
        value += length + (value[length] != '\0');
    }
    return names;
}

/* The characters that part paths; `otherwise` if the file does not say. Told of once, for version_locations. */
static const char *separators(struct reader *reader, const char *here, bool versions, const char *otherwise)
{
    static const char *const words[][2] = {{"space", " "}, {"newline", "\n"}, {"os", ":"}, {":", ":"}, {";", ";"}};
    struct place place;
    const char *key =
        find(reader, "path_separator") == NULL && versions ? "version_path_separator" : "path_separator";
    const char *word = value_of(reader, key, here, &place);
    if (word == NULL)
        return otherwise;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i][0]) == 0)
            return words[i][1];
    if (versions)
        FAULT(reader, place, "'%s' is no %s: it is space, newline, os, : or ;", shown(reader, word), key);
    return otherwise;
}

static bool is_true(struct reader *reader, const char *key, const char *here)
{
    const char *value = value_of(reader, key, here, NULL);
    return value != NULL && strcmp(value, "true") == 0;
}

static bool is_text(struct reader *reader)
{
    size_t valid = utf8_valid_length(reader->text, reader->length);
    const char *nul = reader->length == 0 ? NULL : memchr(reader->text, '\0', reader->length);
    if (nul == NULL && valid == reader->length)
        return true;
    size_t at = nul != NULL && (size_t)(nul - reader->text) < valid ? (size_t)(nul - reader->text) : valid;
    FAULT(reader, place_of(reader, at), "byte 0x%02x is no text: save the file as UTF-8",
          (unsigned)(unsigned char)reader->text[at]);
    return false;
}

bool alembic_ini_read(struct arena *arena, const char *path, const char *here, const char *text, size_t length,
                      struct alembic_ini *ini, struct faults *faults)
{
    size_t before = faults->count;
    struct reader reader = {.arena = arena, .path = path, .text = text, .length = length, .faults = faults};
    *ini = (struct alembic_ini){0};
    if (!is_text(&reader))
        return false;
    read_lines(&reader);
    if (!reader.found) {
        fault_add(faults, path, 1, 1, "no section [alembic]: is this Alembic's configuration?");
    } else {
        ini->script_location = value_of(&reader, "script_location", here, &ini->script_place);
        if (find(&reader, "script_location") == NULL)
            fault_add(faults, path, 1, 1, "no script_location in section [alembic]");
        const char *versions = value_of(&reader, "version_locations", here, &ini->versions_place);
        const char *paths = value_of(&reader, "prepend_sys_path", here, NULL);
        ini->version_locations = split(arena, versions, separators(&reader, here, versions != NULL, " ,"));
        ini->prepend_sys_path = split(arena, paths, separators(&reader, here, false, " ,:"));
        ini->recursive = is_true(&reader, "recursive_version_locations", here);
        ini->sourceless = is_true(&reader, "sourceless", here);
    }
    for (size_t i = 0; i < reader.count; i++)
        text_finish(&reader.entries[i].value);
    return faults->count == before;
}
