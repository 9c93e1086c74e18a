#include "core/liquibase_file.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "liquibase_parts.h"
#include "utf8.h"

#include <string.h>

/* What Liquibase tells changesets apart by; what ids can't hold is replaced. */
static const char *id_of(struct arena *arena, const char *path, const struct changeset_head *head)
{
    char *id = arena_printf(arena, "%s/%s/%s", path, head->author, head->id);
    for (char *at = id; *at != '\0'; at++)
        if (strchr(LIQUIBASE_REPLACED, *at) != NULL)
            *at = '_';
    return id;
}

static const char *stem(struct arena *arena, const char *name)
{
    return arena_copy(arena, name, strlen(name) - (layout_ends(name, ".sql") ? strlen(".sql") : 0));
}

static void read_side(struct revision_source *source, const struct changeset *changeset, const struct side *side,
                      enum revision_part part)
{
    if (!side->present)
        return;
    source->part = part;
    source->body = side->begin;
    source->body_place = changeset->place;
    source->length = side->end;
    revision_sections_read(source);
}

static void read_changeset(struct changelog *reading, const struct changeset *changeset, const char *id,
                           struct revision *revision)
{
    struct layout_entry entry = {.id = id, .message = changeset->message, .up = reading->path};
    revision_begin(reading->arena, &layout_liquibase, "", &entry, NULL, revision, reading->faults);
    revision->path = reading->path;
    revision->id_place = revision->down_revision_place = changeset->place;
    struct revision_source source = {
        .arena = reading->arena,
        .path = reading->path,
        .text = text_string(reading->out),
        .inclusions = reading->places,
        .revision = revision,
        .faults = reading->faults,
        .marks = layout_liquibase.marks,
        .transaction = changeset->head.outside ? TRANSACTION_OFF : TRANSACTION_UNSAID,
        .transaction_place = changeset->place,
    };
    revision_checksum(source.text + changeset->up.begin, changeset->down.end - changeset->up.begin, source.checksum);
    memcpy(revision->checksum, source.checksum, sizeof revision->checksum);
    read_side(&source, changeset, &changeset->up, REVISION_UP);
    read_side(&source, changeset, &changeset->down, REVISION_DOWN);
}

/* Bytes that no file may hold. */
static bool check_bytes(struct changelog *reading, const char *text, size_t length)
{
    size_t valid = utf8_valid_length(text, length);
    const char *nul = memchr(text, '\0', valid);
    if (nul == NULL && valid == length)
        return true;
    size_t mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    size_t at = nul == NULL ? valid : (size_t)(nul - text);
    struct place place = place_after((struct place){1, 1, 0}, text + mark, at - mark);
    if (nul != NULL)
        liquibase_refuse(reading, place, sql_scan_error_text(SQL_SCAN_NUL));
    else
        fault_add(reading->faults, reading->path, place.line, place.column,
                  "byte 0x%02x is not UTF-8: save the file as UTF-8", (unsigned)(unsigned char)text[at]);
    return false;
}

size_t liquibase_file_read(struct arena *arena, const char *path, const char *name, const char *text, size_t length,
                           struct text *out, struct revision **revisions, struct faults *faults)
{
    struct changelog reading = {
        .arena = arena,
        .path = arena_string(arena, path),
        .out = out,
        .places = arena_alloc(arena, sizeof *reading.places),
        .faults = faults,
    };
    text_clear(out);
    *revisions = NULL;
    if (length == 0 || !check_bytes(&reading, text, length))
        return 0;
    liquibase_lines_read(&reading, text, length);
    *revisions = arena_array(arena, reading.count, sizeof **revisions);
    const char *own = reading.logical_path != NULL ? reading.logical_path : stem(arena, name);
    for (size_t i = 0; i < reading.count; i++) {
        const struct changeset_head *head = &reading.changesets[i].head;
        const char *id = id_of(arena, head->path != NULL ? head->path : own, head);
        read_changeset(&reading, &reading.changesets[i], id, &(*revisions)[i]);
    }
    return reading.count;
}

void liquibase_file_text(const char *text, size_t length, struct text *out)
{
    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct changelog reading = {.arena = arena,
                                .path = "",
                                .out = out,
                                .places = arena_alloc(arena, sizeof *reading.places),
                                .faults = &faults};
    text_clear(out);
    liquibase_lines_read(&reading, text, length);
    arena_destroy(arena);
}

bool liquibase_file_is_same(const struct section *section, const struct revision *revision, const struct text *out)
{
    const struct section *first = revision->up.present ? &revision->up : section;
    const struct section *last = revision->down.present ? &revision->down : &revision->up;
    size_t begin = first->offset, end = last->offset + last->length;
    char checksum[DIGEST_HEX_SIZE];
    if (end > out->length)
        return false;
    revision_checksum(text_string(out) + begin, end - begin, checksum);
    return strcmp(checksum, section->checksum) == 0;
}
