#include "base/arena.h"
#include "base/duration.h"
#include "cli/command.h"
#include "cli/report.h"
#include "flows/stamp_run.h"
#include "flows/tree.h"

#include <stdint.h>
#include <stdio.h>

static int stamp(struct invocation *invocation, const struct revision_tree *files)
{
    const struct graph *graph = files->graph;
    struct stamp_result result;
    struct stamp_options options = {
        .target = invocation->target,
        .graph = graph,
        .targets = invocation->arguments,
        .purge = invocation_flag(invocation, "purge") != NULL,
        .reason = invocation_flag(invocation, "reason"),
        .timeout_ms = 60000,
    };
    const char *timeout = invocation_flag(invocation, "timeout");
    if (timeout != NULL && !duration_parse(timeout, true, &options.timeout_ms))
        return report_usage("--timeout %s: not a duration such as 30s or 10min", timeout);

    stamp_run(invocation->arena, &options, &result);
    if (result.error.code != ERROR_NONE)
        return report_error(&result.error);
    for (size_t i = 0; i < result.after.count; i++)
        printf("%s stamped\n", result.after.items[i]);
    if (result.after.count == 0)
        fputs("the version table is empty now\n", stderr);
    return 0;
}

const struct command cmd_stamp = {
    .name = "stamp",
    .arguments = "REV...",
    .summary = "set the version rows without running anything",
    .help = "For a database whose schema came from elsewhere. REV is an id, heads, base or label@head; several are "
            "fine.\n",
    .least = 1,
    .most = SIZE_MAX,
    .flags = {{"purge", 0, NULL, "forget all version rows first, unknown ones too"},
              {"timeout", 0, "DURATION", "how long to wait for the lock (default 60s)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run_with_files = stamp,
};
