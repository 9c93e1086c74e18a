#include "base/arena.h"
#include "cli/audit_look.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/report.h"
#include "cli/revision_print.h"
#include "core/listing.h"
#include "flows/tree.h"

#include <stdio.h>

static void print_text(struct invocation *invocation, const struct graph *graph, const struct database_look *look,
                       struct nodes nodes)
{
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    enum revision_form form = invocation->verbose ? REVISION_BLOCK : REVISION_SHORT;
    if (invocation->verbose)
        printf("Current revision(s) for %s:\n", look->display);
    revision_print_all(&printer, nodes, form);
    revision_print_unknown(&printer, &look->rows, form);
    revision_print_base(&look->rows);
}

static int check_heads(struct invocation *invocation, const struct graph *graph, const struct names *rows)
{
    struct names heads = revision_ids(invocation->arena, graph, graph_real_heads(graph));
    struct error error;
    if (names_equal(&heads, rows))
        return 0;
    error_set(&error, ERROR_NOT_IN_SYNC, "the version table holds %s, the heads are %s",
              rows->count == 0 ? "nothing" : names_join(invocation->arena, rows, 5),
              heads.count == 0 ? "none" : names_join(invocation->arena, &heads, 5));
    error_next(&error, "migrated check tells why, migrated plan what is missing");
    return report_error(&error);
}

static int show(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    struct database_look look;
    struct error error = {0};
    if (!database_read_current(invocation, graph, &look, &error))
        return report_error(&error);

    struct names half_done;
    if (!audit_look_open(invocation, graph, &look.rows, &half_done, &error))
        return report_error(&error);
    struct nodes nodes = listing_current(invocation->arena, graph, &look.rows);
    nodes = revision_sorted(invocation->arena, graph, nodes);
    if (invocation->json) {
        struct revision_printer printer = {invocation->arena, graph, &look.rows};
        revision_print_json(&printer, nodes, &look.rows);
    } else {
        print_text(invocation, graph, &look, nodes);
    }
    if (invocation_flag(invocation, "check-heads") != NULL)
        return check_heads(invocation, graph, &look.rows);
    return 0;
}

const struct command cmd_current = {
    .name = "current",
    .arguments = "",
    .summary = "list what is applied, as the version table says",
    .help =
        "A row that none of the files explains is marked (unknown). A head that another revision depends on has no\n"
        "row of its own; it is listed all the same, as (effective head).\n",
    .json = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"check-heads", 0, NULL, "exit 3 unless the rows are exactly the heads"}},
    .run_with_files = show,
};
