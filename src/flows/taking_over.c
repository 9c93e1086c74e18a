#include "taking_over.h"

#include "base/arena.h"
#include "files/revision_dir.h"

#include <stdlib.h>
#include <string.h>

struct adopt_source taking_over_source(const struct stamp_source *source, const struct session *session)
{
    const char *own = source->tool->schema != NULL ? source->tool->schema : session_ledger(session)->version_schema;
    return (struct adopt_source){
        .tool = source->tool,
        .schema = source->schema != NULL ? source->schema : own,
        .table = source->table != NULL ? source->table : source->tool->table,
        .directory = source->directory,
    };
}

static bool compare_checksums(struct arena *arena, const struct graph *graph, const struct adopted_tool *tool,
                              struct adopted_rows *rows, struct error *error)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct adopted_row *row = &rows->items[i];
        uint32_t node = adopted_row_find(arena, tool, graph, row);
        char *text;
        size_t length;
        if (node == GRAPH_NONE || row->checksum == NULL || tool->checksum == NULL || row->state != ADOPTED_APPLIED)
            continue;
        if (!revision_text_read(graph_revision(graph, node), DIRECTION_UPGRADE, &text, &length, error))
            return false;
        adopted_row_compare(arena, tool, row, text, length);
        free(text);
    }
    return true;
}

bool taking_over_judge(struct arena *arena, const struct stamp_options *options, const struct adopt_source *source,
                       const struct names *version_rows, struct adopted_rows *rows, struct adoption *adoption,
                       struct error *error)
{
    *adoption = (struct adoption){.table = arena_printf(arena, "%s.%s", source->schema, source->table)};
    if (!compare_checksums(arena, options->graph, source->tool, rows, error))
        return false;
    adoption->tool = source->tool;
    return adoption_judge(arena, options->graph, version_rows, rows, adoption, error) &&
           adoption_allows(arena, adoption, &options->source->accepted, error);
}

void taking_over_explain(const struct adopt_source *source, struct error *error)
{
    struct error kept = *error;
    const char *title = source->tool->title;
    if (strcmp(kept.sqlstate, "42P01") == 0) {
        error_set(error, ERROR_USAGE,
                  "there is no table %s.%s: %s has applied nothing here, or keeps its rows elsewhere", source->schema,
                  source->table, title);
        error_next(error, "say where they are with --table SCHEMA.NAME, or whose with --from TOOL");
    } else if (strcmp(kept.sqlstate, "42703") == 0) {
        error_set(error, ERROR_USAGE, "the table %s.%s is not as %s makes it: %s", source->schema, source->table,
                  title, kept.message);
        error_next(error, "say whose it is with --from TOOL");
    }
    memcpy(error->sqlstate, kept.sqlstate, sizeof error->sqlstate);
}
