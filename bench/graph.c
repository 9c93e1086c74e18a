/*
 * What a very long history costs:
 *
 *     graph memory COUNT    a chain of COUNT revisions from memory: build the graph, resolve, plan
 *     graph files DIR       the same from revision files
 *
 * prints the milliseconds and the process's peak memory in KiB. `memory` makes its list before the watch starts.
 */
#include "base/arena.h"
#include "core/plan.h"
#include "files/revision_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "graph: %s\n", why);
    exit(EXIT_FAILURE);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Every tenth revision is a branch that the next one merges. */
static struct revision *make_revisions(struct arena *arena, size_t count)
{
    struct revision *revisions = arena_array(arena, count, sizeof *revisions);
    for (size_t i = 0; i < count; i++) {
        size_t parents = i == 0 ? 0 : i % 10 == 9 && i > 2 ? 2 : 1;
        size_t back = i % 10 == 8 ? 2 : 1;
        revisions[i] = (struct revision){
            .id = arena_printf(arena, "%06zu_revision", i),
            .message = "",
            .path = "",
            .lock_timeout_ms = -1,
            .statement_timeout_ms = -1,
            .up = {.present = true, .statements = 1, .transactional = true},
            .down_revisions = {.items = arena_array(arena, parents, sizeof(char *)), .count = parents},
        };
        for (size_t parent = 0; parent < parents; parent++)
            revisions[i].down_revisions.items[parent] = revisions[i - back - parent].id;
    }
    return revisions;
}

static void plan_all(struct arena *arena, const struct graph *graph, size_t count)
{
    struct names none = {0};
    struct nodes nodes;
    struct plan plan;
    struct error error;
    if (!resolve_symbol(arena, graph, "heads", &nodes, &error) ||
        !plan_upgrade(arena, graph, &none, "heads", &plan, &error))
        give_up(error.message);
    if (plan.count != count)
        give_up("the plan is not complete");
}

static double measure_memory(struct arena *arena, size_t count)
{
    struct faults faults = {.arena = arena};
    struct revision *revisions = make_revisions(arena, count);
    double started_ms = now_ms();
    struct graph *graph = graph_build(arena, revisions, count, &faults);
    if (graph == NULL)
        give_up(faults.items[0].message);
    plan_all(arena, graph, count);
    return now_ms() - started_ms;
}

static double measure_files(struct arena *arena, const char *directory)
{
    struct names directories = {.items = &directory, .count = 1};
    struct revision_tree tree;
    struct error error;
    double started_ms = now_ms();
    if (!revision_tree_read(arena, &directories, "auto", &tree, &error))
        give_up(error.message);
    if (tree.graph == NULL)
        give_up(tree.faults.items[0].message);
    plan_all(arena, tree.graph, tree.count);
    return now_ms() - started_ms;
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_create();
    struct rusage used;
    double taken_ms;
    if (argc == 3 && strcmp(argv[1], "memory") == 0) {
        taken_ms = measure_memory(arena, strtoul(argv[2], NULL, 10));
    } else if (argc == 3 && strcmp(argv[1], "files") == 0) {
        taken_ms = measure_files(arena, argv[2]);
    } else {
        fprintf(stderr, "usage: graph memory COUNT | graph files DIR\n");
        return 64;
    }
    getrusage(RUSAGE_SELF, &used);
    printf("%.3f %ld\n", taken_ms, used.ru_maxrss);
    arena_destroy(arena);
    return EXIT_SUCCESS;
}
