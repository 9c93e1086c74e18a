#include "base/arena.h"
#include "cli/command.h"
#include "cli/new_command.h"
#include "cli/report.h"
#include "cli/revision_directory.h"
#include "cli/revision_print.h"
#include "cli/revision_write.h"
#include "core/resolve.h"
#include "flows/tree.h"

#include <string.h>

/* ---- the parent ---- */

static bool refuse_heads(struct arena *arena, const struct graph *graph, struct nodes heads, struct error *error)
{
    struct names ids = revision_ids(arena, graph, heads);
    error_set(error, ERROR_USAGE, "there are %u heads, which shall it follow? %s", heads.count,
              names_join(arena, &ids, 5));
    return error_next(error, "name one with --head, or first: migrated merge -m \"merge heads\"");
}

/* Without --head the one head there is; in an empty directory none. */
static bool choose_parents(struct invocation *invocation, const struct graph *graph, struct nodes *parents,
                           struct error *error)
{
    const char *head = invocation_flag(invocation, "head"), *parent = invocation_flag(invocation, "parent");
    if (head != NULL && parent != NULL)
        return error_set(error, ERROR_USAGE, "--head and --parent mean the same: give one");
    head = head == NULL ? parent : head;
    if (head != NULL)
        return resolve_symbol(invocation->arena, graph, head, parents, error);
    *parents = graph_versioned_heads(graph);
    return parents->count <= 1 || refuse_heads(invocation->arena, graph, *parents, error);
}

/* ---- depends_on: labels stay labels, everything else becomes a whole id ---- */

static bool add_dependency(struct arena *arena, const struct graph *graph, const char *symbol,
                           struct names *dependencies, size_t *capacity, struct error *error)
{
    struct nodes nodes;
    bool is_label = graph_find_label(graph, symbol) != GRAPH_NONE;
    if (!is_label && !resolve_symbol(arena, graph, symbol, &nodes, error))
        return false;
    struct names ids = {.items = &symbol, .count = 1};
    if (!is_label)
        ids = revision_ids(arena, graph, nodes);
    for (size_t i = 0; i < ids.count; i++) {
        dependencies->items =
            arena_grow(arena, dependencies->items, dependencies->count, capacity, sizeof *dependencies->items);
        dependencies->items[dependencies->count++] = ids.items[i];
    }
    return true;
}

static bool choose_dependencies(struct invocation *invocation, const struct graph *graph, struct names *dependencies,
                                struct error *error)
{
    struct names symbols = revision_draft_split(invocation->arena, invocation_flag(invocation, "depends-on"));
    size_t capacity = 0;
    for (size_t i = 0; i < symbols.count; i++)
        if (!add_dependency(invocation->arena, graph, symbols.items[i], dependencies, &capacity, error))
            return false;
    return true;
}

/* ---- the command ---- */

static int write_new(struct invocation *invocation, const struct revision_tree *files, struct revision_draft draft)
{
    struct error error = {0};
    struct nodes parents = {0};
    bool splice = invocation_flag(invocation, "splice") != NULL;
    if (!choose_parents(invocation, files->graph, &parents, &error) ||
        !revision_draft_set_parents(invocation->arena, &draft, files->graph, parents, splice, &error) ||
        !choose_dependencies(invocation, files->graph, &draft.depends_on, &error) ||
        !revision_write(invocation, files, &draft, &error))
        return report_error(&error);
    return 0;
}

static const struct revision_asking asking = {"what the revision does", "add a note to bookings"};

/* The first file of a project: where it goes is made before the files are read. */
static int run(struct invocation *invocation)
{
    struct revision_draft draft;
    struct error error = {0};
    int status = invocation_configure(invocation);
    if (status != 0)
        return status;
    if (engine_is_foreign(invocation->target->engine))
        return new_command_run(invocation);
    if (!revision_draft_read(invocation, &asking, &draft, &error) ||
        !revision_directory_make(invocation->arena, &invocation->target->migrations, draft.directory, &error))
        return report_error(&error);
    struct tree *tree = invocation_tree(invocation, &status);
    if (tree == NULL)
        return status;
    status = write_new(invocation, &tree->files, draft);
    tree_release(tree);
    return status;
}

const struct command cmd_new = {
    .name = "new",
    .arguments = "-m TEXT",
    .summary = "write a new revision file and print its path",
    .help = "It follows the head, or the revision given by --head (base: it follows none). Its name continues those\n"
            "that are there: 0007_add_x.sql behind 0006_*.sql. In a directory whose files have no down_revision\n"
            "headers, it has none either. No file is ever overwritten. A directory that is not there yet is made.\n"
            "With engine = alembic or django it runs new_command.\n",
    .json = true,
    .writes_files = true,
    .with_alembic = "alembic revision -m TEXT",
    .with_django = "python manage.py makemigrations",
    .with_option = "new_command",
    .uses = OPTION_FOR_FILES,
    .flags = {{"message", 'm', "TEXT", "what it does, in a line; its name is made of it"},
              {"head", 0, "REV", "the revision it follows"},
              {"parent", 0, "REV", "the same"},
              {"splice", 0, NULL, "that one need not be a head: a branch begins there"},
              {"branch-label", 0, "LABEL", "labels, comma separated"},
              {"depends-on", 0, "REV", "revisions or labels that must be applied before, comma separated"},
              {"rev-id", 0, "ID", "its id and name"},
              {"version-path", 0, "DIR", "which of the migrations directories (default: its parent's)"}},
    .run = run,
};
