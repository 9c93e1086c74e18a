#include "core/layout.h"

#include "base/text.h"
#include "core/natural.h"
#include "layout_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct layout *const layouts[] = {
    &layout_native, &layout_golang_migrate,   &layout_dbmate,      &layout_diesel,    &layout_goose,
    &layout_flyway, &layout_prisma,           &layout_sqlx,        &layout_alembic,   &layout_node_pg_migrate,
    &layout_pop,    &layout_graphile_migrate, &layout_sourcegraph, &layout_liquibase, &layout_sqitch,
};

#define LAYOUTS (sizeof layouts / sizeof *layouts)

const struct layout *layout_find(const char *name)
{
    for (size_t i = 0; i < LAYOUTS; i++)
        if (strcmp(layouts[i]->name, name) == 0)
            return layouts[i];
    return NULL;
}

bool layout_has_sections(const struct layout *layout)
{
    return layout->marks->read != NULL;
}

const char *layout_way_back(const struct layout *layout)
{
    return (layout == NULL ? &layout_native : layout)->marks->way_back;
}

const struct layout *layout_recognise(const struct names *names, const char *head, size_t length,
                                      const struct layout **other)
{
    const struct layout *found = NULL;
    *other = NULL;
    for (size_t i = 0; i < LAYOUTS && *other == NULL; i++) {
        if (!layouts[i]->recognises(names, head, length))
            continue;
        if (found == NULL)
            found = layouts[i];
        else
            *other = layouts[i];
    }
    return found == NULL ? &layout_native : found;
}

/* ---- entries ---- */

struct layout_entry *layout_add(struct layout_listing *listing, const char *id, const char *key)
{
    listing->entries =
        arena_grow(listing->arena, listing->entries, listing->count, &listing->capacity, sizeof *listing->entries);
    struct layout_entry *entry = &listing->entries[listing->count++];
    *entry = (struct layout_entry){.id = id, .key = key, .message = ""};
    return entry;
}

void layout_leave(struct layout_listing *listing, const char *name)
{
    struct names *others = &listing->others;
    others->items =
        arena_grow(listing->arena, others->items, others->count, &listing->others_capacity, sizeof *others->items);
    others->items[others->count++] = name;
}

void layout_fault(struct layout_listing *listing, const char *name, const char *format, ...)
{
    struct text message = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message, format, arguments);
    va_end(arguments);
    fault_add(listing->faults, revision_path_join(listing->arena, listing->directory, name), 1, 1, "%s",
              text_string(&message));
    text_finish(&message);
}

/* What the comparison is, for qsort's own has no place for it. */
struct sorting {
    struct layout_entry entry;
    int (*compare)(const char *a, const char *b);
    size_t index;
};

