/*
 * Graphs for tests, written as text: revisions separated by ';', each "ID [PARENTS [DEPENDS_ON [LABELS]]]", lists comma
 * separated, "-" an empty one. "a; b a; c a; m b,c" is a diamond. Everything is owned by the arena.
 */
#ifndef MIGRATED_TESTS_GRAPH_TEXT_H
#define MIGRATED_TESTS_GRAPH_TEXT_H

#include "base/arena.h"
#include "core/graph.h"

#include <check.h>
#include <string.h>

/* The words of `text` between separators, "-" alone being none. */
static inline struct names words(struct arena *arena, const char *text, const char *separators)
{
    struct names names = {.items = arena_array(arena, strlen(text) + 1, sizeof *names.items)};
    if (strcmp(text, "-") == 0)
        return names;
    for (const char *at = text + strspn(text, separators); *at != '\0'; at += strspn(at, separators)) {
        size_t length = strcspn(at, separators);
        names.items[names.count++] = arena_copy(arena, at, length);
        at += length;
    }
    return names;
}

static inline struct revision text_revision(struct arena *arena, const char *text)
{
    struct names fields = words(arena, text, " "), none = {0};
    return (struct revision){
        .id = fields.items[0],
        .down_revisions = fields.count > 1 ? words(arena, fields.items[1], ",") : none,
        .depends_on = fields.count > 2 ? words(arena, fields.items[2], ",") : none,
        .labels = fields.count > 3 ? words(arena, fields.items[3], ",") : none,
        .message = arena_printf(arena, "about %s", fields.items[0]),
        .path = arena_printf(arena, "%s.sql", fields.items[0]),
        .id_place = {1, 14},
        .down_revision_place = {2, 19},
        .depends_on_place = {3, 16},
        .labels_place = {4, 12},
    };
}

static inline struct graph *text_graph_faults(struct arena *arena, const char *text, struct faults *faults)
{
    struct names lines = words(arena, text, ";");
    struct revision *revisions = arena_array(arena, lines.count, sizeof *revisions);
    for (size_t i = 0; i < lines.count; i++)
        revisions[i] = text_revision(arena, lines.items[i]);
    *faults = (struct faults){.arena = arena};
    return graph_build(arena, revisions, lines.count, faults);
}

static inline struct graph *text_graph(struct arena *arena, const char *text)
{
    struct faults faults;
    struct graph *graph = text_graph_faults(arena, text, &faults);
    ck_assert_msg(graph != NULL, "%s: %s", text, faults.count > 0 ? faults.items[0].message : "no fault");
    return graph;
}

/* Ids in the order of the nodes, separated by blanks. */
static inline const char *ids(struct arena *arena, const struct graph *graph, struct nodes nodes)
{
    const char *text = "";
    for (uint32_t i = 0; i < nodes.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", graph_revision(graph, nodes.items[i])->id);
    return text;
}

static inline const char *joined(struct arena *arena, struct names names)
{
    const char *text = "";
    for (size_t i = 0; i < names.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", names.items[i]);
    return text;
}

/* "r0" <- "r1" <- ...: the revision `i` names `parent(i)`, or none where that is negative. */
static inline struct revision *numbered_revisions(struct arena *arena, size_t count, int64_t (*parent)(size_t),
                                                  int64_t (*second_parent)(size_t))
{
    struct revision *revisions = arena_array(arena, count, sizeof *revisions);
    for (size_t i = 0; i < count; i++) {
        const char **names = arena_array(arena, 2, sizeof *names);
        struct revision *revision = &revisions[i];
        *revision = (struct revision){.id = arena_printf(arena, "r%zu", i), .message = "", .path = ""};
        revision->down_revisions.items = names;
        if (parent(i) >= 0)
            names[revision->down_revisions.count++] = revisions[parent(i)].id;
        if (second_parent != NULL && second_parent(i) >= 0)
            names[revision->down_revisions.count++] = revisions[second_parent(i)].id;
    }
    return revisions;
}

static inline struct graph *numbered_graph(struct arena *arena, size_t count, int64_t (*parent)(size_t),
                                           int64_t (*second_parent)(size_t))
{
    struct faults faults = {.arena = arena};
    struct graph *graph = graph_build(arena, numbered_revisions(arena, count, parent, second_parent), count, &faults);
    ck_assert_ptr_nonnull(graph);
    return graph;
}

static inline int64_t previous(size_t i)
{
    return (int64_t)i - 1;
}

/* All on the first one. */
static inline int64_t first(size_t i)
{
    return i == 0 ? -1 : 0;
}

/* Two long branches: even numbers are one, odd ones are the other and merge the first one in at each step. */
static inline int64_t two_before(size_t i)
{
    return (int64_t)i - 2;
}

static inline int64_t beside(size_t i)
{
    return i % 2 == 1 ? (int64_t)i - 1 : -1;
}

#endif
