#include "base/arena.h"
#include "cli/command.h"
#include "cli/revision_print.h"
#include "core/listing.h"
#include "flows/tree.h"

#include <stdio.h>

static const char *child_text(const struct revision_printer *printer, uint32_t child)
{
    const char *marks = listing_marks(printer->arena, printer->graph, child);
    return arena_printf(printer->arena, "%s%s%s", graph_revision(printer->graph, child)->id,
                        *marks == '\0' ? "" : " ", marks);
}

/* "id (branchpoint) -> child, child": one line, so that the id stays its first word. */
static void print_line(const struct revision_printer *printer, uint32_t node, struct nodes children)
{
    const char *marks = listing_marks(printer->arena, printer->graph, node);
    printf("%s %s -> ", graph_revision(printer->graph, node)->id, marks);
    for (uint32_t i = 0; i < children.count; i++)
        printf("%s%s", i == 0 ? "" : ", ", child_text(printer, children.items[i]));
    putchar('\n');
}

static void print_block(const struct revision_printer *printer, uint32_t node, struct nodes children)
{
    revision_print(printer, node, REVISION_BLOCK);
    for (uint32_t i = 0; i < children.count; i++) {
        const char *message = graph_revision(printer->graph, children.items[i])->message;
        printf("    -> %s%s%s\n", child_text(printer, children.items[i]), *message == '\0' ? "" : ", ", message);
    }
    putchar('\n');
}

static int list(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    struct nodes points = listing_branches(invocation->arena, graph);
    if (invocation->json) {
        revision_print_json(&printer, points, NULL);
        return 0;
    }
    for (uint32_t i = 0; i < points.count; i++) {
        struct nodes children = graph_children(graph, points.items[i]);
        children = revision_sorted(invocation->arena, graph, children);
        if (invocation->verbose)
            print_block(&printer, points.items[i], children);
        else
            print_line(&printer, points.items[i], children);
    }
    return 0;
}

const struct command cmd_branches = {
    .name = "branches",
    .arguments = "",
    .summary = "list the revisions from which several others go on",
    .json = true,
    .uses = OPTION_FOR_FILES,
    .run_with_files = list,
};
