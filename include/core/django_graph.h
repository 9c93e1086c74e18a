/*
 * Django's migrations as its loader joins them, for a set of recorded ones: which of a squash and what it replaces is in,
 * what stands on what, in which order all would run. Pure; near linear in dependencies and in what squashes replace.
 *
 * Source of the rules: django/db/migrations/loader.py (build_graph, check_key, add_*_dependencies; for squashes of
 * squashes replace_migration and _resolve_replaced_migration_keys of Django 6), graph.py (remove_replaced_nodes,
 * remove_replacement_node, iterative_dfs, leaf_nodes), executor.py (migration_plan).
 */
#ifndef MIGRATED_CORE_DJANGO_GRAPH_H
#define MIGRATED_CORE_DJANGO_GRAPH_H

#include "core/django_migration.h"

#include <stdbool.h>
#include <stdint.h>

/* An installed app. */
struct django_app {
    const char *label;
    bool migrated; /* it has a package of migrations, if only an empty one */
};

struct django_project {
    const struct django_migration *migrations; /* borrowed, as all here; sorted by id */
    size_t count;
    const struct django_app *apps; /* as installed, in this order */
    size_t n_apps;
};

/* One migration in the graph: those that a squash replaces, or that are replaced by one in parts, are not. */
struct django_node {
    const struct django_migration *migration;
    const uint32_t *parents; /* positions in the plan, all before this one */
    uint32_t n_parents;
    bool applied;
    bool leaf; /* no other of its app stands on it */
};

struct django_graph {
    struct django_node *nodes; /* in the order in which Django would run them on an empty database */
    uint32_t count;
};

/*
 * The graph while `applied` ("app.name", any order) is recorded. False with faults: a dependency on what is not there, a
 * circle of dependencies or of squashes. The graph is owned by the arena.
 */
bool django_graph_build(struct arena *arena, const struct django_project *project, const struct names *applied,
                        struct django_graph *graph, struct faults *faults);

bool django_project_has_app(const struct django_project *project, const char *label, size_t length);

#endif
