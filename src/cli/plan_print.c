#include "cli/plan_print.h"

#include "base/log.h"
#include "cli/json_print.h"
#include "cli/revision_note.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void print_step(struct arena *arena, const struct step *step, const struct revision *revision)
{
    const struct section *section = revision_section(revision, step->direction);
    const char *outside = revision_note_outside(arena, section);
    printf("%s %s", revision->id, direction_name(step->direction));
    if (outside != NULL)
        printf(" (%s)", outside);
    if (section->present && section->wrapped)
        printf(" (its own BEGIN and COMMIT are taken off)");
    if (step->direction == DIRECTION_DOWNGRADE && !revision_has_way_back(revision))
        printf(" (no way back)");
    if (revision->message[0] != '\0')
        printf(": %s", revision->message);
    putchar('\n');
}

void plan_print(struct arena *arena, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        print_step(arena, &plan->steps[i], graph_revision(plan->graph, plan->steps[i].node));
    if (plan->count == 0)
        fputs("nothing to do\n", stderr);
}

void plan_print_json(const struct plan *plan, const struct error *refusal)
{
    json_t *body = json_object(), *steps = json_array();
    for (size_t i = 0; i < plan->count; i++) {
        const struct revision *revision = graph_revision(plan->graph, plan->steps[i].node);
        const struct section *section = revision_section(revision, plan->steps[i].direction);
        json_t *step = json_object();
        json_object_set_new(step, "revision", json_string(revision->id));
        json_object_set_new(step, "direction", json_string(direction_name(plan->steps[i].direction)));
        json_object_set_new(step, "file", json_string(revision_path(revision, plan->steps[i].direction)));
        json_object_set_new(step, "transactional", json_boolean(!section->present || section->transactional));
        json_object_set_new(step, "not_transactional", revision_note_outside_json(section));
        json_array_append_new(steps, step);
    }
    json_object_set_new(body, "steps", steps);
    if (refusal->code != ERROR_NONE)
        json_object_set_new(body, "error", json_error(refusal));
    json_print(body);
}

void plan_print_ahead(struct arena *arena, const struct verdict *verdict)
{
    const char *message = verdict_message(arena, verdict);
    const char *prefix = "warning: ";
    size_t length = sizeof "warning: " - 1;
    log_warning("%s", strncmp(message, prefix, length) == 0 ? message + length : message);
}
