#include "cli/command.h"
#include "cli/database.h"
#include "cli/report.h"
#include "cli/revision_print.h"
#include "core/listing.h"
#include "flows/tree.h"

static int list(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    const char *range = invocation_flag(invocation, "rev-range");
    bool indicate = invocation_flag(invocation, "indicate-current") != NULL;
    bool ask = indicate || listing_history_needs_rows(range);
    struct database_look look;
    struct error error = {0};
    struct nodes nodes;
    if (ask && !database_read_current(invocation, graph, &look, &error))
        return report_error(&error);
    if (!listing_history(invocation->arena, graph, range, ask ? &look.rows : NULL, &nodes, &error))
        return report_error(&error);

    struct revision_printer printer = {invocation->arena, graph, indicate ? &look.rows : NULL};
    if (invocation->json)
        revision_print_json(&printer, nodes, NULL);
    else
        revision_print_all(&printer, nodes, invocation->verbose ? REVISION_BLOCK : REVISION_LINE);
    return 0;
}

const struct command cmd_history = {
    .name = "history",
    .arguments = "",
    .summary = "list the revision files, newest first",
    .help = "A range has both its ends in it; either may be left out, be relative (-3:) or the word current. Only\n"
            "current and --indicate-current ask the database.\n",
    .json = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"rev-range", 'r', "A:B", "only from A to B"},
              {"indicate-current", 'i', NULL, "mark what the version table holds with (current)"}},
    .run_with_files = list,
};
