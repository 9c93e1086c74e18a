#include "adopt_parts.h"
#include "base/arena.h"
#include "core/graph.h"

#include <assert.h>
#include <string.h>

/* Of two with one layout the first is meant where nobody says which. */
static const struct adopted_tool *const tools[] = {
    &adopted_dbmate,           &adopted_diesel,      &adopted_flyway, &adopted_golang_migrate,  &adopted_goose,
    &adopted_graphile_migrate, &adopted_liquibase,   &adopted_morph,  &adopted_node_pg_migrate, &adopted_pop,
    &adopted_prisma,           &adopted_sourcegraph, &adopted_sqlx,
};
static const size_t n_tools = sizeof tools / sizeof *tools;

const struct adopted_tool *adopted_tool_find(const char *name)
{
    for (size_t i = 0; i < n_tools; i++)
        if (strcmp(tools[i]->name, name) == 0)
            return tools[i];
    return NULL;
}

const struct adopted_tool *adopted_tool_of_layout(const char *layout)
{
    for (size_t i = 0; i < n_tools; i++)
        if (strcmp(tools[i]->layout, layout) == 0)
            return tools[i];
    return NULL;
}

const char *adopted_tool_names(struct arena *arena)
{
    const char *names = tools[0]->name;
    for (size_t i = 1; i < n_tools; i++)
        names = arena_printf(arena, "%s, %s", names, tools[i]->name);
    return names;
}

uint32_t adopted_row_find(struct arena *arena, const struct adopted_tool *tool, const struct graph *graph,
                          const struct adopted_row *row)
{
    return tool->find != NULL ? tool->find(arena, graph, row->version) : graph_find(graph, row->version);
}

enum adopted_state adopted_state_find(const char *word)
{
    static const char *const words[] = {
        [ADOPTED_APPLIED] = "applied", [ADOPTED_THROUGH] = "through", [ADOPTED_BASELINE] = "baseline",
        [ADOPTED_FAILED] = "failed",   [ADOPTED_APART] = "apart",
    };
    size_t state = 0;
    while (state < sizeof words / sizeof *words && strcmp(words[state], word) != 0)
        state++;
    assert(state < sizeof words / sizeof *words);
    return (enum adopted_state)state;
}

void adopted_row_compare(struct arena *arena, const struct adopted_tool *tool, struct adopted_row *row,
                         const char *text, size_t length)
{
    const char *now = tool->checksum(arena, text, length);
    bool same = strcmp(now, row->checksum) == 0 ||
                (tool->matches != NULL && tool->matches(arena, row->checksum, text, length));
    row->file_checksum = same ? NULL : now;
}

const char *adopted_directory(struct arena *arena, const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return arena_copy(arena, path + begin, end - begin);
}

bool adopted_table_split(struct arena *arena, const char *text, const char **schema, const char **name)
{
    const char *dot = strchr(text, '.');
    *schema = dot == NULL ? NULL : arena_copy(arena, text, (size_t)(dot - text));
    *name = arena_string(arena, dot == NULL ? text : dot + 1);
    return **name != '\0' && strchr(*name, '.') == NULL && (*schema == NULL || **schema != '\0');
}
