#include "core/alembic_file.h"
#include "layout_parts.h"

/* Whoever has Alembic's files says so by the engine. */
static bool recognises(const struct names *names, const char *head, size_t length)
{
    (void)names, (void)head, (void)length;
    return false;
}

/* Each says itself which revision it is. */
static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (!layout_is_file(name) || !alembic_file_is_named(name))
            continue;
        struct layout_entry *entry = layout_add(listing, NULL, NULL);
        entry->up = entry->down = name;
    }
}

static const struct layout_marks marks = {0}; /* what they do is Alembic's to know */

const struct layout layout_alembic = {
    .name = "alembic",
    .tool = "Alembic",
    .hidden = true,
    .told = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
