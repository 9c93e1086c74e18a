/*
 * Prisma: a folder a revision, NAME/migration.sql, in the order of the names; no way back (schema-engine:
 * migrations directory). The name is the key. A folder without migration.sql is refused there too (P3015).
 */
#include "layout_parts.h"

#include <string.h>

static const char *message(struct arena *arena, const char *folder)
{
    size_t length = strlen(folder) - 1, digits = layout_digits(folder);
    if (digits > 0 && folder[digits] == '_')
        digits++;
    return layout_words(arena, folder + digits, length - digits);
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *folder = listing->names.items[i];
        if (!layout_is_folder(folder))
            continue;
        const char *id = arena_copy(listing->arena, folder, strlen(folder) - 1);
        const char *up = layout_holds(&listing->names, arena_printf(listing->arena, "%smigration.sql", folder));
        if (up == NULL) {
            layout_fault(listing, id, "holds no migration.sql: put it back, or take the folder away");
            continue;
        }
        struct layout_entry *entry = layout_add(listing, id, id);
        entry->up = up;
        entry->message = message(listing->arena, folder);
    }
    layout_order(listing, strcmp);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    (void)head, (void)length;
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strchr(names->items[i], '/');
        if (strcmp(names->items[i], "migration_lock.toml") == 0 ||
            (slash != NULL && strcmp(slash, "/migration.sql") == 0))
            return true;
    }
    return false;
}

static const struct layout_marks marks = {.outside = ""};

const struct layout layout_prisma = {
    .name = "prisma",
    .tool = "Prisma",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
