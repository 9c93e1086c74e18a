/*
 * Liquibase: a row for each changeset, by its file, author and id (CreateDatabaseChangeLogTableGenerator.java,
 * MarkChangeSetRanGenerator.java, ChangeSet.java: ExecType; DatabaseChangeLog.java: normalizePath). Its checksums are of
 * the changes that it has parsed, not of text: nobody here can make them. The path of a file begins where Liquibase
 * searches, and ours where we do: what both know of it must be the same.
 */
#include "adopt_parts.h"
#include "base/arena.h"
#include "core/graph.h"
#include "liquibase_parts.h"

#include <string.h>

static bool is_same(char theirs, char ours)
{
    return theirs == ours || (theirs == '_' && strchr(LIQUIBASE_REPLACED, ours) != NULL);
}

/* Folder by folder from the end on, until one of them is at its beginning. */
static bool agrees(const char *theirs, size_t length, const char *ours)
{
    while (strncmp(ours, "./", 2) == 0 || strncmp(ours, "../", 3) == 0)
        ours = strchr(ours, '/') + 1;
    size_t left = strlen(ours);
    while (length > 0 && left > 0 && is_same(theirs[length - 1], ours[left - 1])) {
        length--;
        left--;
    }
    return length == 0 ? left == 0 || ours[left - 1] == '/' : left == 0 && theirs[length - 1] == '/';
}

/* Of "FOLDERS/FILE.sql/AUTHOR/ID" what stands behind some of the folders is an id, without ".sql". */
static uint32_t find_behind(struct arena *arena, const struct graph *graph, const char *version, const char *tail)
{
    for (const char *at = tail; (at = strstr(at, ".sql/")) != NULL; at++) {
        uint32_t node = graph_find(graph, arena_printf(arena, "%.*s%s", (int)(at - tail), tail, at + strlen(".sql")));
        if (node != GRAPH_NONE &&
            agrees(version, (size_t)(at - version) + strlen(".sql"), graph_revision(graph, node)->path))
            return node;
    }
    return GRAPH_NONE;
}

/* A path that the file gives itself is that of its id, whole. */
static uint32_t find(struct arena *arena, const struct graph *graph, const char *version)
{
    uint32_t node = graph_find(graph, version);
    for (const char *tail = version; node == GRAPH_NONE && tail != NULL;) {
        node = find_behind(arena, graph, version, tail);
        const char *slash = strchr(tail, '/');
        tail = slash == NULL ? NULL : slash + 1;
    }
    return node;
}

const struct adopted_tool adopted_liquibase = {
    .name = "liquibase",
    .title = "Liquibase",
    .layout = "liquibase",
    .table = "databasechangelog",
    .rows = "SELECT pg_catalog.translate(pg_catalog.concat(pg_catalog.regexp_replace(pg_catalog.translate(filename, "
            "E'\\\\', '/'), '^(classpath:)?/?', ''), '/', author, '/', id), '" LIQUIBASE_REPLACED "', '______'), "
            "CASE WHEN exectype OPERATOR(pg_catalog.=) ANY (ARRAY['EXECUTED', 'RERAN', 'MARK_RAN']) THEN 'applied' "
            "ELSE 'failed' END::pg_catalog.text, NULL::pg_catalog.text FROM" ADOPTED_TABLE,
    .failed = "look at what that changeset has left, undo it by hand, and delete its row",
    .find = find,
};
