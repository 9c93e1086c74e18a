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
