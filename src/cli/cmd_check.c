#include "base/arena.h"
#include "base/text.h"
#include "cli/audit_look.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "cli/revision_note.h"
#include "cli/revision_print.h"
#include "core/readiness.h"
#include "core/revision_file.h"
#include "flows/audit_json.h"
#include "flows/detail.h"
#include "flows/tree.h"

#include <stdio.h>
#include <string.h>

/* ---- --files: what can be known without a database ---- */

static void refuse_heads(struct arena *arena, enum engine engine, const struct names *heads, struct error *error)
{
    error_set(error, ERROR_FILES, "%zu heads: %s", heads->count, names_join(arena, heads, 5));
    error_next(error, "%s, or allow them with --allow-heads",
               engine == ENGINE_DJANGO ? "python manage.py makemigrations --merge"
                                       : "migrated merge -m \"merge heads\" heads");
}

/* {"ok","revisions","heads","not_transactional","depends_on_assumed","labels_not_known","wrapped","files_not_read",
 * "folders_not_read","faults":[],"error"} */
static void print_files_json(struct arena *arena, const struct revision_tree *files, const struct names *heads,
                             const struct names *folders, const struct error *error)
{
    json_t *body = json_object();
    json_object_set_new(body, "ok", json_boolean(error->code == ERROR_NONE));
    json_object_set_new(body, "revisions", json_integer((json_int_t)files->count));
    json_object_set_new(body, "heads", json_names(heads));
    revision_notes_add(arena, files, body);
    json_object_set_new(body, "folders_not_read", json_names(folders));
    json_object_set_new(body, "faults", json_array());
    json_object_set_new(body, "error", json_error(error));
    json_print(body);
}

/* Alembic itself goes into no folder that it was not told of, Django reads packages of apps alone; a script is one file. */
static bool find_overlooked(const struct invocation *invocation, const struct revision_tree *files,
                            struct names *folders, struct error *error)
{
    const struct target_config *target = invocation->target;
    *folders = (struct names){0};
    return target->engine != ENGINE_SQL ||
           revision_folders_overlooked(invocation->arena, &target->migrations, target->layout, &files->folders,
                                       folders, error);
}

/* Of several heads those that are a conflict: with Django's apps, which have one each, those of one app. */
static struct names conflicting(struct arena *arena, const struct graph *graph, const struct names *heads)
{
    struct names found = {.items = arena_array(arena, heads->count, sizeof *found.items)};
    if (graph_django(graph) == NULL)
        return *heads;
    for (size_t i = 0; i < heads->count; i++) {
        size_t app = strcspn(heads->items[i], ".") + 1;
        bool before = i > 0 && strncmp(heads->items[i - 1], heads->items[i], app) == 0;
        bool behind = i + 1 < heads->count && strncmp(heads->items[i + 1], heads->items[i], app) == 0;
        if (before || behind)
            found.items[found.count++] = heads->items[i];
    }
    return found;
}

static int check_files(struct invocation *invocation, const struct revision_tree *files)
{
    struct arena *arena = invocation->arena;
    struct names heads = revision_ids(arena, files->graph, graph_real_heads(files->graph));
    struct error error = {0};
    struct names folders;
    if (!find_overlooked(invocation, files, &folders, &error))
        return report_error(&error);
    struct names conflict = conflicting(arena, files->graph, &heads);
    if (conflict.count > 1 && invocation_flag(invocation, "allow-heads") == NULL)
        refuse_heads(arena, invocation->target->engine, &conflict, &error);
    revision_notes_print(arena, files);
    for (size_t i = 0; i < folders.count; i++)
        report_note(folders.items[i], 0, 0,
                    "the .sql files in this folder are not read: move them up, or name it in "
                    "migrations too");
    if (invocation->json)
        print_files_json(arena, files, &heads, &folders, &error);
    else if (error.code == ERROR_NONE)
        printf("%zu revision%s, no faults\n", files->count, text_plural(files->count));
    return error.code == ERROR_NONE ? 0 : report_error(&error);
}

/* ---- against the database ---- */

