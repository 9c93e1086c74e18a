#include "core/django_history.h"

#include "base/arena.h"
#include "core/layout.h"

#include <string.h>

static void add_parents(struct arena *arena, const struct django_graph *graph, const struct django_node *node,
                        struct revision *revision)
{
    revision->down_revisions.items = arena_array(arena, node->n_parents, sizeof(const char *));
    revision->depends_on.items = arena_array(arena, node->n_parents, sizeof(const char *));
    for (uint32_t i = 0; i < node->n_parents; i++) {
        const struct django_migration *parent = graph->nodes[node->parents[i]].migration;
        bool same = strcmp(parent->app, node->migration->app) == 0;
        struct names *names = same ? &revision->down_revisions : &revision->depends_on;
        names->items[names->count++] = parent->id;
    }
}

struct revision *django_history(struct arena *arena, const struct django_graph *graph)
{
    struct revision *revisions = arena_array(arena, graph->count, sizeof *revisions);
    for (uint32_t i = 0; i < graph->count; i++) {
        const struct django_migration *migration = graph->nodes[i].migration;
        struct section section = {
            .present = true,
            .path = migration->path,
            .file_size = migration->file_size,
            .transactional = migration->atomic,
            .why_not = migration->atomic ? NULL : "atomic = False",
            .why_path = migration->path,
            .why_place = migration->atomic_place,
        };
        memcpy(section.checksum, migration->checksum, sizeof section.checksum);
        revisions[i] = (struct revision){
            .layout = &layout_alembic,
            .id = migration->id,
            .message = "",
            .lock_timeout_ms = -1,
            .statement_timeout_ms = -1,
            .online_timeout_ms = -1,
            .path = migration->path,
            .id_place = migration->place,
            .down_revision_place = migration->place,
            .depends_on_place = migration->place,
            .has_down_revision = true,
            .up = section,
            .down = section,
        };
        memcpy(revisions[i].checksum, migration->checksum, sizeof section.checksum);
        add_parents(arena, graph, &graph->nodes[i], &revisions[i]);
    }
    return revisions;
}
