/* What the loader of Django's graph and its squashes share. Private to core. */
#ifndef MIGRATED_CORE_DJANGO_PARTS_H
#define MIGRATED_CORE_DJANGO_PARTS_H

#include "core/django_graph.h"

#define uthash_malloc(size)      arena_alloc(arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

struct django_vertex;

struct django_edges {
    struct django_vertex **items;
    size_t count, capacity;
};

/* Pairs of numbers (django_edges.c). */
struct django_edge;

struct django_edge_set {
    struct django_edge *slots;
    size_t count, capacity;
};

struct django_vertex {
    const char *id;
    size_t app_length;                        /* of the app's label, in front of the dot */
    const struct django_migration *migration; /* NULL: only named, by: */
    const struct django_migration *named_by;
    struct place named_at;
    struct django_edges parents, children; /* those that ever were: django_stands_on tells which count */
    struct django_vertex **replaced_ones;  /* of a squash: as its migration's replaces */
    bool gone;                             /* replaced by a squash, or a squash that can't be used */
    bool recorded, applied;                /* as the table says; as the loader takes it */
    bool any_applied, any_missing;         /* of a squash: of the plain ones that it replaces */
    bool replaced;                         /* some squash names it */
    int squashing;                         /* 0: to do, 1: under way, 2: done */
    int state;                             /* of the walk that orders */
    uint32_t number;                       /* from 1; those with files first, by id */
    uint32_t position;
    unsigned mark; /* the last squash that asked */
    UT_hash_handle hh;
};

/* An app's first root and first leaf. */
struct django_ends {
    struct django_vertex *root, *leaf;
    UT_hash_handle hh;
};

struct django_loader {
    struct arena *arena;
    const struct django_project *project;
    struct faults *faults;
    struct django_vertex *by_id, **vertices; /* by id; as the project's migrations */
    struct django_ends *ends;
    struct django_edges stack;
    struct django_edge_set edges;
    uint32_t numbers;
    char *key; /* "app.name" of the last look-up */
    size_t key_size;
    unsigned marks;
};

/* Made when there is none. */
struct django_vertex *django_vertex_get(struct django_loader *loader, const struct django_key *key);

void django_edges_push(struct arena *arena, struct django_edges *edges, struct django_vertex *vertex);
/* Of one that is gone nothing counts. */
bool django_stands_on(const struct django_loader *loader, const struct django_vertex *child,
                      const struct django_vertex *parent);
void django_edge_add(struct django_loader *loader, struct django_vertex *child, struct django_vertex *parent);
void django_edge_remove(struct django_loader *loader, const struct django_vertex *child,
                        const struct django_vertex *parent);

/* Note what is applied, and carry out what squashes replace. */
void django_squash_load(struct django_loader *loader, const struct names *applied);

#endif
