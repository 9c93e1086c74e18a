#include "base/duration.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "flows/doctor.h"
#include "flows/tree.h"

#include <stdio.h>

#define OLDER_THAN_MS 30000

static const char *colour_of(enum finding_status status)
{
    static const char *const colours[] = {
        [FINDING_OK] = "32", [FINDING_WARN] = "33", [FINDING_FAIL] = "1;31", [FINDING_SKIP] = "36"};
    return colours[status];
}

/* One line each: server texts may hold anything, and what would move the cursor becomes a blank. */
static void print_clean(const char *string)
{
    for (; *string != '\0'; string++)
        putchar((unsigned char)*string < ' ' || *string == 0x7F ? ' ' : *string);
}

static void print_text(const struct doctor_result *result)
{
    bool colour = report_has_colour(stdout);
    for (size_t i = 0; i < result->count; i++) {
        const struct finding *finding = &result->findings[i];
        const char *status = finding_status_name(finding->status);
        if (colour)
            printf("\033[%sm%-4s\033[0m  %-17s  ", colour_of(finding->status), status, finding->check);
        else
            printf("%-4s  %-17s  ", status, finding->check);
        print_clean(finding->message);
        if (finding->next != NULL) {
            fputs("; next: ", stdout);
            print_clean(finding->next);
        }
        putchar('\n');
    }
}

/* {"ok","checks":[{"name","status","message","next"}]} */
static void print_json(const struct doctor_result *result)
{
    json_t *body = json_object(), *checks = json_array();
    for (size_t i = 0; i < result->count; i++) {
        const struct finding *finding = &result->findings[i];
        json_t *check = json_object();
        json_object_set_new(check, "name", json_text(finding->check));
        json_object_set_new(check, "status", json_text(finding_status_name(finding->status)));
        json_object_set_new(check, "message", json_text(finding->message));
        json_object_set_new(check, "next", json_text(finding->next));
        json_array_append_new(checks, check);
    }
    json_object_set_new(body, "ok", json_boolean(!result->has_failed));
    json_object_set_new(body, "checks", checks);
    json_print(body);
}

static int examine(struct invocation *invocation, struct doctor_options *options)
{
    struct doctor_result result;
    doctor_run(invocation->arena, options, &result);
    if (invocation->json)
        print_json(&result);
    else
        print_text(&result);
    if (result.error.code != ERROR_NONE)
        return error_exit_status(result.error.code);
    return error_exit_status(result.has_failed ? ERROR_NOT_IN_SYNC : ERROR_NONE);
}

static int run(struct invocation *invocation)
{
    const char *older_than = invocation_flag(invocation, "older-than");
    struct doctor_options options = {.older_than_ms = OLDER_THAN_MS};
    struct error error = {0};
    if (older_than != NULL && !duration_parse(older_than, true, &options.older_than_ms))
        return report_usage("--older-than %s: not a duration such as 30s or 10min", older_than);
    int status = invocation_configure(invocation);
    if (status != 0)
        return status;

    struct tree *tree = tree_read(&invocation->target->migrations, invocation->target->layout, &error);
    options.target = invocation->target;
    bool usable = tree != NULL && tree_has_files(&tree->files, invocation->target, &error);
    options.graph = usable ? tree->files.graph : NULL;
    options.files_error = usable ? NULL : &error;
    options.faults = tree == NULL ? NULL : &tree->files.faults;
    status = examine(invocation, &options);
    tree_release(tree);
    return status;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "what stands in the way of migrating: a line a check, with what to type next",
    .help =
        "Connection, pooler, primary or standby, privileges, defaults, locks and who holds them, long transactions,\n"
        "replication, invalid indexes, version table, files, revisions that are half done or were edited. A line\n"
        "begins with ok, warn, fail, or skip for what could not be asked; then comes the check's name. Nothing is\n"
        "changed in the database. With `apply = never` rights to apply are not looked for. Exit status: 0 nothing\n"
        "failed (warnings are fine), 3 a check failed, 69 the database was not reached, 77 the login was refused, "
        "78\n"
        "the address or the server can't be used.\n",
    .json = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE,
    .flags = {{"older-than", 0, "DURATION", "a transaction open for longer is a long one (default 30s)"}},
    .run = run,
};
