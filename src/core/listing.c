#include "core/listing.h"

#include "base/arena.h"
#include "resolve_parts.h"

#include <string.h>

/* ---- history: walk_revisions, which is _collect_upgrade_revisions(inclusive) without what depends_on adds ---- */

/* The two sides of a range; "current" is the version rows. */
struct range {
    const char *text; /* as typed, for refusals */
    struct start lower, upper;
};

static bool refuse_range(struct resolver *resolver, const struct range *range)
{
    error_set(resolver->error, ERROR_USAGE,
              "requested range %s does not refer to ancestor/descendant revisions along the same branch",
              range->text);
    return error_next(resolver->error, "name the older revision first: `-r OLDER:NEWER`");
}

static bool split_range(struct resolver *resolver, const char *text, const char **lower, const char **upper)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || strchr(colon + 1, ':') != NULL) {
        error_set(resolver->error, ERROR_USAGE, "history range requires [start]:[end], [start]:, or :[end]");
        return error_next(resolver->error, "`migrated history -r %s:` lists from there on",
                          colon == NULL ? text : "X");
    }
    *lower = arena_copy(resolver->arena, text, (size_t)(colon - text));
    *upper = colon + 1;
    return true;
}

/* The rows instead of the word "current"; without rows that side is left open. */
static void set_current(struct start *side, const struct names *rows)
{
    if (rows->count > 0)
        *side = (struct start){.rows = rows};
}

static bool parse_range(struct resolver *resolver, const char *text, const struct names *rows, struct range *range)
{
    const char *lower = "", *upper = "";
    if (text != NULL && !split_range(resolver, text, &lower, &upper))
        return false;
    bool upper_current = strcmp(upper, "current") == 0;
    bool lower_current = !upper_current && strcmp(lower, "current") == 0; /* one side only, as in Alembic */
    if ((upper_current || lower_current) && rows == NULL) {
        error_set(resolver->error, ERROR_USAGE, "range %s needs the version rows of a database", text);
        return error_next(resolver->error, "set DATABASE_URL, or name revisions instead of `current`");
    }

    range->text = text == NULL ? ":" : text;
    range->lower = (struct start){.identifier = *lower == '\0' || lower_current ? "base" : lower};
    range->upper = (struct start){.identifier = *upper == '\0' || upper_current ? "heads" : upper};
    if (lower_current)
        set_current(&range->lower, rows);
    if (upper_current)
        set_current(&range->upper, rows);
    return true;
}

/* "label@X:..." shows only targets that the label reaches. A revision's id before the '@' means its one label. */
static bool keep_labelled(struct resolver *resolver, const char *lower, struct nodes *targets)
{
    const char *at = strchr(lower, '@');
    if (at == NULL)
        return true;
    const char *label = arena_copy(resolver->arena, lower, (size_t)(at - lower));
    uint32_t branch;
    if (!resolve_one(resolver, label, &branch))
        return false;
    if (branch != GRAPH_NONE && strcmp(graph_revision(resolver->graph, branch)->id, label) == 0) {
        struct names labels = graph_labels(resolver->graph, branch);
        if (labels.count != 1) {
            error_set(resolver->error, ERROR_USAGE, "revision %s before '@' has %s labels", label,
                      labels.count == 0 ? "no" : "several");
            return error_next(resolver->error, "name a label before the '@'");
        }
        label = labels.items[0];
    }

    uint32_t *items = arena_array(resolver->arena, targets->count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < targets->count; i++) {
        struct names labels = graph_labels(resolver->graph, targets->items[i]);
        if (names_contain(&labels, label))
            items[count++] = targets->items[i];
    }
    *targets = (struct nodes){items, count};
    return true;
}

static bool resolve_upper(struct resolver *resolver, const struct range *range, struct nodes *targets)
{
    if (range->upper.identifier == NULL)
        return resolve_start_nodes(resolver, &range->upper, targets);
    return resolve_upgrade_target(resolver, &range->lower, range->upper.identifier, false, targets);
}

static bool check_below(struct resolver *resolver, const struct range *range, struct nodes lower,
                        const struct node_set *required)
{
    for (uint32_t i = 0; i < lower.count; i++)
        if (lower.items[i] == NODE_BASE || (lower.items[i] != GRAPH_NONE && !required->has[lower.items[i]]))
            return refuse_range(resolver, range);
    return true;
}

/* Walks from some heads led below the first revision: that the others overlap is said first. */
static bool refuse_short_walks(struct resolver *resolver, const struct range *range, struct nodes lower)
{
    struct node_set below = node_set_create(resolver->arena, resolver->graph);
    uint32_t *items = arena_array(resolver->arena, lower.count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < lower.count; i++)
        if (lower.items[i] != GRAPH_NONE)
            items[count++] = lower.items[i];
    return resolve_add_ancestors(resolver, &below, (struct nodes){items, count}, ERROR_USAGE) &&
           refuse_range(resolver, range);
}

/* The lower side. A walk "-N" from the heads that leads below the first revision is counted from the upper side. */
static bool resolve_lower(struct resolver *resolver, const struct range *range, const struct node_set *required,
                          struct nodes *lower)
{
    if (!resolve_start_nodes(resolver, &range->lower, lower) || !check_below(resolver, range, *lower, required))
        return false;
    if (lower->count == 0)
        return true;
    if (lower->items[0] != GRAPH_NONE)
        return !nodes_contain(*lower, GRAPH_NONE) || refuse_short_walks(resolver, range, *lower);

    const char *label;
    uint32_t *node = arena_array(resolver->arena, 1, sizeof *node);
    if (!resolve_downgrade_target(resolver, &range->upper, range->lower.identifier, false, &label, node))
        return false;
    *lower = (struct nodes){node, *node == GRAPH_NONE ? 0 : 1};
    return true;
}

