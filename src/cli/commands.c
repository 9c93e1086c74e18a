#include "cli/command.h"

#include <string.h>

extern const struct command cmd_serve, cmd_upgrade, cmd_downgrade, cmd_plan, cmd_current, cmd_heads, cmd_history,
    cmd_branches, cmd_show, cmd_check, cmd_wait, cmd_probe, cmd_status, cmd_new, cmd_merge, cmd_stamp, cmd_doctor,
    cmd_resume, cmd_repair, cmd_adopt, cmd_help;

const struct command *const command_table[] = {
    &cmd_serve,    &cmd_upgrade, &cmd_downgrade, &cmd_plan,   &cmd_current, &cmd_heads,  &cmd_history,
    &cmd_branches, &cmd_show,    &cmd_check,     &cmd_wait,   &cmd_probe,   &cmd_status, &cmd_new,
    &cmd_merge,    &cmd_stamp,   &cmd_doctor,    &cmd_resume, &cmd_repair,  &cmd_adopt,  &cmd_help,
};
const size_t command_count = sizeof command_table / sizeof *command_table;

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    return NULL;
}