/* Pending ids that the version column cannot hold: only here it is known how wide that is. */
static void find_long_ids(const struct graph *graph, const struct names *pending, size_t width, struct faults *faults)
{
    for (size_t i = 0; i < pending->count && width > 0; i++) {
        const struct revision *revision = graph_revision(graph, graph_find(graph, pending->items[i]));
        size_t characters = revision_id_characters(revision);
        if (characters > width)
            fault_add(
                faults, revision->path, revision->id_place.line, revision->id_place.column,
                "the id %s has %zu characters, but the version column holds %zu: give it a shorter id, or widen "
                "column version_num of the version table",
                revision->id, characters, width);
    }
}

/* The readiness's own message tells the first one that is to blame. */
static void print_findings(struct arena *arena, const struct audit *audit)
{
    for (size_t i = 0; i < audit->count; i++)
        printf("%s\n", audit_line(arena, &audit->findings[i]));
}

static void print_comparison(const struct invocation *invocation, const struct graph *graph,
                             const struct verdict *verdict, const struct readiness *readiness,
                             const struct audit *audit, const struct names *half_done, const struct faults *faults)
{
    if (!invocation->json) {
        if (readiness->ok || audit->count == 0 || verdict->pending.count > 0)
            puts(readiness->message);
        print_findings(invocation->arena, audit);
        return;
    }
    json_t *detail = detail_json(graph, verdict, readiness, readiness->message, true), *list = json_array();
    for (size_t i = 0; i < faults->count; i++)
        json_array_append_new(list, json_fault(faults->items[i].file, faults->items[i].line, faults->items[i].column,
                                               faults->items[i].message));
    if (faults->count > 0)
        json_object_set(detail, "faults", list);
    json_decref(list);
    json_object_set_new(detail, "changed", audit_json(audit, AUDIT_EDITED));
    json_object_set_new(detail, "slipped_in", audit_json(audit, AUDIT_SLIPPED_IN));
    json_object_set_new(detail, "half_done", json_names(half_done));
    json_print(detail);
}

static int compare(struct invocation *invocation, const struct graph *graph)
{
    struct faults faults = {.arena = invocation->arena};
    struct database_look look;
    struct error error = {0};
    if (!database_read(invocation, graph, &look, &error))
        return report_error(&error);

    struct verdict verdict;
    struct readiness readiness;
    verdict_judge(invocation->arena, graph, &look.rows, look.has_stored ? &look.stored : NULL, &verdict);
    tenants_judge(invocation->arena, graph, look.tenants, &verdict);
    struct audit audit;
    struct names half_done;
    if (!audit_look(invocation, graph, &verdict, &audit, &error) ||
        !audit_look_open(invocation, graph, &look.rows, &half_done, &error))
        return report_error(&error);
    struct readiness_facts facts = {
        .asked = true,
        .verdict = &verdict,
        .stale_after_ms = 1,
        .audit = &audit,
        .changed_fails = invocation->target->on_changed == CHANGED_FAIL,
        .ahead_fails = invocation->target->ahead == AHEAD_FAIL,
    };
    readiness_judge(invocation->arena, &facts, &readiness);
    find_long_ids(graph, &verdict.pending, look.version_width, &faults);
    print_comparison(invocation, graph, &verdict, &readiness, &audit, &half_done, &faults);
    if (faults.count > 0)
        return report_faults(&faults);
    return readiness.ok ? 0 : error_exit_status(ERROR_NOT_IN_SYNC);
}

static int check(struct invocation *invocation, const struct revision_tree *files)
{
    if (invocation_flag(invocation, "files") != NULL)
        return check_files(invocation, files);
    int status = invocation_demand_files(invocation, files);
    return status != 0 ? status : compare(invocation, files->graph);
}

const struct command cmd_check = {
    .name = "check",
    .arguments = "",
    .summary = "is the database in sync with the files? exit 0: yes, 3: no",
    .help =
        "One line says why. With --files no database is needed: faults in the files, and more than one head, end\n"
        "with exit 65; notes tell what runs outside a transaction, and whose BEGIN is taken off.\n",
    .json = true,
    .each = true,
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_VERDICT,
    .flags = {{"files", 0, NULL, "check the revision files only"},
              {"allow-heads", 0, NULL, "with --files: several heads are fine"}},
    .run_with_files = check,
};
