/* Who is above or below whom. */
#include "base/arena.h"
#include "resolve_parts.h"

struct nodes resolve_members(struct resolver *resolver, const struct node_set *set)
{
    uint32_t *items = arena_array(resolver->arena, set->count, sizeof *items), count = 0;
    for (uint32_t node = 0; count < set->count; node++)
        if (set->has[node])
            items[count++] = node;
    return (struct nodes){items, count};
}

static void add_lineage(struct resolver *resolver, struct lineage *lineage, struct nodes of, enum graph_edges edges)
{
    graph_add_ancestors(resolver->graph, &lineage->below, of, edges);
    graph_add_descendants(resolver->graph, &lineage->above, of, edges);
    lineage->everything &= of.count == 0;
}

static struct lineage lineage_create(struct resolver *resolver)
{
    return (struct lineage){
        .everything = true,
        .below = node_set_create(resolver->arena, resolver->graph),
        .above = node_set_create(resolver->arena, resolver->graph),
    };
}

bool lineage_has(const struct lineage *lineage, uint32_t node)
{
    return lineage->everything || lineage->below.has[node] || lineage->above.has[node];
}

static bool add_lineage_of(struct resolver *resolver, struct lineage *lineage, const char *text,
                           enum graph_edges edges)
{
    uint32_t node;
    if (!resolve_identifier(resolver, text, NULL, &node))
        return false;
    add_lineage(resolver, lineage, (struct nodes){&node, 1}, edges);
    return true;
}

static bool add_lineage_of_symbol(struct resolver *resolver, struct lineage *lineage, const struct symbol *symbol,
                                  enum graph_edges edges)
{
    if (symbol->label != NULL && !add_lineage_of(resolver, lineage, symbol->label, edges))
        return false;
    if (symbol->text != NULL)
        return add_lineage_of(resolver, lineage, symbol->text, edges);
    add_lineage(resolver, lineage, symbol->nodes, edges);
    return true;
}

bool resolve_lineage(struct resolver *resolver, const char *against, enum graph_edges edges, struct lineage *lineage)
{
    struct symbol symbol;
    if (!resolve_words(resolver, against, &symbol))
        return false;
    *lineage = lineage_create(resolver);
    return add_lineage_of_symbol(resolver, lineage, &symbol, edges);
}

struct nodes resolve_keep(struct resolver *resolver, struct nodes nodes, const struct lineage *lineage)
{
    uint32_t *items = arena_array(resolver->arena, nodes.count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < nodes.count; i++)
        if (lineage_has(lineage, nodes.items[i]))
            items[count++] = nodes.items[i];
    return (struct nodes){items, count};
}

bool resolve_filter(struct resolver *resolver, struct nodes nodes, const char *against, enum graph_edges edges,
                    struct nodes *kept)
{
    struct symbol symbol;
    if (!resolve_words(resolver, against, &symbol))
        return false;
    *kept = nodes;
    if (nodes.count == 0) /* the name is not looked up then */
        return true;

    struct lineage lineage = lineage_create(resolver);
    if (!add_lineage_of_symbol(resolver, &lineage, &symbol, edges))
        return false;
    *kept = resolve_keep(resolver, nodes, &lineage);
    return true;
}

bool resolve_shares_lineage(struct resolver *resolver, uint32_t node, uint32_t other)
{
    struct lineage lineage = lineage_create(resolver);
    add_lineage(resolver, &lineage, (struct nodes){&other, 1}, EDGES_DOWN_REVISION);
    return lineage_has(&lineage, node);
}

/* ---- ancestors ---- */

static bool refuse_overlap(struct resolver *resolver, uint32_t lower, struct nodes nodes, enum error_code code)
{
    struct node_set above = node_set_create(resolver->arena, resolver->graph);
    graph_add_descendants(resolver->graph, &above, (struct nodes){&lower, 1}, EDGES_ALL);
    uint32_t upper = lower;
    for (uint32_t i = 0; i < nodes.count && upper == lower; i++)
        if (above.has[nodes.items[i]])
            upper = nodes.items[i];

    const char *upper_id = graph_revision(resolver->graph, upper)->id;
    const char *lower_id = graph_revision(resolver->graph, lower)->id;
    if (code == ERROR_FILES) {
        error_set(resolver->error, code, "version table row %s overlaps with row %s, which it includes", upper_id,
                  lower_id);
        return error_next(resolver->error, "run `migrated stamp --purge %s` if that is where the database is",
                          upper_id);
    }
    error_set(resolver->error, code, "requested revision %s overlaps with other requested revisions %s", upper_id,
              lower_id);
    return error_next(resolver->error, "ask for %s alone, it includes the other", upper_id);
}

bool resolve_add_ancestors(struct resolver *resolver, struct node_set *set, struct nodes nodes, enum error_code code)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        graph_add_ancestors(resolver->graph, set, graph_normalised_parents(resolver->graph, nodes.items[i]),
                            EDGES_NORMALISED);
    for (uint32_t i = 0; i < nodes.count; i++)
        if (set->has[nodes.items[i]])
            return refuse_overlap(resolver, nodes.items[i], nodes, code);
    for (uint32_t i = 0; i < nodes.count; i++)
        node_set_add(set, nodes.items[i]);
    return true;
}