static void intersect(const struct graph *graph, struct node_set *set, const struct node_set *with)
{
    for (uint32_t node = 0; node < graph_size(graph); node++)
        if (!with->has[node])
            node_set_remove(set, node);
}

/* Between (and with) the lower and upper nodes; everything below the upper ones if there is no lower. */
static bool select_range(struct resolver *resolver, struct nodes lower, struct node_set *required)
{
    const struct graph *graph = resolver->graph;
    struct node_set below = node_set_create(resolver->arena, graph);
    if (!resolve_add_ancestors(resolver, &below, lower, ERROR_USAGE))
        return false;
    for (uint32_t node = 0; node < graph_size(graph); node++)
        if (below.has[node])
            node_set_remove(required, node);
    for (uint32_t i = 0; i < lower.count; i++)
        node_set_add(required, lower.items[i]);
    if (lower.count > 0) {
        struct node_set above = node_set_create(resolver->arena, graph);
        graph_add_descendants(graph, &above, lower, EDGES_DOWN_REVISION);
        intersect(graph, required, &above);
    }
    return true;
}

/* Against the topological order: newest first. */
static struct nodes newest_first(struct resolver *resolver, const struct node_set *set)
{
    struct nodes order = graph_order(resolver->graph);
    uint32_t *items = arena_array(resolver->arena, set->count, sizeof *items), count = 0;
    for (uint32_t i = order.count; i > 0; i--)
        if (set->has[order.items[i - 1]])
            items[count++] = order.items[i - 1];
    return (struct nodes){items, count};
}

/* Django's: all of them, as showmigrations --plan lists them, from the end. Apps stand on each other, no head alone tells. */
static struct nodes all_reversed(struct arena *arena, const struct graph *graph)
{
    uint32_t count = (uint32_t)graph_size(graph), *items = arena_array(arena, count, sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = count - 1 - i;
    return (struct nodes){items, count};
}

bool listing_history(struct arena *arena, const struct graph *graph, const char *range_text, const struct names *rows,
                     struct nodes *nodes, struct error *error)
{
    struct resolver resolver = {arena, graph, error};
    struct range range = {0};
    struct nodes targets = {0}, lower = {0};
    struct node_set required = node_set_create(arena, graph);
    if (graph_django(graph) != NULL && range_text == NULL) {
        *nodes = all_reversed(arena, graph);
        return true;
    }
    if (!parse_range(&resolver, range_text, rows, &range) || !resolve_upper(&resolver, &range, &targets) ||
        (range.lower.identifier != NULL && !keep_labelled(&resolver, range.lower.identifier, &targets)) ||
        !resolve_add_ancestors(&resolver, &required, targets, ERROR_USAGE) ||
        !resolve_lower(&resolver, &range, &required, &lower) || !select_range(&resolver, lower, &required))
        return false;
    *nodes = newest_first(&resolver, &required);
    return true;
}

bool listing_history_needs_rows(const char *range)
{
    const char *colon = range == NULL ? NULL : strchr(range, ':');
    return colon != NULL &&
           (strncmp(range, "current:", sizeof "current:" - 1) == 0 || strcmp(colon + 1, "current") == 0);
}

/* ---- current and branches ---- */

struct nodes listing_current(struct arena *arena, const struct graph *graph, const struct names *rows)
{
    struct resolver resolver = {arena, graph, NULL};
    uint32_t *items = arena_array(arena, rows->count, sizeof *items), count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t node = graph_find(graph, rows->items[i]);
        if (node != GRAPH_NONE)
            items[count++] = node;
    }
    return resolve_current_tips(&resolver, (struct nodes){items, count});
}

struct nodes listing_branches(struct arena *arena, const struct graph *graph)
{
    struct resolver resolver = {arena, graph, NULL};
    struct node_set branch_points = node_set_create(arena, graph);
    for (uint32_t node = 0; node < graph_size(graph); node++)
        if (graph_is_branch_point(graph, node))
            node_set_add(&branch_points, node);
    return newest_first(&resolver, &branch_points);
}

/* ---- lines: Script._head_only ---- */

const char *listing_marks(struct arena *arena, const struct graph *graph, uint32_t node)
{
    struct names labels = graph_labels(graph, node);
    bool versioned_head = graph_children(graph, node).count == 0;
    bool real_head = versioned_head && graph_dependents(graph, node).count == 0;
    const char *parts[] = {
        labels.count > 0 ? arena_printf(arena, "(%s)", names_join(arena, &labels, labels.count)) : NULL,
        real_head ? "(head)" : NULL,
        versioned_head && !real_head ? "(effective head)" : NULL,
        graph_is_branch_point(graph, node) ? "(branchpoint)" : NULL,
        graph_is_merge_point(graph, node) ? "(mergepoint)" : NULL,
    };

    const char *marks = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i] != NULL)
            marks = arena_printf(arena, "%s%s%s", marks, *marks == '\0' ? "" : " ", parts[i]);
    return marks;
}

const char *listing_history_line(struct arena *arena, const struct graph *graph, uint32_t node)
{
    const struct revision *revision = graph_revision(graph, node);
    const struct names *parents = &revision->down_revisions, *depends_on = &revision->depends_on;
    const char *dependencies = "", *marks = listing_marks(arena, graph, node);
    if (depends_on->count > 0)
        dependencies = arena_printf(arena, " (%s)", names_join(arena, depends_on, depends_on->count));
    return arena_printf(arena, "%s%s -> %s%s%s, %s",
                        parents->count == 0 ? "<base>" : names_join(arena, parents, parents->count), dependencies,
                        revision->id, *marks == '\0' ? "" : " ", marks, revision->message);
}
