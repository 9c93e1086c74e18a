#include "base/arena.h"
#include "base/duration.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "core/layout.h"
#include "files/revision_dir.h"
#include "flows/stamp_run.h"

#include <stdio.h>
#include <string.h>

/* ---- whose table, and where ---- */

/* NULL: see `error`. */
static const struct adopted_tool *find_tool(struct invocation *invocation, const struct revision_tree *files,
                                            struct error *error)
{
    const char *from = invocation_flag(invocation, "from"), *names = adopted_tool_names(invocation->arena);
    const char *layout = files->foreign == NULL ? layout_native.name : files->foreign->name;
    const struct adopted_tool *tool = from != NULL ? adopted_tool_find(from) : adopted_tool_of_layout(layout);
    if (tool != NULL)
        return tool;
    if (from != NULL) {
        error_set(error, ERROR_USAGE, "--from %s: there is %s", from, names);
    } else {
        error_set(error, ERROR_USAGE, "the layout %s is not one of a tool whose table is read here", layout);
        error_next(error, "say whose table it is with --from: %s", names);
    }
    return NULL;
}

static bool find_source(struct invocation *invocation, const struct revision_tree *files, struct stamp_source *source,
                        struct error *error)
{
    const char *table = invocation_flag(invocation, "table");
    if (table == NULL)
        table = invocation->target->mirror_table;
    *source = (struct stamp_source){
        .tool = find_tool(invocation, files, error),
        .directory = adopted_directory(invocation->arena, invocation->target->migrations.items[0]),
        .accepted = {.gaps = invocation_flag(invocation, "allow-gaps") != NULL,
                     .missing = invocation_flag(invocation, "allow-missing") != NULL,
                     .changed = invocation_flag(invocation, "allow-changed") != NULL},
    };
    if (source->tool == NULL)
        return false;
    return table == NULL || adopted_table_split(invocation->arena, table, &source->schema, &source->table) ||
           error_set(error, ERROR_USAGE, "--table %s: write NAME or SCHEMA.NAME, without quotes", table);
}

/* ---- what it means ---- */

static void print_text(struct arena *arena, const struct adoption *adoption, bool written)
{
    const struct names *taken = &adoption->taken;
    for (size_t i = 0; i < taken->count; i++)
        printf("%s %s\n", taken->items[i], written ? "taken as applied" : "would be taken as applied");
    fflush(stdout);
    fprintf(stderr, "%s of %s holds %zu applied version%s\n", adoption->table, adoption->tool->title,
            adoption->recorded, text_plural(adoption->recorded));
    if (adoption->apart.count > 0)
        fprintf(stderr, "not taken over: %s\n", names_join(arena, &adoption->apart, 5));
    if (adoption->missing.count > 0)
        fprintf(stderr, "without a file: %s\n", names_join(arena, &adoption->missing, 5));
    if (adoption->ahead.count > 0)
        fprintf(stderr,
                "the version table holds what %s does not know of: %s; `migrated stamp` if it was taken back there\n",
                adoption->tool->title, names_join(arena, &adoption->ahead, 5));
    if (taken->count == 0)
        fputs("nothing to take over\n", stderr);
    fprintf(stderr, "%zu revision%s pending%s%s%s\n", adoption->pending.count, text_plural(adoption->pending.count),
            written || taken->count == 0 ? "" : " afterwards", adoption->pending.count == 0 ? "" : ": ",
            adoption->pending.count == 0 ? "" : names_join(arena, &adoption->pending, 5));
    if (!written && taken->count > 0)
        fputs("nothing was written; next: the same with --yes\n", stderr);
}

static json_t *json_changed(const struct adoption *adoption)
{
    json_t *array = json_array();
    for (size_t i = 0; i < adoption->n_changed; i++)
        json_array_append_new(array,
                              json_pack("{s:s,s:s,s:s}", "revision", adoption->changed[i]->version, "recorded",
                                        adoption->changed[i]->checksum, "file", adoption->changed[i]->file_checksum));
    return array;
}

