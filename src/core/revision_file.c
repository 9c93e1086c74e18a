#include "core/revision_file.h"

#include "base/text.h"
#include "core/sql_scan.h"
#include "revision_parts.h"
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

void revision_file_read(struct arena *arena, const char *path, const char *text, size_t length,
                        struct revision *revision, struct faults *faults)
{
    *revision = (struct revision){
        .message = "",
        .lock_timeout_ms = -1,
        .statement_timeout_ms = -1,
        .online_timeout_ms = -1,
        .path = arena_string(arena, path),
        .file_size = length,
    };
    struct revision_source source = {
        .arena = arena,
        .path = revision->path,
        .text = text,
        .length = length,
        .revision = revision,
        .faults = faults,
        .body_place = {1, 1},
    };
    source.body = revision_text_begin(&source);

    revision_checksum(text, length, revision->checksum);
    check_encoding(&source);
    if (length == 0 ||
        memchr(text, '\0', length) == NULL) /* else values would be cut; the scanner tells of the NUL */
        revision_header_read(&source);
    if (revision->id == NULL) {
        revision->id = id_from_path(arena, path);
        revision->id_place = (struct place){1, 1};
        revision_id_check(&source, revision->id, revision->id_place);
    } else if (revision->id[0] == '\0') { /* faulted: go on under the other name */
        revision->id = id_from_path(arena, path);
    }
    revision_sections_read(&source);
}

size_t revision_id_characters(const struct revision *revision)
{
    return text_characters(revision->id, strlen(revision->id));
}
