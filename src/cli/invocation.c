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

static bool refuse_script(const struct invocation *invocation, struct error *error)
{
    error_set(error, ERROR_CONFIG, "`migrated %s` has nothing to do with engine = script: it is one file",
              invocation->command->name);
    return error_next(error, "edit %s: it is run again when its checksum changes",
                      invocation->target->migrations.items[0]);
}

/* What would apply or write does so for Alembic's revisions and Django's only by a command of the project. */
static bool check_engine(const struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    const struct target_config *target = invocation->target;
    bool django = target->engine == ENGINE_DJANGO;
    const char *instead = django ? command->with_django : command->with_alembic,
               *engine = engine_name(target->engine);
    if (target->engine == ENGINE_SCRIPT && command->writes_files)
        return refuse_script(invocation, error);
    if (!engine_is_foreign(target->engine) || instead == NULL)
        return true;
    if (*instead == '\0')
        return error_set(error, ERROR_CONFIG,
                         "`migrated %s` has nothing to do with engine = %s: nothing is kept of its files",
                         command->name, engine);
    if (command->with_option != NULL && is_set(target, command->with_option))
        return true;
    if (command->with_option == NULL)
        error_set(error, ERROR_CONFIG, "`migrated %s` is not for engine = %s: its files are %s's", command->name,
                  engine, django ? "Django" : "Alembic");
    else
        error_set(error, ERROR_CONFIG, "`migrated %s` with engine = %s needs %s: the project's own command",
                  command->name, engine, command->with_option);
    return error_next(error, "type `%s`", instead);
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
