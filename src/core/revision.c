#include "core/revision.h"

#include "core/layout.h"
#include "core/parameters.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

const char *phase_name(enum revision_phase phase)
{
    static const char *const names[] = {"expand", "data", "contract"};
    return names[phase];
}

const char *direction_name(enum direction direction)
{
    return direction == DIRECTION_UPGRADE ? "upgrade" : "downgrade";
}

const struct section *revision_section(const struct revision *revision, enum direction direction)
{
    return direction == DIRECTION_UPGRADE ? &revision->up : &revision->down;
}

static const char *copy_path(struct arena *arena, const char *path)
{
    return path == NULL ? NULL : arena_string(arena, path);
}

struct revision revision_copy(struct arena *arena, const struct revision *revision)
{
    struct revision copy = *revision;
    copy.path = copy_path(arena, revision->path);
    copy.directory = copy_path(arena, revision->directory);
    copy.verify_path = copy_path(arena, revision->verify_path);
    copy.link_path = copy_path(arena, revision->link_path);
    copy.parameters = revision->parameters == NULL ? NULL : parameters_copy(arena, revision->parameters);
    copy.outside_path = copy_path(arena, revision->outside_path);
    copy.up.path = copy_path(arena, revision->up.path);
    copy.down.path = copy_path(arena, revision->down.path);
    return copy;
}

const char *revision_path(const struct revision *revision, enum direction direction)
{
    const char *path = revision_section(revision, direction)->path;
    return path == NULL ? revision->path : path;
}

const char *revision_link_path(const struct revision *revision)
{
    return revision->link_path != NULL ? revision->link_path : revision->path;
}

static bool is_empty(const struct section *section)
{
    return section->statements == (section->wrapped ? 2 : 0);
}

bool revision_has_way_back(const struct revision *revision)
{
    bool foreign = revision->layout != NULL && revision->layout != &layout_native;
    if (foreign) /* its tool would run the empty file too */
        return revision->down.present;
    return revision->down.present && (!is_empty(&revision->down) || is_empty(&revision->up));
}

bool revision_check_width(const struct revision *revision, size_t width, struct error *error)
{
    size_t characters = text_characters(revision->id, strlen(revision->id));
    if (width == 0 || characters <= width)
        return true;
    error_set(error, ERROR_FILES, "the id %s has %zu characters, but the version column holds %zu", revision->id,
              characters, width);
    error_place(error, revision->path, revision->id_place.line, revision->id_place.column);
    return error_next(error, "give it a shorter id, or widen column version_num of the version table");
}
