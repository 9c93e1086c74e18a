#include "cli/revision_note.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "core/layout.h"

#include <string.h>

#define NAMED 5 /* so many ids are named in a sentence, the rest is counted */

static bool is_outside(const struct section *section)
{
    return section->present && !section->transactional;
}

const char *revision_note_outside(struct arena *arena, const struct section *section)
{
    if (!is_outside(section))
        return NULL;
    return arena_printf(arena, "outside a transaction: %s at %s:%u:%u", section->why_not, section->why_path,
                        section->why_place.line, section->why_place.column);
}

json_t *revision_note_outside_json(const struct section *section)
{
    if (!is_outside(section))
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "statement", json_text(section->why_not));
    json_object_set_new(object, "line", json_position(section->why_place.line));
    json_object_set_new(object, "column", json_position(section->why_place.column));
    return object;
}

const char *revision_note_wrapped(struct arena *arena, const struct names *ids)
{
    bool one = ids->count == 1;
    return arena_printf(arena, "%zu revision%s %s a BEGIN and COMMIT of %s own, which are taken off: %s", ids->count,
                        text_plural(ids->count), one ? "has" : "have", one ? "its" : "their",
                        names_join(arena, ids, NAMED));
}

struct names revision_note_all_wrapped(struct arena *arena, const struct revision_tree *files)
{
    struct names ids = {.items = arena_array(arena, files->count, sizeof *ids.items)};
    for (size_t i = 0; i < files->count; i++)
        if (files->revisions[i].up.wrapped || files->revisions[i].down.wrapped)
            ids.items[ids.count++] = files->revisions[i].id;
    names_sort(&ids);
    return ids;
}

static void print_outside(const struct revision *revision, const struct section *section, const char *side)
{
    if (is_outside(section))
        report_note(section->why_path, section->why_place.line, section->why_place.column,
                    "the %s section of %s runs outside a transaction (%s)", side, revision->id, section->why_not);
}

static void print_unknown(const struct revision *revision)
{
    if (revision->depends_on_assumed)
        report_note(revision->path, revision->depends_on_place.line, revision->depends_on_place.column,
                    "%s is taken to depend on nothing: the file has no depends_on, unless this import brings one",
                    revision->id);
    if (revision->labels_unknown)
        report_note(revision->path, revision->labels_place.line, revision->labels_place.column,
                    "the branch_labels of %s are known to Python only: no command finds it by them", revision->id);
}

void revision_notes_print(struct arena *arena, const struct revision_tree *files)
{
    struct names wrapped = revision_note_all_wrapped(arena, files);
    for (size_t i = 0; i < files->count; i++) {
        print_outside(&files->revisions[i], &files->revisions[i].up, "up");
        print_outside(&files->revisions[i], &files->revisions[i].down, "down");
        print_unknown(&files->revisions[i]);
    }
    for (size_t i = 0; i < files->passed_over.count; i++)
        report_note(files->passed_over.items[i], 0, 0, "not read: to %s its name makes no revision",
                    files->foreign->tool);
    if (wrapped.count > 0)
        report_note("", 0, 0, "%s", revision_note_wrapped(arena, &wrapped));
}

static void add_outside(json_t *list, const struct revision *revision, const struct section *section,
                        enum direction direction)
{
    if (!is_outside(section))
        return;
    json_t *object = revision_note_outside_json(section);
    json_object_set_new(object, "revision", json_text(revision->id));
    json_object_set_new(object, "direction", json_string(direction_name(direction)));
    json_object_set_new(object, "file", json_text(section->why_path));
    json_array_append_new(list, object);
}

void revision_notes_add(struct arena *arena, const struct revision_tree *files, json_t *body)
{
    struct names wrapped = revision_note_all_wrapped(arena, files);
    struct names unlabelled = {.items = arena_array(arena, files->count, sizeof *unlabelled.items)};
    struct names assumed = {.items = arena_array(arena, files->count, sizeof *assumed.items)};
    json_t *outside = json_array();
    for (size_t i = 0; i < files->count; i++) {
        add_outside(outside, &files->revisions[i], &files->revisions[i].up, DIRECTION_UPGRADE);
        add_outside(outside, &files->revisions[i], &files->revisions[i].down, DIRECTION_DOWNGRADE);
        if (files->revisions[i].depends_on_assumed)
            assumed.items[assumed.count++] = files->revisions[i].id;
        if (files->revisions[i].labels_unknown)
            unlabelled.items[unlabelled.count++] = files->revisions[i].id;
    }
    json_object_set_new(body, "not_transactional", outside);
    json_object_set_new(body, "depends_on_assumed", json_names(&assumed));
    json_object_set_new(body, "labels_not_known", json_names(&unlabelled));
    json_object_set_new(body, "wrapped", json_names(&wrapped));
    json_object_set_new(body, "files_not_read", json_names(&files->passed_over));
}
