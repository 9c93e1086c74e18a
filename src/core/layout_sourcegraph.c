/*
 * Sourcegraph: VERSION[_words]/up.sql, perhaps with down.sql, and metadata.yaml with its name and its parents: a graph
 * (internal/database/migration/definition/read.go). What it says of CREATE INDEX CONCURRENTLY the statements say too.
 */
#include "base/suggest.h"
#include "base/yaml.h"
#include "core/natural.h"
#include "layout_parts.h"

#include <stdlib.h>
#include <string.h>

static size_t version_digits(const char *folder)
{
    size_t digits = layout_digits(folder);
    return folder[digits] == '_' || folder[digits] == '/' ? digits : 0;
}

static const char *in_folder(const struct layout_listing *listing, const char *folder, const char *file)
{
    return layout_holds(&listing->names, arena_printf(listing->arena, "%s%s", folder, file));
}

static void add(struct layout_listing *listing, const char *folder)
{
    const char *number = layout_number(listing, folder, version_digits(folder));
    const char *up = in_folder(listing, folder, "up.sql"), *settings = in_folder(listing, folder, "metadata.yaml");
    if (up == NULL || settings == NULL)
        layout_fault(listing, arena_copy(listing->arena, folder, strlen(folder) - 1),
                     "holds no %s: Sourcegraph takes every folder with a number for a revision",
                     up == NULL ? "up.sql" : "metadata.yaml");
    if (number == NULL || up == NULL || settings == NULL)
        return;
    struct layout_entry *entry = layout_add(listing, number, number);
    entry->up = up;
    entry->down = in_folder(listing, folder, "down.sql");
    entry->settings = settings;
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++)
        if (layout_is_folder(listing->names.items[i]) && version_digits(listing->names.items[i]) > 0)
            add(listing, listing->names.items[i]);
    layout_order(listing, natural_compare);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    (void)head, (void)length;
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strchr(names->items[i], '/');
        if (slash != NULL && strcmp(slash, "/metadata.yaml") == 0 && version_digits(names->items[i]) > 0)
            return true;
    }
    return false;
}

/* ---- metadata.yaml ---- */

enum key { KEY_NAME, KEY_PARENT, KEY_PARENTS, KEY_CONCURRENTLY, KEY_PRIVILEGED, KEY_NON_IDEMPOTENT, KEYS };

static const char *const keys[KEYS] = {"name",       "parent",       "parents", "createIndexConcurrently",
                                       "privileged", "nonIdempotent"};

static struct place place_of(const struct yaml_scalar *scalar)
{
    return (struct place){scalar->line, scalar->column};
}

/* A number, as ids are written: without leading zeros; NULL, and a fault, if it is none. */
static const char *read_number(struct revision_source *source, const struct yaml_scalar *value)
{
    size_t digits = layout_digits(value->text);
    if (digits > 0 && value->text[digits] == '\0' && (digits == 1 || value->text[0] != '0'))
        return value->text;
    REVISION_FAULT(source, place_of(value), "'%s' is no number of a revision", value->text);
    return NULL;
}

static int compare_numbers(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return natural_compare(*a, *b);
}

/* In the order of their numbers, as Sourcegraph sorts them. */
static void add_parents(struct revision_source *source, const struct yaml_entry *entry)
{
    struct names *parents = &source->revision->down_revisions;
    const char **items = arena_array(source->arena, parents->count + entry->count, sizeof *items);
    size_t count = 0;
    for (; count < parents->count; count++)
        items[count] = parents->items[count];
    for (size_t i = 0; i < entry->count; i++) {
        const char *parent = read_number(source, &entry->values[i]);
        if (parent != NULL)
            items[count++] = parent;
    }
    qsort(items, count, sizeof *items, compare_numbers);
    *parents = (struct names){items, count};
    source->revision->down_revision_place = place_of(&entry->key);
}

static bool is_null(const struct yaml_entry *entry)
{
    static const char *const nulls[] = {"", "~", "null"};
    for (size_t i = 0; !entry->list && i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(entry->values[0].text, nulls[i]) == 0)
            return true;
    return false;
}

static void read_entry(struct revision_source *source, const struct yaml_entry *entry)
{
    size_t key = 0;
    while (key < KEYS && strcmp(keys[key], entry->key.text) != 0)
        key++;
    if (key == KEYS) {
        const char *near = suggest(entry->key.text, keys, KEYS);
        REVISION_FAULT(source, place_of(&entry->key), "'%s' is not known%s%s%s", entry->key.text,
                       near == NULL ? "" : ", did you mean '", near == NULL ? "" : near, near == NULL ? "" : "'?");
    } else if (is_null(entry)) {
        return;
    } else if (entry->list != (key == KEY_PARENTS)) {
        REVISION_FAULT(source, place_of(&entry->key), "'%s' has %s", entry->key.text,
                       entry->list ? "one value, not a list" : "a list of numbers: [1, 2]");
    } else if (key == KEY_PARENT || key == KEY_PARENTS) {
        add_parents(source, entry);
    } else if (key == KEY_NAME) {
        source->revision->message = entry->values[0].text;
    }
}

static void read_settings(struct revision_source *source)
{
    struct yaml_map map;
    source->revision->down_revisions = (struct names){0};
    source->revision->link_path = source->path;
    if (!yaml_read(source->arena, source->text, source->length, &map)) {
        REVISION_FAULT(source, ((struct place){map.line, map.column}), "%s", map.error);
        return;
    }
    for (size_t i = 0; i < map.count; i++)
        read_entry(source, &map.entries[i]);
}

static const struct layout_marks marks = {
    .way_back = "down.sql", .settings = read_settings, .arrange = layout_sourcegraph_arrange, .outside = ""};

const struct layout layout_sourcegraph = {
    .name = "sourcegraph",
    .tool = "Sourcegraph",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