static int compare_entries(const void *left, const void *right)
{
    const struct sorting *a = left, *b = right;
    int order = a->compare(a->entry.key, b->entry.key);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static const char *first_file(const struct layout_entry *entry)
{
    return entry->up != NULL ? entry->up : entry->down;
}

void layout_sort(struct layout_listing *listing, int (*compare)(const char *a, const char *b))
{
    struct sorting *order = arena_array(listing->arena, listing->count, sizeof *order);
    for (size_t i = 0; i < listing->count; i++)
        order[i] = (struct sorting){listing->entries[i], compare, i};
    qsort(order, listing->count, sizeof *order, compare_entries);
    for (size_t i = 0; i < listing->count; i++)
        listing->entries[i] = order[i].entry;
}

static void refuse_twins(struct layout_listing *listing, int (*compare)(const char *a, const char *b))
{
    for (size_t i = 1; i < listing->count; i++) {
        const struct layout_entry *last = &listing->entries[i - 1], *entry = &listing->entries[i];
        if (compare(last->key, entry->key) == 0)
            layout_fault(listing, first_file(entry), "version %s is that of %s too: give one of them another",
                         entry->id, first_file(last));
    }
}

void layout_order(struct layout_listing *listing, int (*compare)(const char *a, const char *b))
{
    layout_sort(listing, compare);
    refuse_twins(listing, compare);
}

/* The way up's words are the revision's. */
static bool join(struct layout_entry *entry, const struct layout_entry *other)
{
    bool joined = (entry->up == NULL || other->up == NULL) && (entry->down == NULL || other->down == NULL);
    if (!joined)
        return false;
    if (other->up != NULL) {
        entry->id = other->id;
        entry->up = other->up;
        entry->settings = other->settings;
        entry->message = other->message;
    } else {
        entry->down = other->down;
    }
    return true;
}

void layout_order_pairs(struct layout_listing *listing)
{
    layout_order_pairs_by(listing, natural_compare);
}

void layout_order_pairs_by(struct layout_listing *listing, int (*compare)(const char *a, const char *b))
{
    size_t kept = 0;
    layout_sort(listing, compare);
    for (size_t i = 0; i < listing->count; i++) {
        bool same = i > 0 && strcmp(listing->entries[kept - 1].key, listing->entries[i].key) == 0;
        if (!same || !join(&listing->entries[kept - 1], &listing->entries[i]))
            listing->entries[kept++] = listing->entries[i];
    }
    listing->count = kept;
    refuse_twins(listing, compare);
}

/* ---- what is left over ---- */

/* Those of which is known what they are. */
static struct names files_of(const struct layout_listing *listing)
{
    struct names files = {
        .items = arena_array(listing->arena, 2 * listing->count + listing->others.count, sizeof *files.items)};
    for (size_t i = 0; i < listing->count; i++) {
        const struct layout_entry *entry = &listing->entries[i];
        if (entry->up != NULL)
            files.items[files.count++] = entry->up;
        if (entry->down != NULL && entry->down != entry->up)
            files.items[files.count++] = entry->down;
    }
    for (size_t i = 0; i < listing->others.count; i++)
        files.items[files.count++] = listing->others.items[i];
    names_sort(&files);
    return files;
}

static bool is_sql(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcasecmp(name + length - 4, ".sql") == 0;
}

struct names layout_passed_over(const struct layout *layout, const struct layout_listing *listing)
{
    struct names files = files_of(listing);
    struct names others = {.items = arena_array(listing->arena, listing->names.count, sizeof *others.items)};
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        bool looked_at = layout_is_file(name) || (layout->folders && !layout_ends(name, "/"));
        if (looked_at && is_sql(name) && layout_holds(&files, name) == NULL)
            others.items[others.count++] = name;
    }
    return others;
}

/* A linear directory runs every file on the way up: a way back among them must not be one of these. */
static bool is_way_back(const char *name)
{
    static const char *const endings[] = {"down.sql", "undo.sql", "rollback.sql", "revert.sql"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(name), end = strlen(endings[i]);
        if (length > end && strcasecmp(name + length - end, endings[i]) == 0 &&
            strchr(".-", name[length - end - 1]) != NULL)
            return true;
    }
    return false;
}

static bool is_code(const char *name)
{
    static const char *const endings[] = {".go",   ".js", ".cjs", ".mjs", ".ts", ".py", ".rb",
                                          ".java", ".kt", ".php", ".exs", ".cs", ".sh"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (layout_ends(name, endings[i]))
            return true;
    return false;
}

static void refuse_strangers(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!layout_is_file(name))
            continue;
        if (is_way_back(name))
            layout_fault(listing, name,
                         "its name says that it is a way back, but no layout here knows such names, and it would run "
                         "on the way up: put it behind '-- migrated:down' in the file that it takes back, or say "
                         "that it is none with layout = native");
        else if (layout_digits(name) > 0 && is_code(name))
            layout_fault(listing, name,
                         "looks like a revision, but is no SQL: move it away, or say so with layout = native");
    }
}

