#include "core/resolve.h"

#include "base/arena.h"
#include "base/suggest.h"
#include "resolve_parts.h"

#include <stdlib.h>
#include <string.h>

#define SHORTEST_KEY 4 /* Alembic lets a prefix match only ids and labels of at least so many characters */
#define SHOWN        3 /* candidates named in a refusal */

/* ---- refusals ---- */

static const char *similar(const struct resolver *resolver, const char *text)
{
    uint32_t count = graph_key_count(resolver->graph);
    const char **known = arena_array(resolver->arena, count, sizeof *known);
    for (uint32_t key = 0; key < count; key++)
        known[key] = graph_key_name(resolver->graph, key);
    return suggest(text, known, count);
}

static bool refuse_unknown(struct resolver *resolver, const char *text, const char *what)
{
    if (strcmp(what, "branch") == 0)
        error_set(resolver->error, ERROR_USAGE, "no such branch: '%s'", text);
    else
        error_set(resolver->error, ERROR_USAGE, "can't locate revision identified by '%s'", text);

    const char *near = similar(resolver, text);
    if (near != NULL)
        return error_next(resolver->error, "did you mean '%s'?", near);
    return error_next(resolver->error, "run `migrated history` to see the revisions and labels");
}

static bool refuse_ambiguous(struct resolver *resolver, const char *text, const struct names *candidates)
{
    error_set(resolver->error, ERROR_USAGE, "multiple revisions start with '%s': %s", text,
              names_join(resolver->arena, candidates, SHOWN));
    return error_next(resolver->error, "type more of the id, or all of it");
}

static const char *join_ids(const struct resolver *resolver, struct nodes nodes)
{
    struct names names = {.items = arena_array(resolver->arena, nodes.count, sizeof *names.items)};
    for (uint32_t i = 0; i < nodes.count; i++)
        names.items[names.count++] = graph_revision(resolver->graph, nodes.items[i])->id;
    names_sort(&names);
    return names_join(resolver->arena, &names, 10);
}

static bool refuse_several_heads(struct resolver *resolver, const char *text, struct nodes heads)
{
    error_set(resolver->error, ERROR_USAGE, "multiple head revisions are present for given argument '%s': %s", text,
              join_ids(resolver, heads));
    return error_next(resolver->error, "name one of them, `LABEL@head` to narrow to one branch, or `heads` for all");
}

/* ---- ids, labels and their prefixes ---- */

static uint32_t find_exactly(const struct graph *graph, const char *name)
{
    uint32_t node = graph_find(graph, name);
    return node != GRAPH_NONE ? node : graph_find_label(graph, name);
}

/* Ids and labels that start with `text`, of the lineage if not NULL. */
static void collect_candidates(struct resolver *resolver, const char *text, const struct lineage *lineage,
                               struct names *names, uint32_t *node)
{
    const struct graph *graph = resolver->graph;
    size_t capacity = 0, length = strlen(text);
    for (uint32_t key = 0; key < graph_key_count(graph); key++) {
        const char *name = graph_key_name(graph, key);
        uint32_t candidate = graph_key_node(graph, key);
        if (strncmp(name, text, length) != 0 || strlen(name) < SHORTEST_KEY ||
            (lineage != NULL && !lineage_has(lineage, candidate)))
            continue;
        names->items = arena_grow(resolver->arena, names->items, names->count, &capacity, sizeof *names->items);
        names->items[names->count++] = name;
        *node = candidate;
    }
}

static bool find_by_prefix(struct resolver *resolver, const char *text, const char *branch, uint32_t *node)
{
    struct names candidates = {0};
    if (*text == '\0')
        return refuse_unknown(resolver, text, "revision");
    struct lineage lineage;
    if (branch != NULL && !resolve_lineage(resolver, branch, EDGES_DOWN_REVISION, &lineage))
        return false;
    collect_candidates(resolver, text, branch == NULL ? NULL : &lineage, &candidates, node);
    if (candidates.count == 0)
        return refuse_unknown(resolver, text, "revision");
    return candidates.count == 1 || refuse_ambiguous(resolver, text, &candidates);
}

