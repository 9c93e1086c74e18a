#include "base/arena.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/report.h"
#include "cli/revision_print.h"
#include "core/resolve.h"
#include "flows/tree.h"

#include <string.h>

static void print(const struct invocation *invocation, const struct revision_printer *printer, struct nodes nodes,
                  const struct names *rows)
{
    if (invocation->json) {
        revision_print_json(printer, nodes, rows);
        return;
    }
    revision_print_all(printer, nodes, REVISION_BLOCK);
    if (rows != NULL)
        revision_print_unknown(printer, rows, REVISION_BLOCK);
}

/* The version rows themselves, unknown ones too. */
static int show_current(struct invocation *invocation, const struct graph *graph)
{
    struct database_look look;
    struct error error = {0};
    if (!database_read(invocation, graph, &look, &error))
        return report_error(&error);

    uint32_t *items = arena_array(invocation->arena, look.rows.count, sizeof *items), count = 0;
    for (size_t i = 0; i < look.rows.count; i++) {
        uint32_t node = graph_find(graph, look.rows.items[i]);
        if (node != GRAPH_NONE)
            items[count++] = node;
    }
    struct revision_printer printer = {invocation->arena, graph, &look.rows};
    print(invocation, &printer, (struct nodes){items, count}, &look.rows);
    if (!invocation->json)
        revision_print_base(&look.rows);
    return 0;
}

static int show(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    const char *symbol = invocation->arguments.items[0];
    struct error error = {0};
    struct nodes nodes;
    if (strcmp(symbol, "current") == 0)
        return show_current(invocation, graph);
    if (!resolve_symbol(invocation->arena, graph, symbol, &nodes, &error))
        return report_error(&error);
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    print(invocation, &printer, nodes, NULL);
    return 0;
}

const struct command cmd_show = {
    .name = "show",
    .arguments = "REV",
    .summary = "tell all about a revision",
    .help =
        "REV is an id or the beginning of one, head, heads, label@head, -1 (one below the heads), or current: what\n"
        "the version table holds. Only current asks the database.\n",
    .least = 1,
    .most = 1,
    .json = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .run_with_files = show,
};
