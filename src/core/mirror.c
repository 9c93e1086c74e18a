#include "core/mirror.h"

#include "base/arena.h"
#include "core/layout.h"
#include "message_parts.h"

#include <string.h>

const struct adopted_tool *mirror_tool(const struct ledger *ledger, const struct revision *revision)
{
    const struct mirror *mirror = ledger->mirror;
    if (mirror == NULL)
        return NULL;
    return mirror->tool != NULL ? mirror->tool : adopted_tool_of_layout(revision->layout->name);
}

static const char *schema_of(const struct ledger *ledger)
{
    return ledger->mirror->schema != NULL ? ledger->mirror->schema : ledger->version_schema;
}

static const char *table_of(const struct ledger *ledger, const struct adopted_tool *tool)
{
    return ledger->mirror->table != NULL ? ledger->mirror->table : tool->table;
}

/* Behind CASE ... ELSE. The server calculates constants before it runs anything: concat is none for it. */
static void add_complaint(struct text *sql, const char *attempt, const struct text *words)
{
    const struct message_step step = {.attempt = attempt};
    message_add_complaint(sql, &step, "mirror");
    text_add(sql, "pg_catalog.concat(");
    sql_quote_literal(sql, text_string(words));
    text_add_char(sql, ')');
    message_end_complaint(sql);
}

void mirror_add_presence(struct text *sql, const struct ledger *ledger, const struct adopted_tool *tool,
                         const char *attempt)
{
    struct text quoted = {0}, words = {0};
    sql_quote_identifier(&quoted, schema_of(ledger));
    text_add_char(&quoted, '.');
    sql_quote_identifier(&quoted, table_of(ledger, tool));
    text_addf(&words, "there is no table %s.%s of %s", schema_of(ledger), table_of(ledger, tool), tool->title);
    text_add(sql, "SELECT CASE WHEN pg_catalog.to_regclass(");
    sql_quote_literal(sql, text_string(&quoted));
    text_add(sql, ") IS NOT NULL THEN 1 ELSE ");
    add_complaint(sql, attempt, &words);
    text_finish(&quoted);
    text_finish(&words);
}

void mirror_add_lock(struct text *sql, const struct ledger *ledger, const struct adopted_tool *tool)
{
    const struct sql_value values[] = {{"schema", schema_of(ledger)}, {"table", table_of(ledger, tool)}};
    sql_expand(sql, "LOCK TABLE :\"schema\".:\"table\" IN SHARE ROW EXCLUSIVE MODE", values,
               sizeof values / sizeof *values);
}

/* How the table changes, from which version, to which, and what it is not like if it can't. */
struct write {
    const char *template, *version, *previous, *otherwise;
};

/* One row for all: the linear layouts have at most one version row. */
static struct write write_of_newest(const struct adopted_tool *tool, const struct mirror_change *change)
{
    const char *from = change->before->count == 0 ? NULL : change->before->items[0];
    const char *to = change->after->count == 0 ? NULL : change->after->items[0];
    if (from == NULL)
        return (struct write){tool->insert, to, NULL, "holds a version already, before"};
    if (to == NULL)
        return (struct write){tool->remove, from, NULL, "is not at version"};
    return (struct write){tool->move, to, from, "is not at version"};
}

static struct write write_of(const struct adopted_tool *tool, const struct mirror_change *change)
{
    const char *version = change->revision->id;
    if (tool->move != NULL)
        return write_of_newest(tool, change);
    if (change->direction == DIRECTION_UPGRADE)
        return (struct write){tool->insert, version, NULL, "has applied already version"};
    bool forgets = change->stamped && tool->forget != NULL;
    return (struct write){forgets ? tool->forget : tool->remove, version, NULL, "has not applied version"};
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* goose may have several rows of a version, which go together: what must not be is that there is none. */
void mirror_add_change(struct text *sql, struct arena *arena, const struct ledger *ledger,
                       const struct adopted_tool *tool, const struct mirror_change *change)
{
    const struct write write = write_of(tool, change);
    bool has_checksum = tool->checksum != NULL && change->text != NULL;
    const struct sql_value values[] = {
        {"schema", schema_of(ledger)},
        {"table", table_of(ledger, tool)},
        {"version", write.version},
        {"previous", write.previous},
        {"description", change->revision->message},
        {"script", base_name(revision_path(change->revision, change->direction))},
        {"checksum", has_checksum ? tool->checksum(arena, change->text, change->text_length) : NULL},
    };
    struct text words = {0};
    text_addf(&words, "%s.%s of %s %s %s", schema_of(ledger), table_of(ledger, tool), tool->title, write.otherwise,
              write.previous != NULL ? write.previous : write.version);
    text_add(sql, "WITH written AS (");
    sql_expand(sql, write.template, values, sizeof values / sizeof *values);
    text_add(sql, ") SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 THEN 1 ELSE ");
    add_complaint(sql, change->attempt, &words);
    text_add(sql, " FROM written");
    text_finish(&words);
}

bool mirror_suits(const struct ledger *ledger, const struct graph *graph, struct error *error)
{
    if (ledger->mirror == NULL)
        return true;
    for (uint32_t i = 0; i < graph_size(graph); i++) {
        const struct revision *revision = graph_revision(graph, i);
        const struct adopted_tool *tool = mirror_tool(ledger, revision);
        if (tool == NULL || strcmp(tool->layout, revision->layout->name) != 0) {
            error_set(error, ERROR_CONFIG, "revision %s can't be mirrored: its layout %s is not that of %s",
                      revision->id, revision->layout->name, tool == NULL ? "a tool with such a table" : tool->title);
            error_place(error, revision->path, 0, 0);
            const struct adopted_tool *own = adopted_tool_of_layout(revision->layout->name);
            if (own == NULL || own->insert == NULL)
                return error_next(error, "set mirror = no, or say whose files these are with layout");
            return error_next(error, "set mirror = yes or mirror = %s, whose files these are; or mirror = no",
                              own->name);
        }
        if (tool->insert == NULL) {
            error_set(error, ERROR_CONFIG, "the table of %s can't be mirrored: it is read only, by `migrated adopt`",
                      tool->title);
            return error_next(error, "set mirror = no");
        }
        if (tool->move != NULL && graph_real_heads(graph).count > 1) {
            error_set(error, ERROR_CONFIG,
                      "the revisions have several heads, and the table of %s holds but one version", tool->title);
            return error_next(error, "set mirror = no, or make a target of each directory");
        }
    }
    return true;
}
