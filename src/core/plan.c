#include "core/plan.h"

#include "base/arena.h"
#include "resolve_parts.h"

#include <string.h>

static struct names sorted_copy(struct arena *arena, const struct names *rows)
{
    struct names copy = names_copy(arena, rows);
    names_sort(&copy);
    return copy;
}

static bool check_no_range(const char *target, struct error *error)
{
    if (strchr(target, ':') == NULL)
        return true;
    error_set(error, ERROR_USAGE, "range revision not allowed: '%s'", target);
    return error_next(error, "ranges are for `migrated history -r` and `--sql`");
}

/* Steps for the nodes of a set, in topological order, or against it for a downgrade. */
static void fill_steps(struct resolver *resolver, const struct node_set *set, enum direction direction,
                       struct plan *plan)
{
    struct nodes order = graph_order(resolver->graph);
    plan->steps = arena_array(resolver->arena, set->count, sizeof *plan->steps);
    for (uint32_t i = 0; plan->count < set->count; i++) {
        uint32_t node = order.items[direction == DIRECTION_UPGRADE ? i : order.count - 1 - i];
        if (set->has[node])
            plan->steps[plan->count++] = (struct step){node, direction};
    }
}

/* ---- upgrade: _collect_upgrade_revisions ---- */

static bool needed_revisions(struct resolver *resolver, const struct start *start, const char *target,
                             struct node_set *needed)
{
    struct nodes targets, current;
    struct node_set active = node_set_create(resolver->arena, resolver->graph);
    if (!resolve_upgrade_target(resolver, start, target, true, &targets) ||
        !resolve_add_ancestors(resolver, needed, targets, ERROR_USAGE) ||
        !resolve_start_nodes(resolver, start, &current) ||
        !resolve_add_ancestors(resolver, &active, current, ERROR_FILES))
        return false;
    for (uint32_t node = 0; node < graph_size(resolver->graph); node++)
        if (active.has[node])
            node_set_remove(needed, node);
    return true;
}

bool plan_upgrade(struct arena *arena, const struct graph *graph, const struct names *rows, const char *target,
                  struct plan *plan, struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct start start = {.rows = rows};
    struct node_set needed = node_set_create(arena, graph);
    if (!check_no_range(target, error) || !needed_revisions(&resolver, &start, target, &needed))
        return false;

    *plan = (struct plan){.graph = graph, .rows = sorted_copy(arena, rows)};
    fill_steps(&resolver, &needed, DIRECTION_UPGRADE, plan);
    return true;
}

/* ---- downgrade: _collect_downgrade_revisions ---- */

static struct nodes bases_or_children(const struct graph *graph, uint32_t target)
{
    return target == GRAPH_NONE ? graph_bases(graph) : graph_children(graph, target);
}

/* Alembic looks at the label only where it has something to choose from, and counts a base once more for each label
 * that it declares. */
static bool label_matters(const struct graph *graph, struct nodes roots, uint32_t target)
{
    size_t count = roots.count;
    for (uint32_t i = 0; target == GRAPH_NONE && i < roots.count; i++)
        count += graph_revision(graph, roots.items[i])->labels.count;
    return count > 1;
}

/* Of the roots only those below (or at) the label's revision. */
static bool narrow_roots(struct resolver *resolver, const char *label, struct nodes *roots)
{
    uint32_t branch;
    struct node_set below = node_set_create(resolver->arena, resolver->graph);
    if (!resolve_branch(resolver, label, &branch))
        return false;
    graph_add_ancestors(resolver->graph, &below, (struct nodes){&branch, 1}, EDGES_DOWN_REVISION);

    uint32_t *items = arena_array(resolver->arena, roots->count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < roots->count; i++)
        if (below.has[roots->items[i]])
            items[count++] = roots->items[i];
    *roots = (struct nodes){items, count};
    if (count > 0)
        return true;
    error_set(resolver->error, ERROR_USAGE,
              "not a valid downgrade target from current heads: none of the revisions "
              "above it is on branch '%s'",
              label);
    return error_next(resolver->error, "run `migrated history` to see which labels reach which revisions");
}

/* What stands on the roots and is in: dependents go too. */
static bool removed_revisions(struct resolver *resolver, const struct names *rows, struct nodes roots,
                              struct nodes *current, struct node_set *removed)
{
    struct start start = {.rows = rows};
    struct node_set active = node_set_create(resolver->arena, resolver->graph);
    if (!resolve_start_nodes(resolver, &start, current))
        return false;
    graph_add_ancestors(resolver->graph, &active, *current, EDGES_NORMALISED);
    graph_add_descendants(resolver->graph, removed, roots, EDGES_ALL);
    for (uint32_t node = 0; node < graph_size(resolver->graph); node++)
        if (!active.has[node])
            node_set_remove(removed, node);
    return true;
}

static bool refuse_destination(const char *target, struct error *error)
{
    error_set(error, ERROR_USAGE, "destination %s is not a valid downgrade target from current head(s)", target);
    return error_next(error, "run `migrated current` to see where the database is");
}

bool plan_downgrade(struct arena *arena, const struct graph *graph, const struct names *rows, const char *target,
                    struct plan *plan, struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct start start = {.rows = rows};
    const char *label;
    uint32_t node;
    if (!check_no_range(target, error) || !resolve_downgrade_target(&resolver, &start, target, true, &label, &node))
        return false;

    struct nodes roots = bases_or_children(graph, node), current;
    if (label != NULL && label_matters(graph, roots, node) && !narrow_roots(&resolver, label, &roots))
        return false;

    struct node_set removed = node_set_create(arena, graph);
    if (!removed_revisions(&resolver, rows, roots, &current, &removed))
        return false;
    if (node != GRAPH_NONE && removed.count == 0 && !nodes_contain(current, node))
        return refuse_destination(target, error);

    *plan = (struct plan){.graph = graph, .rows = sorted_copy(arena, rows)};
    fill_steps(&resolver, &removed, DIRECTION_DOWNGRADE, plan);
    return true;
}
