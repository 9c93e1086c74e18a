/* Identifiers relative to something: +N, -N, X+N, label@-N. */
#include "base/arena.h"
#include "resolve_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* The sign before the digits at the end of `text`, or NULL. */
static const char *find_sign(const char *text)
{
    const char *end = text + strlen(text), *at = end;
    while (at > text && is_digit(at[-1]))
        at--;
    return at < end && at > text && (at[-1] == '+' || at[-1] == '-') ? at - 1 : NULL;
}

static bool names_something(const struct resolver *resolver, const char *name)
{
    return strcmp(name, "head") == 0 || strcmp(name, "heads") == 0 || strcmp(name, "base") == 0 ||
           graph_find(resolver->graph, name) != GRAPH_NONE || graph_find_label(resolver->graph, name) != GRAPH_NONE;
}

static bool begins_something(const struct resolver *resolver, const char *text)
{
    size_t length = strlen(text);
    for (uint32_t key = 0; key < graph_key_count(resolver->graph); key++)
        if (strncmp(graph_key_name(resolver->graph, key), text, length) == 0)
            return true;
    return false;
}

bool resolve_parse_relative(struct resolver *resolver, const char *text, struct relative *relative)
{
    *relative = (struct relative){0};
    const char *at = strchr(text, '@');
    const char *symbol = at == NULL ? text : at + 1;
    const char *sign = find_sign(symbol);
    if (sign == NULL || at == text || strchr(symbol, '@') != NULL)
        return false;

    if (sign > symbol) {
        relative->symbol = arena_copy(resolver->arena, symbol, (size_t)(sign - symbol));
        if (graph_find(resolver->graph, symbol) != GRAPH_NONE ||
            graph_find_label(resolver->graph, symbol) != GRAPH_NONE)
            return false;
        if (!names_something(resolver, relative->symbol) && begins_something(resolver, symbol))
            return false;
    } else if (graph_find(resolver->graph, symbol) != GRAPH_NONE) {
        return false;
    }
    if (at != NULL)
        relative->label = arena_copy(resolver->arena, text, (size_t)(at - text));

    long value = strtol(sign, NULL, 10);
    relative->steps = value > INT32_MAX ? INT32_MAX : value < -INT32_MAX ? -INT32_MAX : (int32_t)value;
    relative->sign = sign;
    return true;
}

/* ---- walking ---- */

static const char *id_of(const struct resolver *resolver, uint32_t node)
{
    return graph_revision(resolver->graph, node)->id;
}

static bool refuse_walk(struct resolver *resolver, uint32_t from, struct nodes ways, bool up)
{
    struct names names = {.items = arena_array(resolver->arena, ways.count, sizeof *names.items)};
    for (uint32_t i = 0; i < ways.count; i++)
        names.items[names.count++] = id_of(resolver, ways.items[i]);
    names_sort(&names);

    const char *list = names_join(resolver->arena, &names, 10);
    if (from == GRAPH_NONE)
        error_set(resolver->error, ERROR_USAGE, "ambiguous walk: there are several %s (%s)", up ? "bases" : "heads",
                  list);
    else
        error_set(resolver->error, ERROR_USAGE, "ambiguous walk: %s has several %s (%s)", id_of(resolver, from),
                  up ? "children" : "parents", list);
    return error_next(resolver->error, "name the revision to go to%s", up ? ", or a branch: `LABEL@+1`" : "");
}

/* A walk along a branch; the label is looked up when there is a way to choose. */
struct walk {
    const char *label; /* NULL: any way */
    bool known;
    struct lineage lineage;
};

static struct nodes ways_down(const struct resolver *resolver, uint32_t from)
{
    static const uint32_t base = NODE_BASE;
    if (from == NODE_BASE)
        return (struct nodes){0};
    struct nodes ways =
        from == GRAPH_NONE ? graph_versioned_heads(resolver->graph) : graph_parents(resolver->graph, from);
    return ways.count == 0 ? (struct nodes){&base, 1} : ways;
}

static bool ways_up(struct resolver *resolver, struct walk *walk, uint32_t from, struct nodes *ways)
{
    *ways = from == GRAPH_NONE ? graph_bases(resolver->graph) : graph_children(resolver->graph, from);
    if (walk->label == NULL)
        return true;
    if (ways->count == 0)
        return resolve_filter(resolver, *ways, walk->label, EDGES_DOWN_REVISION, ways);
    if (!walk->known && !resolve_lineage(resolver, walk->label, EDGES_DOWN_REVISION, &walk->lineage))
        return false;
    walk->known = true;
    *ways = resolve_keep(resolver, *ways, &walk->lineage);
    return true;
}

bool resolve_walk(struct resolver *resolver, uint32_t from, int32_t steps, const char *label, bool strict,
                  uint32_t *node)
{
    struct walk walk = {.label = label};
    bool up = steps > 0;
    *node = from;
    for (int32_t left = up ? steps : -steps; left > 0; left--) {
        struct nodes ways;
        if (!up)
            ways = ways_down(resolver, *node);
        else if (!ways_up(resolver, &walk, *node, &ways))
            return false;

        if (ways.count == 0) {
            *node = strict ? GRAPH_NONE : *node;
            return true;
        }
        if (ways.count > 1)
            return refuse_walk(resolver, *node, ways, up);
        *node = ways.items[0];
    }
    return true;
}
