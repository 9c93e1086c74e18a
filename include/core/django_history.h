/* Django's migrations as revisions of our graph: ids "app.name", parents in the same app as down_revisions, others as
 * depends_on. Heads are Django's leaf nodes: one for each app. Pure. */
#ifndef MIGRATED_CORE_DJANGO_HISTORY_H
#define MIGRATED_CORE_DJANGO_HISTORY_H

#include "core/django_graph.h"
#include "core/graph.h"

/* In the graph's order, graph->count of them; owned by the arena, what they hold borrowed from the project. */
struct revision *django_history(struct arena *arena, const struct django_graph *graph);

#endif
