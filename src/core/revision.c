#include "core/revision.h"

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