/* {"ok","from","table","written","rows_before","rows","taken_as_applied","pending","gaps","without_file","changed",
 * "not_taken_over","ahead","error"}; those of revisions in the order in which they run. */
static void print_json(struct arena *arena, const struct stamp_result *result, bool written)
{
    const struct adoption *adoption = &result->adoption;
    struct names before = names_copy(arena, &result->before), after = names_copy(arena, &result->after);
    json_t *body = json_object();
    names_sort(&before);
    names_sort(&after);
    json_object_set_new(body, "ok", json_boolean(written || adoption->taken.count == 0));
    json_object_set_new(body, "from", json_string(adoption->tool->name));
    json_object_set_new(body, "table", json_string(adoption->table));
    json_object_set_new(body, "written", json_boolean(written));
    json_object_set_new(body, "rows_before", json_names(&before));
    json_object_set_new(body, "rows", json_names(&after));
    json_object_set_new(body, "taken_as_applied", json_names(&adoption->taken));
    json_object_set_new(body, "pending", json_names(&adoption->pending));
    json_object_set_new(body, "gaps", json_names(&adoption->gaps));
    json_object_set_new(body, "without_file", json_names(&adoption->missing));
    json_object_set_new(body, "changed", json_changed(adoption));
    json_object_set_new(body, "not_taken_over", json_names(&adoption->apart));
    json_object_set_new(body, "ahead", json_names(&adoption->ahead));
    json_object_set_new(body, "error", json_null());
    json_print(body);
}

static int adopt(struct invocation *invocation, const struct revision_tree *files)
{
    struct stamp_source source = {0};
    struct stamp_result result;
    struct error error = {0};
    struct stamp_options options = {
        .target = invocation->target,
        .graph = files->graph,
        .source = &source,
        .dry = invocation_flag(invocation, "yes") == NULL,
        .reason = invocation_flag(invocation, "reason"),
        .timeout_ms = 60000,
    };
    const char *timeout = invocation_flag(invocation, "timeout");
    if (timeout != NULL && !duration_parse(timeout, true, &options.timeout_ms))
        return report_usage("--timeout %s: not a duration such as 30s or 10min", timeout);
    if (!find_source(invocation, files, &source, &error))
        return report_error(&error);
    if (options.reason == NULL)
        options.reason = arena_printf(invocation->arena, "taken over from %s", source.tool->title);

    stamp_run(invocation->arena, &options, &result);
    if (result.error.code != ERROR_NONE)
        return report_error(&result.error);
    bool written = !options.dry && result.adoption.taken.count > 0;
    if (invocation->json)
        print_json(invocation->arena, &result, written);
    else
        print_text(invocation->arena, &result.adoption, written);
    return options.dry && result.adoption.taken.count > 0 ? error_exit_status(ERROR_NOT_IN_SYNC) : 0;
}

const struct command cmd_adopt = {
    .name = "adopt",
    .arguments = "",
    .summary = "take over from another tool: stamp what its table says is applied",
    .help =
        "Reads the table of the tool whose files these are, and shows what would count as applied; with --yes it is\n"
        "stamped. Nothing is run, and the other tool's table stays as it is. Exit status 3: there is something to\n"
        "take over, and nothing was written.\n",
    .json = true,
    .with_alembic = "",
    .with_django = "",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"yes", 0, NULL, "write it"},
              {"from", 0, "TOOL", "whose table it is (default: that of the files' layout)"},
              {"table", 0, "SCHEMA.NAME", "where it is, if not where the tool keeps it by itself"},
              {"allow-gaps", 0, NULL, "what was left out beneath applied versions is taken as applied too"},
              {"allow-missing", 0, NULL, "applied versions may have no file"},
              {"allow-changed", 0, NULL, "files may have been edited after they were applied"},
              {"timeout", 0, "DURATION", "how long to wait for the lock (default 60s)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run_with_files = adopt,
};