void layout_refuse_rest(const struct layout *layout, struct layout_listing *listing)
{
    if (listing->faults->count > 0)
        return;
    if (layout == &layout_native) {
        refuse_strangers(listing);
        return;
    }
    for (size_t i = 0; i < listing->count; i++)
        if (listing->entries[i].up == NULL)
            layout_fault(
                listing, listing->entries[i].down,
                "there is no way up of version %s, and %s would count it as applied: write it, or say that it is "
                "meant so with layout = %s",
                listing->entries[i].id, layout->tool, layout->name);
    struct names files = files_of(listing);
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (layout_is_file(name) && layout_digits(name) > 0 && layout_ends(name, ".sql") &&
            layout_holds(&files, name) == NULL)
            layout_fault(listing, name,
                         "looks like a revision, but %s would pass over it: move it away, or say so with layout = %s",
                         layout->tool, layout->name);
    }
}

/* ---- names ---- */

size_t layout_digits(const char *name)
{
    return strspn(name, "0123456789");
}

const char *layout_number(struct layout_listing *listing, const char *name, size_t digits)
{
    static const char largest[] = "9223372036854775807";
    size_t zeros = strspn(name, "0");
    if (zeros >= digits) /* leave the last of them */
        zeros = digits - 1;
    const char *number = arena_copy(listing->arena, name + zeros, digits - zeros);
    if (natural_compare(number, largest) <= 0)
        return number;
    layout_fault(listing, name, "version %s is too large: the largest is %s", number, largest);
    return NULL;
}

const char *layout_words(struct arena *arena, const char *text, size_t length)
{
    char *words = arena_copy(arena, text, length);
    for (char *at = words; *at != '\0'; at++)
        if (*at == '_')
            *at = ' ';
    return words;
}

bool layout_ends(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

bool layout_is_file(const char *name)
{
    return strchr(name, '/') == NULL;
}

bool layout_is_folder(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash != NULL && slash[1] == '\0';
}

const char *layout_holds(const struct names *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(names->items[middle], name);
        if (order == 0)
            return names->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- lines ---- */

bool layout_next_line(const char *text, size_t length, struct layout_line *line)
{
    if (line->next >= length)
        return false;
    const char *begin = text + line->next, *end = memchr(begin, '\n', length - line->next);
    line->text = begin;
    line->offset = line->next;
    line->length = end == NULL ? length - line->next : (size_t)(end - begin);
    line->next += line->length + 1;
    line->number++;
    if (line->length > 0 && begin[line->length - 1] == '\r')
        line->length--;
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\v' || byte == '\r';
}

bool layout_comment(const char *line, size_t length, const char **words, size_t *words_length)
{
    if (length < 2 || memcmp(line, "--", 2) != 0)
        return false;
    size_t begin = 2;
    while (begin < length && is_blank(line[begin]))
        begin++;
    while (length > begin && is_blank(line[length - 1]))
        length--;
    *words = line + begin;
    *words_length = length - begin;
    return true;
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        --*length;
}

bool layout_next_setting(const char *text, size_t length, struct layout_line *line, struct layout_setting *setting)
{
    while (layout_next_line(text, length, line)) {
        const char *hash = memchr(line->text, '#', line->length);
        const char *rest = line->text;
        size_t count = hash == NULL ? line->length : (size_t)(hash - rest);
        trim(&rest, &count);
        if (count == 0)
            continue;
        const char *equals = memchr(rest, '=', count);
        *setting = (struct layout_setting){rest, rest, 0, 0};
        if (equals != NULL) {
            setting->key_length = (size_t)(equals - rest);
            setting->value = equals + 1;
            setting->value_length = count - setting->key_length - 1;
            trim(&setting->key, &setting->key_length);
            trim(&setting->value, &setting->value_length);
        }
        return true;
    }
    return false;
}

bool layout_setting_is(const struct layout_setting *setting, const char *key, const char *value)
{
    return strlen(key) == setting->key_length && memcmp(setting->key, key, setting->key_length) == 0 &&
           strlen(value) == setting->value_length && memcmp(setting->value, value, setting->value_length) == 0;
}