bool resolve_branch(struct resolver *resolver, const char *label, uint32_t *node)
{
    *node = find_exactly(resolver->graph, label);
    if (*node != GRAPH_NONE)
        return true;

    struct names candidates = {0};
    collect_candidates(resolver, label, NULL, &candidates, node);
    return candidates.count == 1 || refuse_unknown(resolver, label, "branch");
}

static bool check_branch(struct resolver *resolver, uint32_t node, uint32_t branch, const char *label)
{
    if (resolve_shares_lineage(resolver, node, branch))
        return true;
    error_set(resolver->error, ERROR_USAGE, "revision %s is not a member of branch '%s'",
              graph_revision(resolver->graph, node)->id, label);
    return error_next(resolver->error, "run `migrated history` to see which labels reach which revisions");
}

bool resolve_identifier(struct resolver *resolver, const char *text, const char *branch, uint32_t *node)
{
    uint32_t branch_node = GRAPH_NONE;
    if (branch != NULL && !resolve_branch(resolver, branch, &branch_node))
        return false;

    *node = find_exactly(resolver->graph, text);
    if (*node == GRAPH_NONE && !find_by_prefix(resolver, text, branch, node))
        return false;
    return branch == NULL || check_branch(resolver, *node, branch_node, branch);
}

/* ---- symbols: head, heads, base, label@... ---- */

static void split_label(struct resolver *resolver, const char *identifier, struct symbol *symbol)
{
    const char *at = strchr(identifier, '@');
    *symbol = (struct symbol){.text = identifier};
    if (at == NULL)
        return;
    symbol->text = at + 1;
    if (at > identifier)
        symbol->label = arena_copy(resolver->arena, identifier, (size_t)(at - identifier));
}

/* get_current_head */
static bool resolve_head(struct resolver *resolver, const char *identifier, struct symbol *symbol)
{
    symbol->text = NULL;
    symbol->nodes = graph_versioned_heads(resolver->graph);
    if (symbol->label != NULL &&
        !resolve_filter(resolver, symbol->nodes, symbol->label, EDGES_DOWN_REVISION, &symbol->nodes))
        return false;
    return symbol->nodes.count <= 1 || refuse_several_heads(resolver, identifier, symbol->nodes);
}

static bool resolve_heads(struct resolver *resolver, struct symbol *symbol)
{
    symbol->text = NULL;
    if (symbol->label == NULL) {
        symbol->nodes = graph_real_heads(resolver->graph);
        return true;
    }
    return resolve_filter(resolver, graph_versioned_heads(resolver->graph), symbol->label, EDGES_DOWN_REVISION,
                          &symbol->nodes);
}

bool resolve_words(struct resolver *resolver, const char *identifier, struct symbol *symbol)
{
    split_label(resolver, identifier, symbol);
    if (strcmp(symbol->text, "heads") == 0)
        return resolve_heads(resolver, symbol);
    if (strcmp(symbol->text, "head") == 0)
        return resolve_head(resolver, identifier, symbol);
    if (strcmp(symbol->text, "base") == 0)
        symbol->text = NULL;
    return true;
}

static struct nodes one_node(struct resolver *resolver, uint32_t node)
{
    uint32_t *items = arena_array(resolver->arena, 1, sizeof *items);
    items[0] = node;
    return (struct nodes){items, 1};
}

/* The words are resolved; each node must still be of the label's lineage, which refuses labels that are none. */
static bool check_words(struct resolver *resolver, const struct symbol *symbol)
{
    uint32_t branch = GRAPH_NONE;
    for (uint32_t i = 0; symbol->label != NULL && i < symbol->nodes.count; i++)
        if (!resolve_branch(resolver, symbol->label, &branch) ||
            !check_branch(resolver, symbol->nodes.items[i], branch, symbol->label))
            return false;
    return true;
}

/* "-N", unless it is the name of something. */
static bool is_walk_from_heads(const struct resolver *resolver, const char *text, int32_t *steps)
{
    if (text[0] != '-' || text[1] < '0' || text[1] > '9' || find_exactly(resolver->graph, text) != GRAPH_NONE)
        return false;
    char *end;
    long value = strtol(text, &end, 10);
    if (*end != '\0' || value == 0)
        return false;
    *steps = value < -INT32_MAX ? -INT32_MAX : (int32_t)value;
    return true;
}

