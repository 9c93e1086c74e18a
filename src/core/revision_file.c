#include "core/revision_file.h"

#include "base/text.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "utf8.h"

#include <string.h>

size_t revision_text_begin(const struct revision_source *source)
{
    return source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static const char *id_from_path(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".sql") == 0)
        length -= 4;
    return arena_copy(arena, name, length);
}

static void check_encoding(struct revision_source *source)
{
    size_t begin = revision_text_begin(source), valid = utf8_valid_length(source->text, source->length);
    if (valid == source->length)
        return;
    struct place place = place_after((struct place){1, 1}, source->text + begin, valid - begin);
    REVISION_FAULT(source, place, "byte 0x%02x is not UTF-8: save the file as UTF-8",
                   (unsigned)(unsigned char)source->text[valid]);
}

static struct revision empty_revision(const struct layout *layout, const char *path)
{
    return (struct revision){
        .layout = layout,
        .message = "",
        .lock_timeout_ms = -1,
        .statement_timeout_ms = -1,
        .online_timeout_ms = -1,
        .path = path,
    };
}

static struct revision_source begin_source(struct arena *arena, const char *path, const char *text, size_t length,
                                           struct revision *revision, struct faults *faults)
{
    struct revision_source source = {
        .arena = arena,
        .path = path,
        .text = text,
        .length = length,
        .revision = revision,
        .faults = faults,
        .marks = revision->layout->marks,
        .body_place = {1, 1},
    };
    source.body = revision_text_begin(&source);
    return source;
}

static void set_checksum(struct revision_source *source)
{
    if (source->checksum[0] == '\0')
        revision_checksum(source->text, source->length, source->checksum);
}

static void read_native(struct revision_source *source)
{
    struct revision *revision = source->revision;
    set_checksum(source);
    memcpy(revision->checksum, source->checksum, sizeof revision->checksum);
    check_encoding(source);
    revision_header_read(source);
    if (revision->id == NULL) {
        revision->id = id_from_path(source->arena, source->path);
        revision->id_place = (struct place){1, 1};
        revision_id_check(source, revision->id, revision->id_place);
    } else if (revision->id[0] == '\0') { /* faulted: go on under the other name */
        revision->id = id_from_path(source->arena, source->path);
    }
    revision_sections_read(source);
}

void revision_file_read(struct arena *arena, const char *path, const char *text, size_t length,
                        struct revision *revision, struct faults *faults)
{
    *revision = empty_revision(&layout_native, arena_string(arena, path));
    struct revision_source source = begin_source(arena, revision->path, text, length, revision, faults);
    read_native(&source);
}

/* ---- other layouts ---- */

const char *revision_path_join(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s%s%s", directory, strcmp(directory, "/") == 0 ? "" : "/", name);
}

/* A way up without a file has nothing to do. */
static struct section nothing(void)
{
    struct section section = {.present = true, .place = {1, 1}, .transactional = true};
    revision_checksum("", 0, section.checksum);
    return section;
}

void revision_follow(struct arena *arena, struct revision *revision, const char *parent)
{
    const char **items = arena_alloc(arena, sizeof *items);
    *items = arena_string(arena, parent);
    revision->down_revisions = (struct names){items, 1};
}

void revision_begin(struct arena *arena, const struct layout *layout, const char *directory,
                    const struct layout_entry *entry, const char *parent, struct revision *revision,
                    struct faults *faults)
{
    const char *name = entry->up != NULL ? entry->up : entry->down;
    *revision = empty_revision(layout, revision_path_join(arena, directory, name));
    revision->id = arena_string(arena, entry->id);
    revision->message = arena_string(arena, entry->message);
    revision->id_place = revision->down_revision_place = (struct place){1, 1};
    if (parent != NULL)
        revision_follow(arena, revision, parent);
    if (entry->verify != NULL) {
        revision->verify_path = revision_path_join(arena, directory, entry->verify);
        revision->directory = arena_string(arena, directory);
    }
    if (entry->line > 0) {
        revision->link_path = revision_path_join(arena, directory, layout->plan);
        revision->down_revision_place = revision->depends_on_place = (struct place){entry->line, 1};
    }
    revision->depends_on = names_copy(arena, &entry->depends_on);
    if (entry->up == NULL) {
        revision->up = nothing();
        memcpy(revision->checksum, revision->up.checksum, sizeof revision->checksum);
    }
    struct revision_source source = begin_source(arena, revision->path, "", 0, revision, faults);
    revision_id_check(&source, revision->id, revision->id_place);
}

static void read_part(struct revision_source *source)
{
    struct revision *revision = source->revision;
    if (revision->outside_path != NULL) {
        source->transaction = TRANSACTION_OFF;
        source->transaction_path = revision->outside_path;
        source->transaction_place = revision->outside_place;
    }
    set_checksum(source);
    if (source->part != REVISION_DOWN)
        memcpy(revision->checksum, source->checksum, sizeof revision->checksum);
    check_encoding(source);
    if (source->marks->header != NULL)
        source->marks->header(source);
    revision_sections_read(source);
}

void revision_part_read(struct arena *arena, const char *path, enum revision_part part, const char *text,
                        size_t length, struct revision *revision, struct faults *faults)
{
    struct revision_source source = begin_source(arena, arena_string(arena, path), text, length, revision, faults);
    source.part = part;
    read_part(&source);
}

void revision_script_read(struct arena *arena, const struct layout *layout, const char *path, enum revision_part part,
                          const struct revision_script *script, struct revision *revision, struct faults *faults)
{
    bool native = layout == &layout_native;
    path = arena_string(arena, path);
    if (native)
        *revision = empty_revision(layout, path);
    struct revision_source source = begin_source(arena, path, script->text, script->length, revision, faults);
    source.inclusions = script->inclusions;
    source.part = part;
    memcpy(source.checksum, script->written, sizeof source.checksum);
    source.hash = script->hash;
    if (script->inclusions != NULL)
        revision->directory = arena_string(arena, script->directory);
    (native ? read_native : read_part)(&source);
}

void revision_settings_read(struct arena *arena, const char *path, const char *text, size_t length,
                            struct revision *revision, struct faults *faults)
{
    struct revision_source source = begin_source(arena, arena_string(arena, path), text, length, revision, faults);
    source.marks->settings(&source);
    if (source.transaction != TRANSACTION_OFF)
        return;
    revision->outside_path = source.path;
    revision->outside_place = source.transaction_place;
}

size_t revision_id_characters(const struct revision *revision)
{
    return text_characters(revision->id, strlen(revision->id));
}
