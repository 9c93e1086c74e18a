#include "cli/revision_draft.h"

#include "base/arena.h"
#include "cli/revision_print.h"

#include <string.h>

static const char blanks[] = " \t\r\n\f\v";

/* Line ends become blanks: a header is one line. */
static const char *one_line(struct arena *arena, const char *text)
{
    text += strspn(text, blanks);
    char *line = arena_string(arena, text);
    size_t length = strlen(line);
    while (length > 0 && strchr(blanks, line[length - 1]) != NULL)
        line[--length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (strchr(blanks, line[i]) != NULL)
            line[i] = ' ';
    return line;
}

struct names revision_draft_split(struct arena *arena, const char *text)
{
    struct names names = {0};
    size_t capacity = 0;
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ",");
        const char *item = one_line(arena, arena_copy(arena, text, length));
        text += length + (text[length] == ',');
        if (*item == '\0')
            continue;
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = item;
    }
    return names;
}

bool revision_draft_read(struct invocation *invocation, const struct revision_asking *asking,
                         struct revision_draft *draft, struct error *error)
{
    const char *message = invocation_flag(invocation, "message");
    *draft = (struct revision_draft){
        .message = message == NULL ? "" : one_line(invocation->arena, message),
        .labels = revision_draft_split(invocation->arena, invocation_flag(invocation, "branch-label")),
        .id = invocation_flag(invocation, "rev-id"),
        .directory = invocation_flag(invocation, "version-path"),
    };
    if (draft->message[0] != '\0')
        return true;
    error_set(error, ERROR_USAGE, "%s needs -m TEXT: %s", invocation->command->name, asking->what);
    return error_next(error, "migrated %s -m \"%s\"", invocation->command->name, asking->example);
}

bool revision_draft_set_parents(struct arena *arena, struct revision_draft *draft, const struct graph *graph,
                                struct nodes parents, bool splice, struct error *error)
{
    draft->parents = revision_ids(arena, graph, parents);
    for (size_t i = 1; i < draft->parents.count; i++)
        if (strcmp(draft->parents.items[i - 1], draft->parents.items[i]) == 0)
            return error_set(error, ERROR_USAGE, "revision %s is named twice", draft->parents.items[i]);
    for (uint32_t i = 0; i < parents.count && !splice; i++) {
        if (graph_children(graph, parents.items[i]).count == 0)
            continue;
        error_set(error, ERROR_USAGE, "revision %s is not a head", graph_revision(graph, parents.items[i])->id);
        return error_next(error, "`migrated heads` lists them; `migrated new --splice` starts a branch from any");
    }
    return true;
}
