#include "cli/command.h"
#include "cli/database.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "core/readiness.h"
#include "flows/detail.h"
#include "flows/tree.h"

#include <stdio.h>

/* ---- --files: what can be known without a database ---- */

static int check_files(struct invocation *invocation)
{
    int status = 0;
    struct tree *tree = invocation_tree(invocation, &status);
    if (tree == NULL)
        return status;
    struct nodes heads = graph_real_heads(tree->files.graph);
    if (heads.count > 1 && invocation_flag(invocation, "allow-heads") == NULL) {
        struct error error;
        error_set(&error, ERROR_FILES, "%u heads: %s, %s%s", heads.count,
                  graph_revision(tree->files.graph, heads.items[0])->id,
                  graph_revision(tree->files.graph, heads.items[1])->id, heads.count > 2 ? " ..." : "");
        error_next(&error, "migrated merge -m \"merge heads\" heads, or allow them with --allow-heads");
        status = report_error(&error);
    } else {
        printf("%zu revisions, no faults\n", tree->files.count);
    }
    tree_release(tree);
    return status;
}

/* ---- against the database ---- */

static int compare(struct invocation *invocation, const struct graph *graph)
{
    struct database_look look;
    struct error error = {0};
    if (!database_read(invocation, graph, &look, &error))
        return report_error(&error);

    struct verdict verdict;
    struct readiness readiness;
    verdict_judge(invocation->arena, graph, &look.rows, look.has_stored ? &look.stored : NULL, &verdict);
    struct readiness_facts facts = {
        .asked = true,
        .verdict = &verdict,
        .stale_after_ms = 1,
        .ahead_fails = invocation->target->ahead == AHEAD_FAIL,
    };
    readiness_judge(invocation->arena, &facts, &readiness);
    if (invocation->json)
        json_print(detail_json(graph, &verdict, &readiness, readiness.message));
    else
        puts(readiness.message);
    return readiness.ok ? 0 : error_exit_status(ERROR_NOT_IN_SYNC);
}

static int run(struct invocation *invocation)
{
    int status = invocation_configure(invocation);
    if (status != 0)
        return status;
    if (invocation_flag(invocation, "files") != NULL)
        return check_files(invocation);
    struct tree *tree = invocation_tree(invocation, &status);
    if (tree == NULL)
        return status;
    status = compare(invocation, tree->files.graph);
    tree_release(tree);
    return status;
}

const struct command cmd_check = {
    .name = "check",
    .arguments = "",
    .summary = "is the database in sync with the files? exit 0: yes, 3: no",
    .help = "One line says why. With --files no database is needed: faults in the files, and more than one head, end "
            "with\n"
            "exit 65.\n",
    .flags = {{"files", 0, NULL, "check the revision files only"},
              {"allow-heads", 0, NULL, "with --files: several heads are fine"}},
    .run = run,
};
