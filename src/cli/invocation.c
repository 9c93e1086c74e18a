#include "cli/command.h"

#include "base/arena.h"
#include "base/log.h"
#include "cli/each_target.h"
#include "cli/report.h"
#include "flows/tree.h"

#include <string.h>

const char *invocation_flag(const struct invocation *invocation, const char *name)
{
    const struct command_flag *flags = invocation->command->flags;
    for (size_t i = 0; i < COMMAND_MOST_FLAGS && flags[i].name != NULL; i++)
        if (strcmp(flags[i].name, name) == 0)
            return invocation->values[i];
    return NULL;
}

/* Of a target's option, a text. */
static bool is_set(const struct target_config *target, const char *option)
{
    return *(const char *const *)((const char *)target + option_find(option)->offset) != NULL;
}

/* What would apply or write does not do so for Alembic's revisions. */
static bool check_engine(const struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    if (invocation->target->engine == ENGINE_SCRIPT && command->writes_files) {
        error_set(error, ERROR_CONFIG, "`migrated %s` has nothing to do with engine = script: it is one file",
                  command->name);
        return error_next(error, "edit %s: it is run again when its checksum changes",
                          invocation->target->migrations.items[0]);
    }
    if (invocation->target->engine != ENGINE_ALEMBIC || command->with_alembic == NULL)
        return true;
    if (command->with_alembic[0] == '\0')
        return error_set(error, ERROR_CONFIG,
                         "`migrated %s` has nothing to do with engine = alembic: nothing is kept of "
                         "its files",
                         command->name);
    if (command->with_option != NULL && is_set(invocation->target, command->with_option))
        return true;
    if (command->with_option == NULL)
        error_set(error, ERROR_CONFIG, "`migrated %s` is not for engine = alembic: its files are Alembic's",
                  command->name);
    else
        error_set(error, ERROR_CONFIG, "`migrated %s` with engine = alembic needs %s: the project's own command",
                  command->name, command->with_option);
    return error_next(error, "type `%s`", command->with_alembic);
}

static int load(struct invocation *invocation)
{
    const char *target = invocation->source.target;
    struct config_faults faults = {.arena = invocation->arena};
    if (!config_load_all(invocation->arena, &invocation->source, &invocation->config, &faults))
        return report_config_faults(&faults);
    invocation->target = config_target(invocation->config, target == NULL ? "main" : target);
    for (size_t i = 0; i < invocation->config->warnings.count; i++)
        log_warning("%s", invocation->config->warnings.items[i]);
    return 0;
}

int invocation_configure(struct invocation *invocation)
{
    struct error error = {0};
    int status = invocation->target == NULL ? load(invocation) : 0;
    if (status != 0 || invocation->target == NULL)
        return status;
    return check_engine(invocation, &error) ? 0 : report_error(&error);
}

int invocation_judge_tree(struct tree *tree, const struct error *error)
{
    if (tree == NULL)
        return report_error(error);
    if (tree->files.graph != NULL)
        return 0;
    return report_faults(&tree->files.faults);
}

int invocation_demand_files(const struct invocation *invocation, const struct revision_tree *files)
{
    struct error error = {0};
    return tree_has_files(files, invocation->target, &error) ? 0 : report_error(&error);
}

struct tree *invocation_tree(struct invocation *invocation, int *status)
{
    struct error error = {0};
    struct tree *tree = tree_read(invocation->target, &error);
    *status = invocation_judge_tree(tree, &error);
    if (*status == 0)
        return tree;
    tree_release(tree);
    return NULL;
}

static int run_one(struct invocation *invocation)
{
    const struct command *command = invocation->command;
    if (command->run_with_files == NULL)
        return command->run(invocation);

    int status = invocation_configure(invocation);
    struct tree *tree = status == 0 ? invocation_tree(invocation, &status) : NULL;
    if (tree == NULL)
        return status;
    status = command->run_with_files(invocation, &tree->files);
    tree_release(tree);
    return status;
}

int invocation_run(struct invocation *invocation)
{
    int status = invocation->command->each ? load(invocation) : 0;
    if (status != 0)
        return status;
    bool all = invocation->command->each && each_target_wanted(invocation);
    return all ? each_target_run(invocation, run_one) : run_one(invocation);
}
