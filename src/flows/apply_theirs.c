/* Before the first revision of all: has the tool whose files these are been here? What it has applied is not run again. */
#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/layout.h"
#include "core/mirror.h"
#include "core/sql_quote.h"
#include "db/adopt.h"

#include <string.h>

/* False: nothing of the kind is to be expected. The schema is as that of `migrated adopt`. */
static bool find_source(struct apply_run *run, struct adopt_source *source)
{
    const struct runner_options *options = &run->options;
    const struct ledger *ledger = session_ledger(run->session);
    if (options->direction != DIRECTION_UPGRADE || run->rows.count > 0 || graph_size(options->graph) == 0)
        return false;
    const struct revision *first = graph_revision(options->graph, 0);
    const struct adopted_tool *tool = mirror_tool(ledger, first);
    if (tool == NULL)
        tool = adopted_tool_of_layout(first->layout->name);
    if (tool == NULL)
        return false;

    const char *schema = NULL, *table = NULL, *named = options->target->mirror_table;
    if (named != NULL)
        adopted_table_split(run->arena, named, &schema, &table);
    if (schema == NULL)
        schema = tool->schema != NULL ? tool->schema : ledger->version_schema;
    *source = (struct adopt_source){
        .tool = tool,
        .schema = schema,
        .table = table != NULL ? table : tool->table,
        .directory = adopted_directory(run->arena, options->target->migrations.items[0]),
    };
    return true;
}

/* By our own history all was taken back: then it is ours to apply again, whatever stands there. */
static void add_unknown_to_us(struct apply_run *run, struct text *sql)
{
    const struct ledger *ledger = session_ledger(run->session);
    if (!session_facts(run->session)->bookkeeping_exists)
        return;
    text_add(sql, " AND NOT EXISTS (SELECT FROM ");
    ledger_add_table(ledger, sql, "history");
    text_add(sql, " WHERE (target, version_table) OPERATOR(pg_catalog.=) (");
    ledger_add_key(ledger, sql);
    text_add(sql, "))");
}

bool apply_theirs_ask(struct apply_run *run)
{
    struct text sql = {0}, quoted = {0};
    struct adopt_source source;
    if (run->saw_theirs || !find_source(run, &source))
        return false;
    run->preparing = PREPARE_THEIR_TABLE;
    sql_quote_identifier(&quoted, source.schema);
    text_add_char(&quoted, '.');
    sql_quote_identifier(&quoted, source.table);
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    text_add(&sql, "SELECT pg_catalog.to_regclass(");
    sql_quote_literal(&sql, text_string(&quoted));
    text_add(&sql, ") IS NOT NULL");
    add_unknown_to_us(run, &sql);
    text_finish(&quoted);
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
    return true;
}

bool apply_theirs_ask_rows(struct apply_run *run, const PGresult *answer)
{
    struct text sql = {0};
    struct adopt_source source;
    run->saw_theirs = strcmp(PQgetvalue(answer, 0, 0), "t") != 0 || !find_source(run, &source);
    if (run->saw_theirs)
        return false;
    run->preparing = PREPARE_THEIR_ROWS;
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    adopt_add_question(&sql, &source);
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
    return true;
}

bool apply_theirs_take(struct apply_run *run, const PGresult *answer, struct error *error)
{
    const char *seal;
    struct adopt_source source;
    struct adopted_rows rows = adopt_read(run->arena, answer, &seal);
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++)
        count += rows.items[i].state != ADOPTED_APART;
    run->saw_theirs = count == 0 || !find_source(run, &source);
    if (run->saw_theirs)
        return true;
    error_set(error, ERROR_FILES, "%s.%s of %s holds %zu version%s, and our version table knows of none",
              source.schema, source.table, source.tool->title, count, text_plural(count));
    return error_next(error,
                      "`migrated adopt` shows what is applied, and takes it over with --yes; where all is to be "
                      "run once more, rename that table first");
}

bool apply_theirs_is_another(const struct apply_run *run, const struct error *error)
{
    return run->preparing == PREPARE_THEIR_ROWS && strncmp(error->sqlstate, "42", 2) == 0 &&
           strcmp(error->sqlstate, "42501") != 0;
}
