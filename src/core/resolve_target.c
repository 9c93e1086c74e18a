/* Targets of an upgrade or a downgrade. */
#include "base/arena.h"
#include "resolve_parts.h"

#include <string.h>

static bool refuse_steps(struct resolver *resolver, const struct relative *relative)
{
    error_set(resolver->error, ERROR_USAGE, "relative revision %s didn't produce %s migrations", relative->sign,
              relative->sign + 1);
    return error_next(resolver->error, "run `migrated history` to count the revisions, or name one by its id");
}

/* "-N" for an upgrade, "+N" for a downgrade. */
static bool refuse_direction(struct resolver *resolver, const struct relative *relative)
{
    const char *number = relative->sign + 1;
    refuse_steps(resolver, relative);
    return error_next(resolver->error, "`migrated downgrade -%s` goes back, `migrated upgrade +%s` forward", number,
                      number);
}

static bool refuse_too_far(struct resolver *resolver, const char *target)
{
    error_set(resolver->error, ERROR_USAGE, "walked too far: '%s' leads out of the graph", target);
    return error_next(resolver->error, "run `migrated history` to count the revisions, or name one by its id");
}

static size_t start_count(const struct start *start)
{
    return start->identifier != NULL ? 1 : start->rows->count;
}

static bool start_first(struct resolver *resolver, const struct start *start, uint32_t *node)
{
    if (start->identifier != NULL)
        return resolve_one(resolver, start->identifier, node);
    return resolve_row(resolver, start->rows->items[0], node);
}

/* resolve_one for "label@symbol". */
static bool resolve_on_branch(struct resolver *resolver, const char *label, const char *symbol, uint32_t *node)
{
    const char *identifier = label == NULL ? symbol : arena_printf(resolver->arena, "%s@%s", label, symbol);
    return resolve_one(resolver, identifier, node);
}

/* ---- upgrade ---- */

static struct nodes base_alone(void)
{
    static const uint32_t none = GRAPH_NONE;
    return (struct nodes){&none, 1};
}

/* Nodes that no other node of the list names. */
static struct nodes tips(struct resolver *resolver, struct nodes nodes)
{
    struct node_set named = node_set_create(resolver->arena, resolver->graph);
    for (uint32_t i = 0; i < nodes.count; i++) {
        struct nodes parents = graph_normalised_parents(resolver->graph, nodes.items[i]);
        for (uint32_t p = 0; p < parents.count; p++)
            node_set_add(&named, parents.items[p]);
    }
    uint32_t *items = arena_array(resolver->arena, nodes.count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < nodes.count; i++)
        if (!named.has[nodes.items[i]])
            items[count++] = nodes.items[i];
    return (struct nodes){items, count};
}

/* An identifier "-N" may have led below the first revision. */
static bool check_all_revisions(struct resolver *resolver, const struct start *start, struct nodes nodes)
{
    for (uint32_t i = 0; i < nodes.count; i++)
        if (nodes.items[i] >= NODE_BASE)
            return error_set(resolver->error, ERROR_USAGE,
                             "can't locate revision identified by '%s': it leads below the first revision",
                             start->identifier);
    return true;
}

/* Where "label@+N" starts: the rows on the branch, else the tips of its part that is in, else the base. */
static bool start_on_branch(struct resolver *resolver, const struct start *start, const char *label,
                            struct nodes *nodes)
{
    struct nodes current, kept;
    struct symbol symbol; /* what is wrong with the label's words is said first */
    if (!resolve_start_nodes(resolver, start, &current) || !resolve_words(resolver, label, &symbol) ||
        !check_all_revisions(resolver, start, current) ||
        !resolve_filter(resolver, current, label, EDGES_DOWN_REVISION, &kept))
        return false;
    if (kept.count == 0) {
        struct node_set active = node_set_create(resolver->arena, resolver->graph);
        graph_add_ancestors(resolver->graph, &active, current, EDGES_NORMALISED);
        if (!resolve_filter(resolver, resolve_members(resolver, &active), label, EDGES_DOWN_REVISION, &kept))
            return false;
        kept = tips(resolver, kept);
    }
    *nodes = kept.count == 0 ? base_alone() : kept;
    return true;
}

