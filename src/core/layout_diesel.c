/*
 * diesel: a folder a revision, VERSION_WORDS/up.sql, perhaps with down.sql and metadata.toml, in the order of the
 * versions as text, from which dashes are taken (diesel_migrations: migrations_internals/src/lib.rs,
 * file_based_migrations.rs). Every folder is one.
 */
#include "layout_parts.h"

#include <string.h>

static const char *in_folder(const struct layout_listing *listing, const char *folder, const char *file)
{
    const char *name = arena_printf(listing->arena, "%s%s", folder, file);
    return layout_holds(&listing->names, name);
}

/* "2017-09-23-100000_words/" */
static const char *version(struct arena *arena, const char *folder, size_t length)
{
    char *text = arena_copy(arena, folder, length), *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (*from != '-')
            *to++ = *from;
    *to = '\0';
    return text;
}

static void add(struct layout_listing *listing, const char *folder)
{
    size_t length = strlen(folder) - 1, words = strcspn(folder, "_/");
    const char *up = in_folder(listing, folder, "up.sql");
    if (up == NULL) {
        layout_fault(listing, arena_copy(listing->arena, folder, length),
                     "holds no up.sql: diesel takes every folder for a revision");
        return;
    }
    const char *id = version(listing->arena, folder, words);
    struct layout_entry *entry = layout_add(listing, id, id);
    entry->up = up;
    entry->down = in_folder(listing, folder, "down.sql");
    entry->settings = in_folder(listing, folder, "metadata.toml");
    if (words < length)
        entry->message = layout_words(listing->arena, folder + words + 1, length - words - 1);
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++)
        if (layout_is_folder(listing->names.items[i]))
            add(listing, listing->names.items[i]);
    layout_order(listing, strcmp);
}

/* metadata.yaml is of others, who order by the parents that it names. */
static bool recognises(const struct names *names, const char *head, size_t length)
{
    bool found = false;
    (void)head, (void)length;
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strchr(names->items[i], '/');
        if (slash == NULL || layout_digits(names->items[i]) == 0)
            continue;
        if (strcmp(slash, "/metadata.yaml") == 0)
            return false;
        found |= strcmp(slash, "/up.sql") == 0;
    }
    return found;
}

/* A file that does not say it says no: so diesel reads it. */
static void read_settings(struct revision_source *source)
{
    static const char key[] = "run_in_transaction";
    struct layout_setting setting;
    struct layout_line line = {0};
    source->transaction = TRANSACTION_OFF;
    source->transaction_place = (struct place){1, 1};
    while (layout_next_setting(source->text, source->length, &line, &setting)) {
        struct place place = {line.number, 1};
        if (layout_setting_is(&setting, key, "true"))
            source->transaction = TRANSACTION_ON;
        else if (layout_setting_is(&setting, key, "false"))
            source->transaction_place = place;
        else
            REVISION_FAULT(source, place, "is not understood: there is %s = true or false", key);
    }
    if (source->transaction == TRANSACTION_ON)
        source->transaction = TRANSACTION_UNSAID;
}

static const struct layout_marks marks = {
    .way_back = "down.sql", .settings = read_settings, .outside = "run_in_transaction = false"};

const struct layout layout_diesel = {
    .name = "diesel",
    .tool = "diesel",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
