#include "cli/revision_print.h"

#include "base/arena.h"
#include "cli/json_print.h"
#include "cli/revision_note.h"
#include "core/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

struct entry {
    const char *id;
    uint32_t node;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return strcmp(a->id, b->id);
}

struct nodes revision_sorted(struct arena *arena, const struct graph *graph, struct nodes nodes)
{
    struct entry *entries = arena_array(arena, nodes.count, sizeof *entries);
    uint32_t *items = arena_array(arena, nodes.count, sizeof *items);
    for (uint32_t i = 0; i < nodes.count; i++)
        entries[i] = (struct entry){graph_revision(graph, nodes.items[i])->id, nodes.items[i]};
    qsort(entries, nodes.count, sizeof *entries, compare_entries);
    for (uint32_t i = 0; i < nodes.count; i++)
        items[i] = entries[i].node;
    return (struct nodes){items, nodes.count};
}

struct names revision_ids(struct arena *arena, const struct graph *graph, struct nodes nodes)
{
    struct names ids = {.items = arena_array(arena, nodes.count, sizeof *ids.items), .count = nodes.count};
    for (uint32_t i = 0; i < nodes.count; i++)
        ids.items[i] = graph_revision(graph, nodes.items[i])->id;
    names_sort(&ids);
    return ids;
}

static const char *join(const struct revision_printer *printer, const struct names *names)
{
    return names_join(printer->arena, names, names->count);
}

static const char *join_parents(const struct revision_printer *printer, const struct revision *revision)
{
    return revision->down_revisions.count == 0 ? "<base>" : join(printer, &revision->down_revisions);
}

static struct names next_revisions(const struct revision_printer *printer, uint32_t node)
{
    return revision_ids(printer->arena, printer->graph, graph_children(printer->graph, node));
}

/* ---- marks ---- */

static bool is_head(const struct revision_printer *printer, uint32_t node)
{
    return graph_children(printer->graph, node).count == 0;
}

static bool is_real_head(const struct revision_printer *printer, uint32_t node)
{
    return is_head(printer, node) && graph_dependents(printer->graph, node).count == 0;
}

static const char *current_mark(const struct revision_printer *printer, const struct revision *revision)
{
    return printer->rows != NULL && names_contain(printer->rows, revision->id) ? " (current)" : "";
}

/* ---- for people ---- */

static void print_short(const struct revision_printer *printer, uint32_t node)
{
    const struct revision *revision = graph_revision(printer->graph, node);
    const char *marks = listing_marks(printer->arena, printer->graph, node);
    printf("%s%s%s%s", revision->id, *marks == '\0' ? "" : " ", marks, current_mark(printer, revision));
}

static void print_line(const struct revision_printer *printer, uint32_t node)
{
    const struct revision *revision = graph_revision(printer->graph, node);
    print_short(printer, node);
    printf(" <- %s", join_parents(printer, revision));
    if (revision->depends_on.count > 0)
        printf(" (%s)", join(printer, &revision->depends_on));
    if (revision->message[0] != '\0')
        printf(", %s", revision->message);
    const char *outside = revision_note_outside(printer->arena, &revision->up);
    if (outside != NULL)
        printf(" (%s)", outside);
}

/* What the file says beyond Alembic's fields. */
static void print_traits(struct arena *arena, const struct revision *revision)
{
    const char *outside = revision_note_outside(arena, &revision->up);
    if (revision->create_date != NULL)
        printf("Create date: %s\n", revision->create_date);
    if (revision->phase != PHASE_EXPAND)
        printf("Phase: %s\n", phase_name(revision->phase));
    if (outside != NULL)
        printf("Transaction: none (%s)\n", outside);
    if (revision->data_loss != NULL)
        printf("Data loss: %s\n", revision->data_loss);
    if (revision->irreversible != NULL)
        printf("Irreversible: %s\n", revision->irreversible);
}

static void print_block(const struct revision_printer *printer, uint32_t node)
{
    const struct revision *revision = graph_revision(printer->graph, node);
    struct names labels = graph_labels(printer->graph, node), next = next_revisions(printer, node);
    bool merges = graph_is_merge_point(printer->graph, node), branches = graph_is_branch_point(printer->graph, node);
    const char *head = is_real_head(printer, node) ? " (head)" : is_head(printer, node) ? " (effective head)" : "";

    printf("Rev: %s%s%s%s%s\n", revision->id, head, branches ? " (branchpoint)" : "", merges ? " (mergepoint)" : "",
           current_mark(printer, revision));
    printf("%s: %s\n", merges ? "Merges" : "Parent", join_parents(printer, revision));
    if (revision->depends_on.count > 0)
        printf("Also depends on: %s\n", join(printer, &revision->depends_on));
    if (branches)
        printf("Branches into: %s\n", join(printer, &next));
    if (labels.count > 0)
        printf("Branch names: %s\n", join(printer, &labels));
    printf("Path: %s\n", revision->path);
    if (revision->verify_path != NULL)
        printf("Verified by: %s\n", revision->verify_path);
    print_traits(printer->arena, revision);
    if (revision->message[0] != '\0')
        printf("\n    %s\n", revision->message);
}