/* "+N" and "label@+N". */
static bool walk_up_from_start(struct resolver *resolver, const struct start *start, const struct relative *relative,
                               bool strict, uint32_t *node)
{
    uint32_t from = GRAPH_NONE;
    size_t count = start_count(start);
    if (relative->label != NULL) {
        struct nodes nodes;
        if (!start_on_branch(resolver, start, relative->label, &nodes))
            return false;
        count = nodes.count;
        from = nodes.items[0];
    }
    if (count > 1) {
        error_set(resolver->error, ERROR_USAGE, "ambiguous upgrade from multiple current revisions");
        return error_next(resolver->error, "name a branch: `LABEL@%s`", relative->sign);
    }
    if (relative->label == NULL && count == 1 && !start_first(resolver, start, &from))
        return false;
    if (!resolve_walk(resolver, from, relative->steps, relative->label, strict, node))
        return false;
    return *node != GRAPH_NONE || refuse_steps(resolver, relative);
}

/* "X+N" and "X-N", whatever the rows are. */
static bool walk_from_symbol(struct resolver *resolver, const struct relative *relative, bool strict, uint32_t *node)
{
    uint32_t from;
    bool up = relative->steps > 0;
    if (!resolve_on_branch(resolver, up ? NULL : relative->label, relative->symbol, &from) ||
        !resolve_walk(resolver, from, relative->steps, up ? relative->label : NULL, strict, node))
        return false;
    return *node < NODE_BASE || refuse_steps(resolver, relative);
}

static bool resolve_absolute(struct resolver *resolver, const char *target, struct nodes *nodes)
{
    if (!resolve_many(resolver, target, nodes))
        return false;
    for (uint32_t i = 0; i < nodes->count; i++)
        if (nodes->items[i] >= NODE_BASE)
            return refuse_too_far(resolver, target);
    return true;
}

bool resolve_upgrade_target(struct resolver *resolver, const struct start *start, const char *target, bool strict,
                            struct nodes *nodes)
{
    struct relative relative;
    if (!resolve_parse_relative(resolver, target, &relative))
        return resolve_absolute(resolver, target, nodes);

    uint32_t *node = arena_array(resolver->arena, 1, sizeof *node);
    *nodes = (struct nodes){node, 1};
    if (relative.symbol != NULL)
        return walk_from_symbol(resolver, &relative, strict, node);
    if (relative.steps > 0)
        return walk_up_from_start(resolver, start, &relative, strict, node);
    return refuse_direction(resolver, &relative);
}

/* ---- downgrade ---- */

struct nodes resolve_current_tips(struct resolver *resolver, struct nodes current)
{
    struct node_set active = node_set_create(resolver->arena, resolver->graph);
    graph_add_ancestors(resolver->graph, &active, current, EDGES_NORMALISED);
    struct nodes members = resolve_members(resolver, &active);

    uint32_t *items = arena_array(resolver->arena, members.count, sizeof *items), count = 0;
    for (uint32_t i = 0; i < members.count; i++) {
        struct nodes children = graph_children(resolver->graph, members.items[i]);
        bool covered = false;
        for (uint32_t c = 0; c < children.count && !covered; c++)
            covered = active.has[children.items[c]];
        if (!covered)
            items[count++] = members.items[i];
    }
    return (struct nodes){items, count};
}

/* The rows, or the one revision that an identifier names literally. */
static bool start_literally(struct resolver *resolver, const struct start *start, struct nodes *nodes)
{
    if (start->identifier == NULL)
        return resolve_start_nodes(resolver, start, nodes);
    uint32_t *node = arena_array(resolver->arena, 1, sizeof *node);
    *nodes = (struct nodes){node, 1};
    return resolve_identifier(resolver, start->identifier, NULL, node);
}

