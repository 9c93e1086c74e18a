/*
 * Squashes (`replaces`). One whose migrations are all applied, or none, stands in their place; one that is applied in
 * parts is left out, and what stood on it stands on the last of them. Those within others come first.
 */
#include "base/arena.h"
#include "django_parts.h"

static bool is_squash(const struct django_vertex *vertex)
{
    return vertex->migration != NULL && vertex->migration->replaces.count > 0;
}

/* Is it a node at all? What only a squash names is none. */
static bool is_node(const struct django_vertex *vertex)
{
    return vertex->migration != NULL || vertex->named_by != NULL;
}

/* Squashes within it are carried out already, and have their own tally. */
static void tally(struct django_vertex *squash)
{
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        const struct django_vertex *old = squash->replaced_ones[i];
        bool within = is_squash(old);
        squash->any_applied |= within ? old->any_applied : old->recorded;
        squash->any_missing |= within ? old->any_missing : !old->recorded;
    }
}

/* ---- in their place ---- */

static void repoint(struct django_loader *loader, struct django_vertex *squash, struct django_vertex *old)
{
    for (size_t i = 0; i < old->children.count; i++) {
        struct django_vertex *child = old->children.items[i];
        if (!django_stands_on(loader, child, old))
            continue;
        django_edge_remove(loader, child, old);
        if (child->mark != loader->marks)
            django_edge_add(loader, child, squash);
    }
    for (size_t i = 0; i < old->parents.count; i++)
        if (old->parents.items[i]->mark != loader->marks && django_stands_on(loader, old, old->parents.items[i]))
            django_edge_add(loader, squash, old->parents.items[i]);
    old->gone = true;
}

static void mark_replaced(struct django_loader *loader, const struct django_vertex *squash)
{
    loader->marks++;
    for (size_t i = 0; i < squash->migration->replaces.count; i++)
        squash->replaced_ones[i]->mark = loader->marks;
}

static void stand_in(struct django_loader *loader, struct django_vertex *squash)
{
    mark_replaced(loader, squash);
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = squash->replaced_ones[i];
        if (!old->gone)
            repoint(loader, squash, old);
    }
}

/* ---- left out ---- */

static bool is_last(const struct django_loader *loader, const struct django_vertex *old)
{
    for (size_t i = 0; i < old->children.count; i++) {
        const struct django_vertex *child = old->children.items[i];
        if (child->mark == loader->marks && django_stands_on(loader, child, old))
            return false;
    }
    return true;
}

static void leave_out(struct django_loader *loader, struct django_vertex *squash)
{
    mark_replaced(loader, squash);
    squash->gone = true;
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = squash->replaced_ones[i];
        if (old->gone || !is_node(old) || !is_last(loader, old))
            continue;
        for (size_t j = 0; j < squash->children.count; j++)
            if (django_stands_on(loader, squash->children.items[j], squash))
                django_edge_add(loader, squash->children.items[j], old);
    }
    for (size_t i = 0; i < squash->children.count; i++)
        django_edge_remove(loader, squash->children.items[i], squash);
}

/* ---- all ---- */

static void refuse_circle(struct django_loader *loader, const struct django_vertex *squash)
{
    const struct django_migration *migration = squash->migration;
    fault_add(loader->faults, migration->path, migration->place.line, migration->place.column,
              "%s replaces itself, by way of what it replaces: take one out of the circle", squash->id);
}

static void carry_out(struct django_loader *loader, struct django_vertex *squash)
{
    if (squash->squashing == 1)
        refuse_circle(loader, squash);
    if (squash->squashing != 0)
        return;
    squash->squashing = 1;
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = squash->replaced_ones[i];
        if (is_squash(old))
            carry_out(loader, old);
    }
    squash->squashing = 2;
    tally(squash);
    squash->applied = !squash->any_missing;
    if (!squash->any_applied || !squash->any_missing)
        stand_in(loader, squash);
    else
        leave_out(loader, squash);
}

/* What squashes name may be recorded, whether its file is still there or not. */
static void note_replaced(struct django_loader *loader)
{
    for (size_t i = 0; i < loader->project->count; i++) {
        const struct django_keys *replaces = &loader->project->migrations[i].replaces;
        struct django_vertex **olds = arena_array(loader->arena, replaces->count, sizeof(struct django_vertex *));
        for (size_t j = 0; j < replaces->count; j++) {
            olds[j] = django_vertex_get(loader, &replaces->items[j]);
            olds[j]->replaced = true;
        }
        loader->vertices[i]->replaced_ones = olds;
    }
}

static void note_recorded(struct django_loader *loader, const struct names *applied)
{
    struct django_vertex *vertex;
    for (size_t i = 0; i < applied->count; i++) {
        HASH_FIND_STR(loader->by_id, applied->items[i], vertex);
        if (vertex != NULL)
            vertex->recorded = vertex->applied = true;
    }
}

void django_squash_load(struct django_loader *loader, const struct names *applied)
{
    note_replaced(loader);
    note_recorded(loader, applied);
    for (size_t i = 0; i < loader->project->count; i++)
        if (is_squash(loader->vertices[i]))
            carry_out(loader, loader->vertices[i]);
}
