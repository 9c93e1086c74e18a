/* What stands on what: lists to walk through, and one set of pairs to ask. */
#include "base/arena.h"
#include "django_parts.h"

#define LEAST_SLOTS 64

struct django_edge {
    uint32_t child, parent; /* numbers, from 1; 0: a free slot */
    bool removed;           /* it stays in the lists */
};

static struct django_edge *slot_of(const struct django_edge_set *set, uint32_t child, uint32_t parent)
{
    uint64_t hash = ((uint64_t)child << 32 | parent) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(hash >> 32) & (set->capacity - 1);
    while (set->slots[i].child != 0 && (set->slots[i].child != child || set->slots[i].parent != parent))
        i = (i + 1) & (set->capacity - 1);
    return &set->slots[i];
}

static void make_room(struct arena *arena, struct django_edge_set *set)
{
    struct django_edge_set old = *set;
    if (set->count * 2 < set->capacity)
        return;
    set->capacity = old.capacity == 0 ? LEAST_SLOTS : old.capacity * 2;
    set->slots = arena_array(arena, set->capacity, sizeof *set->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].child != 0)
            *slot_of(set, old.slots[i].child, old.slots[i].parent) = old.slots[i];
}

void django_edges_push(struct arena *arena, struct django_edges *edges, struct django_vertex *vertex)
{
    edges->items = arena_grow(arena, edges->items, edges->count, &edges->capacity, sizeof(struct django_vertex *));
    edges->items[edges->count++] = vertex;
}

bool django_stands_on(const struct django_loader *loader, const struct django_vertex *child,
                      const struct django_vertex *parent)
{
    if (child->gone || loader->edges.capacity == 0)
        return false;
    const struct django_edge *edge = slot_of(&loader->edges, child->number, parent->number);
    return edge->child != 0 && !edge->removed;
}

void django_edge_add(struct django_loader *loader, struct django_vertex *child, struct django_vertex *parent)
{
    if (child == parent)
        return;
    make_room(loader->arena, &loader->edges);
    struct django_edge *edge = slot_of(&loader->edges, child->number, parent->number);
    if (edge->child == 0) {
        *edge = (struct django_edge){child->number, parent->number, false};
        loader->edges.count++;
        django_edges_push(loader->arena, &child->parents, parent);
        django_edges_push(loader->arena, &parent->children, child);
    }
    edge->removed = false;
}

void django_edge_remove(struct django_loader *loader, const struct django_vertex *child,
                        const struct django_vertex *parent)
{
    if (django_stands_on(loader, child, parent))
        slot_of(&loader->edges, child->number, parent->number)->removed = true;
}