/* Alembic looks the label up right behind the first row: which of two unknown names is reported depends on it. */
static bool check_label_behind_first(struct resolver *resolver, const struct start *start, const char *label)
{
    struct nodes kept;
    uint32_t node;
    if (start->identifier != NULL || start->rows->count == 0)
        return true;
    return start_first(resolver, start, &node) &&
           resolve_filter(resolver, (struct nodes){&node, 1}, label, EDGES_DOWN_REVISION, &kept);
}

/* The one revision on the branch from which "label@-N" walks down. */
static bool start_down_branch(struct resolver *resolver, const struct start *start, const char *label, uint32_t *from)
{
    struct nodes current, kept;
    if (!check_label_behind_first(resolver, start, label) || !start_literally(resolver, start, &current) ||
        !resolve_filter(resolver, current, label, EDGES_DOWN_REVISION, &kept))
        return false;
    if (kept.count == 0) { /* the branch's head may be in only as somebody's dependency */
        current = resolve_current_tips(resolver, current);
        if (!resolve_filter(resolver, current, label, EDGES_DOWN_REVISION, &kept))
            return false;
    }
    if (kept.count != 1) {
        error_set(resolver->error, ERROR_USAGE, "%s current revisions on branch '%s'",
                  kept.count == 0 ? "no" : "ambiguous downgrade from multiple", label);
        return error_next(resolver->error, "run `migrated current` and name the revision to go to");
    }
    return resolve_on_branch(resolver, label, graph_revision(resolver->graph, kept.items[0])->id, from);
}

/* "-N" and "label@-N". Without a label Alembic goes from the first row, and stays on its branch. */
static bool walk_down_from_start(struct resolver *resolver, const struct start *start,
                                 const struct relative *relative, bool strict, const char **label, uint32_t *node)
{
    uint32_t from = GRAPH_NONE;
    if (relative->label != NULL) {
        if (!start_down_branch(resolver, start, relative->label, &from))
            return false;
        *label = relative->label;
    } else {
        if (start_count(start) == 0)
            return refuse_steps(resolver, relative);
        *label = start->identifier != NULL ? start->identifier : start->rows->items[0];
        if (start->identifier != NULL ? !resolve_on_branch(resolver, *label, *label, &from)
                                      : !start_first(resolver, start, &from))
            return false;
    }
    if (!resolve_walk(resolver, from, relative->steps, NULL, strict, node))
        return false;
    return *node != GRAPH_NONE || refuse_steps(resolver, relative);
}

static bool resolve_relative_downgrade(struct resolver *resolver, const struct start *start, const char *target,
                                       const struct relative *relative, bool strict, const char **label,
                                       uint32_t *node)
{
    if (relative->symbol == NULL)
        return relative->steps < 0 ? walk_down_from_start(resolver, start, relative, strict, label, node)
                                   : refuse_direction(resolver, relative);

    uint32_t from;
    bool up = relative->steps >= 0;
    *label = relative->label;
    if (!resolve_on_branch(resolver, up ? NULL : relative->label, relative->symbol, &from) ||
        !resolve_walk(resolver, from, relative->steps, up ? relative->label : NULL, strict, node))
        return false;
    return *node != GRAPH_NONE || refuse_too_far(resolver, target);
}

bool resolve_downgrade_target(struct resolver *resolver, const struct start *start, const char *target, bool strict,
                              const char **label, uint32_t *node)
{
    struct relative relative;
    *label = NULL;
    if (resolve_parse_relative(resolver, target, &relative)) {
        if (!resolve_relative_downgrade(resolver, start, target, &relative, strict, label, node))
            return false;
    } else {
        const char *at = strrchr(target, '@');
        if (at != NULL && at > target)
            *label = arena_copy(resolver->arena, target, (size_t)(at - target));
        if (!resolve_one(resolver, at == NULL ? target : at + 1, node))
            return false;
    }
    if (*node == NODE_BASE)
        *node = GRAPH_NONE;
    return true;
}
