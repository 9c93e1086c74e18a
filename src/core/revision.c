#include "core/revision.h"

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

static bool is_empty(const struct section *section)
{
    return section->statements == (section->wrapped ? 2 : 0);
}

bool revision_has_way_back(const struct revision *revision)
{
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