static bool walk_from_heads(struct resolver *resolver, const char *label, int32_t steps, struct nodes *nodes)
{
    struct nodes heads = graph_real_heads(resolver->graph);
    uint32_t *items = arena_array(resolver->arena, heads.count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < heads.count; i++) {
        struct names labels = graph_labels(resolver->graph, heads.items[i]);
        if (label != NULL && !names_contain(&labels, label))
            continue;
        if (!resolve_walk(resolver, heads.items[i], steps, NULL, true, &items[count++]))
            return false;
    }
    *nodes = (struct nodes){items, count};
    return true;
}

bool resolve_many(struct resolver *resolver, const char *identifier, struct nodes *nodes)
{
    struct symbol symbol;
    if (!resolve_words(resolver, identifier, &symbol))
        return false;
    if (symbol.text == NULL) {
        *nodes = symbol.nodes;
        return check_words(resolver, &symbol);
    }

    int32_t steps;
    if (is_walk_from_heads(resolver, symbol.text, &steps))
        return walk_from_heads(resolver, symbol.label, steps, nodes);
    uint32_t node;
    if (!resolve_identifier(resolver, symbol.text, symbol.label, &node))
        return false;
    *nodes = one_node(resolver, node);
    return true;
}

bool resolve_one(struct resolver *resolver, const char *identifier, uint32_t *node)
{
    struct symbol symbol;
    if (!resolve_words(resolver, identifier, &symbol))
        return false;
    if (symbol.text != NULL)
        return resolve_identifier(resolver, symbol.text, symbol.label, node);
    if (symbol.nodes.count > 1)
        return refuse_several_heads(resolver, identifier, symbol.nodes);

    uint32_t branch;
    *node = symbol.nodes.count == 0 ? GRAPH_NONE : symbol.nodes.items[0];
    if (symbol.label == NULL)
        return true;
    return resolve_branch(resolver, symbol.label, &branch) &&
           (*node == GRAPH_NONE || check_branch(resolver, *node, branch, symbol.label));
}

/* ---- version rows ---- */

bool resolve_row(struct resolver *resolver, const char *row, uint32_t *node)
{
    *node = graph_find(resolver->graph, row);
    if (*node != GRAPH_NONE)
        return true;
    error_set(resolver->error, ERROR_FILES, "can't locate revision identified by '%s', a row of the version table",
              row);
    return error_next(resolver->error,
                      "bring back the file of that revision; if it is gone for good, `migrated stamp --purge REV` "
                      "forgets all rows and sets REV");
}

static bool resolve_row_nodes(struct resolver *resolver, const struct names *rows, struct nodes *nodes)
{
    uint32_t *items = arena_array(resolver->arena, rows->count, sizeof *items);
    for (size_t i = 0; i < rows->count; i++)
        if (!resolve_row(resolver, rows->items[i], &items[i]))
            return false;
    *nodes = (struct nodes){items, (uint32_t)rows->count};
    return true;
}

bool resolve_start_nodes(struct resolver *resolver, const struct start *start, struct nodes *nodes)
{
    if (start->identifier != NULL)
        return resolve_many(resolver, start->identifier, nodes);
    return resolve_row_nodes(resolver, start->rows, nodes);
}

/* ---- from outside ---- */

bool resolve_rows(struct arena *arena, const struct graph *graph, const struct names *rows, struct nodes *nodes,
                  struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    return resolve_row_nodes(&resolver, rows, nodes);
}

bool resolve_symbol(struct arena *arena, const struct graph *graph, const char *symbol, struct nodes *nodes,
                    struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct nodes found;
    if (!resolve_many(&resolver, symbol, &found))
        return false;
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i] >= NODE_BASE) {
            error_set(error, ERROR_USAGE, "relative revision %s leads below the first revision", symbol);
            return error_next(error, "run `migrated history` to count the revisions, or name one by its id");
        }
    *nodes = found;
    return true;
}
