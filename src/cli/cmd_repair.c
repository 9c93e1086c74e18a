#include "base/arena.h"
#include "base/duration.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "core/resolve.h"
#include "flows/audit_json.h"
#include "flows/repair_run.h"
#include "flows/tree.h"

#include <stdint.h>
#include <stdio.h>

static bool resolve(struct invocation *invocation, const struct graph *graph, struct nodes *revisions,
                    struct error *error)
{
    struct arena *arena = invocation->arena;
    uint32_t *items = arena_array(arena, graph_size(graph), sizeof *items), count = 0;
    for (size_t i = 0; i < invocation->arguments.count; i++) {
        struct nodes found;
        if (!resolve_symbol(arena, graph, invocation->arguments.items[i], &found, error))
            return false;
        for (uint32_t j = 0; j < found.count; j++)
            if (!nodes_contain((struct nodes){items, count}, found.items[j]))
                items[count++] = found.items[j];
    }
    *revisions = (struct nodes){items, count};
    return count > 0 || error_set(error, ERROR_USAGE, "no revision is named: there is nothing to repair");
}

/* {"ok","repaired":[{"revision","file","applied_checksum","checksum"}],"error"} */
static void print_json(const struct repair_result *result)
{
    struct audit audit = {.findings = result->repaired, .count = result->count};
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_true());
    json_object_set_new(body, "repaired", audit_json(&audit, AUDIT_EDITED));
    json_object_set_new(body, "error", json_null());
    json_print(body);
}

static void print_text(const struct repair_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        printf("%s repaired: the checksum was %s, it is %s\n", result->repaired[i].revision,
               result->repaired[i].applied_checksum, result->repaired[i].checksum);
}

static int repair(struct invocation *invocation, const struct revision_tree *files)
{
    struct repair_result result;
    struct error error;
    struct repair_options options = {
        .target = invocation->target,
        .graph = files->graph,
        .reason = invocation_flag(invocation, "reason"),
        .timeout_ms = 60000,
    };
    const char *timeout = invocation_flag(invocation, "timeout");
    if (invocation_flag(invocation, "checksum") == NULL)
        return report_usage("what is to be repaired? `migrated repair --checksum REV` accepts an edited file");
    if (timeout != NULL && !duration_parse(timeout, true, &options.timeout_ms))
        return report_usage("--timeout %s: not a duration such as 30s or 10min", timeout);
    if (!resolve(invocation, files->graph, &options.revisions, &error))
        return report_error(&error);

    repair_run(invocation->arena, &options, &result);
    if (result.error.code != ERROR_NONE)
        return report_error(&result.error);
    if (invocation->json)
        print_json(&result);
    else
        print_text(&result);
    return 0;
}

const struct command cmd_repair = {
    .name = "repair",
    .arguments = "REV...",
    .summary = "accept the file of an applied revision as it is now",
    .help = "For a person who has looked at what was edited (`migrated check` names it) and found it harmless: a\n"
            "comment, a blank. Nothing is run; the history notes the old and the new checksum.\n",
    .least = 1,
    .most = SIZE_MAX,
    .json = true,
    .with_alembic = "",
    .with_django = "",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"checksum", 0, NULL, "take the file's checksum from now on"},
              {"timeout", 0, "DURATION", "how long to wait for the lock (default 60s)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run_with_files = repair,
};