void revision_print(const struct revision_printer *printer, uint32_t node, enum revision_form form)
{
    if (form == REVISION_BLOCK)
        print_block(printer, node);
    else if (form == REVISION_LINE)
        print_line(printer, node);
    else
        print_short(printer, node);
    putchar('\n');
}

void revision_print_all(const struct revision_printer *printer, struct nodes nodes, enum revision_form form)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        revision_print(printer, nodes.items[i], form);
}

static bool is_known(const struct revision_printer *printer, const char *id)
{
    return graph_find(printer->graph, id) != GRAPH_NONE;
}

void revision_print_unknown(const struct revision_printer *printer, const struct names *rows, enum revision_form form)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!is_known(printer, rows->items[i]))
            printf("%s%s (unknown)\n%s", form == REVISION_BLOCK ? "Rev: " : "", rows->items[i],
                   form == REVISION_BLOCK ? "\n" : "");
}

void revision_print_base(const struct names *rows)
{
    fflush(stdout);
    if (rows->count == 0)
        fputs("no revision is applied: the database is at base\n", stderr);
}

/* ---- as JSON ---- */

static json_t *sorted_json(const struct revision_printer *printer, const struct names *names)
{
    struct names sorted = names_copy(printer->arena, names);
    json_t *array = json_array();
    names_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++)
        json_array_append_new(array, json_text(sorted.items[i]));
    return array;
}

static void set_file(json_t *object, const struct revision *revision)
{
    json_object_set_new(object, "phase", json_string(phase_name(revision->phase)));
    json_object_set_new(object, "message", json_text(revision->message));
    json_object_set_new(object, "create_date", json_text(revision->create_date));
    json_object_set_new(object, "file", json_text(revision->path));
    json_object_set_new(object, "transactional", json_boolean(!revision->up.present || revision->up.transactional));
    json_object_set_new(object, "not_transactional", revision_note_outside_json(&revision->up));
    json_object_set_new(object, "data_loss", json_text(revision->data_loss));
    json_object_set_new(object, "irreversible", json_text(revision->irreversible));
    json_object_set_new(object, "checksum", json_text(revision->checksum));
}

static void set_django(json_t *object, const char *id)
{
    size_t app = strcspn(id, ".");
    json_object_set_new(object, "app", json_stringn(id, app));
    json_object_set_new(object, "name", json_text(id + app + 1));
}

static json_t *known_json(const struct revision_printer *printer, uint32_t node)
{
    const struct revision *revision = graph_revision(printer->graph, node);
    struct names labels = graph_labels(printer->graph, node), next = next_revisions(printer, node);
    json_t *object = json_object();
    json_object_set_new(object, "revision", json_text(revision->id));
    if (graph_django(printer->graph) != NULL)
        set_django(object, revision->id);
    json_object_set_new(object, "down_revisions", sorted_json(printer, &revision->down_revisions));
    json_object_set_new(object, "depends_on", sorted_json(printer, &revision->depends_on));
    json_object_set_new(object, "labels", sorted_json(printer, &labels));
    set_file(object, revision);
    json_object_set_new(object, "is_head", json_boolean(is_head(printer, node)));
    json_object_set_new(object, "is_real_head", json_boolean(is_real_head(printer, node)));
    json_object_set_new(object, "is_branch_point", json_boolean(graph_is_branch_point(printer->graph, node)));
    json_object_set_new(object, "is_merge_point", json_boolean(graph_is_merge_point(printer->graph, node)));
    json_object_set_new(object, "next_revisions", sorted_json(printer, &next));
    json_object_set_new(object, "is_known", json_true());
    if (printer->rows != NULL)
        json_object_set_new(object, "in_version_table", json_boolean(names_contain(printer->rows, revision->id)));
    return object;
}

static json_t *unknown_json(const char *id)
{
    json_t *object = json_object();
    json_object_set_new(object, "revision", json_text(id));
    json_object_set_new(object, "down_revisions", json_array());
    json_object_set_new(object, "depends_on", json_array());
    json_object_set_new(object, "labels", json_array());
    json_object_set_new(object, "is_known", json_false());
    json_object_set_new(object, "in_version_table", json_true());
    return object;
}

void revision_print_json(const struct revision_printer *printer, struct nodes nodes, const struct names *rows)
{
    json_t *body = json_object(), *revisions = json_array();
    for (uint32_t i = 0; i < nodes.count; i++)
        json_array_append_new(revisions, known_json(printer, nodes.items[i]));
    for (size_t i = 0; rows != NULL && i < rows->count; i++)
        if (!is_known(printer, rows->items[i]))
            json_array_append_new(revisions, unknown_json(rows->items[i]));
    json_object_set_new(body, "revisions", revisions);
    json_print(body);
}
