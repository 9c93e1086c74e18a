#include "base/arena.h"
#include "cli/command.h"
#include "cli/report.h"
#include "cli/revision_write.h"
#include "core/resolve.h"
#include "flows/tree.h"

#include <stdint.h>

static bool add_nodes(struct arena *arena, const struct graph *graph, const char *symbol, struct nodes *all,
                      struct error *error)
{
    struct nodes found;
    if (!resolve_symbol(arena, graph, symbol, &found, error))
        return false;
    uint32_t *items = arena_array(arena, all->count + found.count, sizeof *items);
    for (uint32_t i = 0; i < all->count; i++)
        items[i] = all->items[i];
    for (uint32_t i = 0; i < found.count; i++)
        items[all->count + i] = found.items[i];
    *all = (struct nodes){items, all->count + found.count};
    return true;
}

static bool choose_parents(struct invocation *invocation, const struct graph *graph, struct nodes *parents,
                           struct error *error)
{
    static const char *heads[] = {"heads"};
    struct names symbols = invocation->arguments;
    if (symbols.count == 0)
        symbols = (struct names){heads, 1};
    *parents = (struct nodes){0};
    for (size_t i = 0; i < symbols.count; i++)
        if (!add_nodes(invocation->arena, graph, symbols.items[i], parents, error))
            return false;
    if (parents->count >= 2)
        return true;
    error_set(error, ERROR_USAGE, "nothing to merge: %s",
              parents->count == 0 ? "no revision is named" : "it takes two heads, here is one");
    return error_next(error, "`migrated heads` lists what can be merged");
}

static const struct revision_asking asking = {"why the heads are joined", "merge heads"};

static int write_merge(struct invocation *invocation, const struct revision_tree *files)
{
    struct revision_draft draft;
    struct error error = {0};
    struct nodes parents;
    if (!revision_draft_read(invocation, &asking, &draft, &error) ||
        !choose_parents(invocation, files->graph, &parents, &error) ||
        !revision_draft_set_parents(invocation->arena, &draft, files->graph, parents, false, &error) ||
        !revision_write(invocation, files, &draft, &error))
        return report_error(&error);
    return 0;
}

const struct command cmd_merge = {
    .name = "merge",
    .arguments = "-m TEXT [REV...]",
    .summary = "write a revision file that joins heads, and print its path",
    .help = "REV are heads, two at least; default: all heads. The file has nothing to run and may stay so.\n",
    .most = SIZE_MAX,
    .json = true,
    .writes_files = true,
    .with_alembic = "alembic merge -m TEXT REV REV",
    .with_django = "python manage.py makemigrations --merge",
    .uses = OPTION_FOR_FILES,
    .flags = {{"message", 'm', "TEXT", "why; its name is made of it"},
              {"branch-label", 0, "LABEL", "labels, comma separated"},
              {"rev-id", 0, "ID", "its id and name"},
              {"version-path", 0, "DIR", "which of the migrations directories (default: the first parent's)"}},
    .run_with_files = write_merge,
};
