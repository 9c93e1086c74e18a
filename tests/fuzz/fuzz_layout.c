/*
 * Fuzzes the layouts of other tools: the first byte chooses one; the rest is read as a text, as settings, and, line by line,
 * as the names of a directory.
 */
#include "base/arena.h"
#include "base/text.h"
#include "core/layout.h"
#include "core/liquibase_file.h"
#include "core/revision_file.h"
#include "core/sql_scan.h"
#include "core/verification.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                              \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            __builtin_trap();                                                                                        \
    } while (0)

static const char *const layouts[] = {"golang-migrate", "dbmate", "diesel",          "goose", "flyway",
                                      "prisma",         "sqlx",   "node-pg-migrate", "pop",   "graphile-migrate",
                                      "sourcegraph",    "sqitch"};

static void check_section(const char *text, size_t size, const struct section *section)
{
    if (!section->present)
        return;
    size_t bom = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    MUST(section->offset >= bom && section->offset <= size && section->length <= size - section->offset);
    struct place place = place_after((struct place){1, 1}, text + bom, section->offset - bom);
    MUST(place.line == section->place.line && place.column == section->place.column);
    MUST(section->transactional == (section->why_not == NULL));
    MUST(section->path != NULL && section->file_size == size);
}

static void check_faults(const struct faults *faults, const char *text, size_t size)
{
    struct place last = place_after((struct place){1, 1}, text, size);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        MUST(fault->line >= 1 && fault->line <= last.line && fault->column >= 1);
        MUST(fault->message[0] != '\0' && strpbrk(fault->message, "\r\n") == NULL);
    }
}

static void read_text(struct arena *arena, const struct layout *layout, const char *text, size_t size)
{
    struct faults faults = {.arena = arena};
    struct revision revision;
    struct layout_entry entry = {.id = "1", .message = "", .up = "1_a", .settings = "s"};
    revision_begin(arena, layout, "m", &entry, NULL, &revision, &faults);
    if (strcmp(layout->name, "diesel") == 0 || strcmp(layout->name, "flyway") == 0 ||
        strcmp(layout->name, "sourcegraph") == 0)
        revision_settings_read(arena, "m/s", text, size, &revision, &faults);
    revision_part_read(arena, "m/1_a", layout_has_sections(layout) ? REVISION_WHOLE : REVISION_UP, text, size,
                       &revision, &faults);
    check_section(text, size, &revision.up);
    check_section(text, size, &revision.down);
    check_faults(&faults, text, size);
}

static void read_changesets(struct arena *arena, const char *text, size_t size)
{
    struct faults faults = {.arena = arena};
    struct revision *revisions;
    struct text out = {0}, again = {0};
    size_t count = liquibase_file_read(arena, "m/a.sql", "a.sql", text, size, &out, &revisions, &faults);
    liquibase_file_text(text, size, &again);
    for (size_t i = 0; i < count; i++) {
        MUST(revisions[i].up.present && revisions[i].up.offset + revisions[i].up.length <= out.length);
        MUST(liquibase_file_is_same(&revisions[i].up, &revisions[i], &again));
    }
    check_faults(&faults, text, size);
    text_finish(&out);
    text_finish(&again);
}

/* A text that verifies itself. */
static void verify_text(struct arena *arena, const char *text, size_t size)
{
    struct faults faults = {.arena = arena};
    struct text out = {0};
    struct revision_script script = {.text = text, .length = size};
    struct verification verification = {"m/v", text, size, NULL};
    verification_add(arena, &verification, &script, &out, &faults);
    check_faults(&faults, text, size);
    MUST(out.length == 0 || out.length >= 2 * size);
    text_finish(&out);
}

/* Lines that could be names; NUL and hidden ones can't. */
static struct names split(struct arena *arena, const char *text, size_t size)
{
    struct names names = {0};
    size_t capacity = 0;
    for (size_t at = 0, length; at < size; at += length + 1) {
        const char *end = memchr(text + at, '\n', size - at);
        length = end == NULL ? size - at : (size_t)(end - text) - at;
        const char *name = arena_copy(arena, text + at, strnlen(text + at, length));
        if (name[0] == '\0' || name[0] == '.' || name[0] == '/')
            continue;
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = name;
    }
    names_sort(&names);
    return names;
}

static void read_names(struct arena *arena, const struct layout *layout, const char *text, size_t size)
{
    struct faults faults = {.arena = arena};
    struct layout_listing listing = {
        .arena = arena,
        .directory = "m",
        .names = split(arena, text, size),
        .faults = &faults,
        .plan = {layout->plan, text, size},
        .configuration = {layout->configuration, text, size},
        .beneath = "",
    };
    const struct layout *other;
    layout->list(&listing);
    MUST(listing.count <= listing.names.count);
    for (size_t i = 0; i < listing.count; i++) {
        const struct layout_entry *entry = &listing.entries[i];
        MUST(entry->id != NULL && entry->message != NULL && (entry->up != NULL || entry->down != NULL));
        MUST(entry->up != entry->down || layout_has_sections(layout));
    }
    if (layout->plan != NULL)
        check_faults(&faults, text, size);
    layout_recognise(&listing.names, text, size, &other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct layout *layout = layout_find(layouts[data[0] % (sizeof layouts / sizeof *layouts)]);
    char *text = malloc(size); /* of its own, so that a byte too many is seen */
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text = realloc(text, size > 1 ? size - 1 : 1);
    struct arena *arena = arena_create();
    read_text(arena, layout, text, size - 1);
    read_names(arena, layout, text, size - 1);
    read_changesets(arena, text, size - 1);
    verify_text(arena, text, size - 1);
    arena_destroy(arena);
    free(text);
    return 0;
}
