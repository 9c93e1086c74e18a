/*
 * Squashes (`replaces`). One whose migrations are all applied, or none, stands in their place; one that is applied in
 * parts is left out, and what stood on it stands on the last of them. Those within others come first.
 */
#include "base/arena.h"
#include "django_parts.h"

/* How many of the plain migrations that it replaces, through squashes within it, are applied, and how many not. */
struct tally {
    size_t applied, missing;
};

static bool is_squash(const struct django_vertex *vertex)
{
    return vertex->migration != NULL && vertex->migration->replaces.count > 0;
}

/* Is it a node at all? What only a squash names is none. */
static bool is_node(const struct django_vertex *vertex)
{
    return vertex->migration != NULL || vertex->named_by != NULL;
}

static struct django_vertex *replaced_at(const struct django_loader *loader, const struct django_vertex *squash,
                                         size_t i)
{
    const struct django_key *key = &squash->migration->replaces.items[i];
    return django_vertex_find(loader, key->app, key->name);
}

static void count(struct django_loader *loader, const struct django_vertex *squash, struct tally *tally)
{
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *vertex = replaced_at(loader, squash, i);
        if (is_squash(vertex) && vertex->mark != loader->marks) {
            vertex->mark = loader->marks;
            count(loader, vertex, tally);
        } else if (!is_squash(vertex))
            *(vertex->recorded ? &tally->applied : &tally->missing) += 1;
    }
}

/* ---- in their place ---- */

static void repoint(struct django_loader *loader, struct django_vertex *squash, struct django_vertex *old)
{
    for (size_t i = 0; i < old->children.count; i++) {
        struct django_vertex *child = old->children.items[i];
        if (!django_stands_on(child, old))
            continue;
        django_edge_remove(child, old);
        if (child->mark != loader->marks)
            django_edge_add(loader, child, squash);
    }
    for (size_t i = 0; i < old->parents.count; i++)
        if (old->parents.items[i]->mark != loader->marks)
            django_edge_add(loader, squash, old->parents.items[i]);
    old->parents.count = 0;
    old->gone = true;
}

static void mark_replaced(struct django_loader *loader, const struct django_vertex *squash)
{
    loader->marks++;
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        replaced_at(loader, squash, i)->mark = loader->marks;
    }
}

static void stand_in(struct django_loader *loader, struct django_vertex *squash)
{
    mark_replaced(loader, squash);
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = replaced_at(loader, squash, i);
        if (!old->gone)
            repoint(loader, squash, old);
    }
}

/* ---- left out ---- */

static bool is_last(const struct django_loader *loader, const struct django_vertex *old)
{
    for (size_t i = 0; i < old->children.count; i++) {
        const struct django_vertex *child = old->children.items[i];
        if (child->mark == loader->marks && !child->gone && django_stands_on(child, old))
            return false;
    }
    return true;
}

static void leave_out(struct django_loader *loader, struct django_vertex *squash)
{
    mark_replaced(loader, squash);
    squash->gone = true;
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = replaced_at(loader, squash, i);
        if (old->gone || !is_node(old) || !is_last(loader, old))
            continue;
        for (size_t j = 0; j < squash->children.count; j++)
            if (django_stands_on(squash->children.items[j], squash))
                django_edge_add(loader, squash->children.items[j], old);
    }
    for (size_t i = 0; i < squash->children.count; i++)
        django_edge_remove(squash->children.items[i], squash);
    squash->parents.count = 0;
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
    struct tally tally = {0};
    if (squash->squashing == 1)
        refuse_circle(loader, squash);
    if (squash->squashing != 0)
        return;
    squash->squashing = 1;
    for (size_t i = 0; i < squash->migration->replaces.count; i++) {
        struct django_vertex *old = replaced_at(loader, squash, i);
        if (is_squash(old))
            carry_out(loader, old);
    }
    squash->squashing = 2;
    squash->mark = ++loader->marks;
    count(loader, squash, &tally);
    squash->applied = tally.missing == 0;
    if (tally.applied == 0 || tally.missing == 0)
        stand_in(loader, squash);
    else
        leave_out(loader, squash);
}

/* What squashes name may be recorded, whether its file is still there or not. */
static void note_replaced(struct django_loader *loader)
{
    for (size_t i = 0; i < loader->project->count; i++) {
        const struct django_keys *replaces = &loader->project->migrations[i].replaces;
        for (size_t j = 0; j < replaces->count; j++)
            django_vertex_get(loader, &replaces->items[j])->replaced = true;
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
