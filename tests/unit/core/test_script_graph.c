#include "base/arena.h"
#include "core/plan.h"
#include "core/script_graph.h"
#include "core/verdict.h"

#include <check.h>

Suite *script_graph_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

static struct graph *graph_of(const char *id, bool is_script)
{
    struct faults faults = {.arena = arena};
    struct revision *revision = arena_alloc(arena, sizeof *revision);
    *revision = (struct revision){.id = id, .message = "", .path = "v.sql", .is_script = is_script};
    struct graph *graph = graph_build(arena, revision, 1, &faults);
    ck_assert_ptr_nonnull(graph);
    return graph;
}

static struct names rows_of(const char *id)
{
    const char **items = arena_alloc(arena, sizeof *items);
    *items = id;
    return (struct names){items, id == NULL ? 0 : 1};
}

START_TEST(its_id_holds_its_checksum)
{
    ck_assert_str_eq(script_graph_id(arena, "vectors", "0123456789abcdef"), "vectors-0123456789ab");
}
END_TEST

START_TEST(it_stands_on_the_rows)
{
    size_t foreign;
    struct error error = {0};
    struct plan plan;
    struct names rows = rows_of("v-1");
    const struct graph *graph = script_graph_after(arena, graph_of("v-2", true), &rows, &foreign);
    ck_assert_uint_eq(foreign, 1);
    ck_assert_uint_eq(graph_size(graph), 2);
    ck_assert(plan_upgrade(arena, graph, &rows, "heads", &plan, &error));
    ck_assert_uint_eq(plan.count, 1);
    ck_assert_str_eq(graph_revision(graph, plan.steps[0].node)->id, "v-2");
    ck_assert_str_eq(graph_revision(graph, plan.steps[0].node)->down_revisions.items[0], "v-1");
}
END_TEST

START_TEST(it_stays_as_it_is)
{
    size_t foreign;
    const struct graph *script = graph_of("v-2", true), *other = graph_of("v-2", false);
    struct names none = rows_of(NULL), own = rows_of("v-2"), before = rows_of("v-1"), odd = rows_of("no id");
    ck_assert_ptr_eq(script_graph_after(arena, script, &none, &foreign), script);
    ck_assert_ptr_eq(script_graph_after(arena, script, &own, &foreign), script);
    ck_assert_ptr_eq(script_graph_after(arena, script, &odd, &foreign), script);
    ck_assert_ptr_eq(script_graph_after(arena, other, &before, &foreign), other);
    ck_assert_uint_eq(foreign, 0);
    ck_assert_uint_eq(script_graph_node(other), GRAPH_NONE);
}
END_TEST

static const struct {
    const char *own, *row;
    bool is_script;
    enum verdict_kind kind;
} verdicts[] = {
    {"v-3", "v-2", true, VERDICT_PENDING},   /* the next one */
    {"v-3", "x", true, VERDICT_PENDING},     /* whatever was there */
    {"v-3", "v-2", false, VERDICT_DIVERGED}, /* a revision does not come after just anything */
    {"v-2", "v-2", true, VERDICT_IN_SYNC},   {"v-1", "v-2", true, VERDICT_AHEAD}, /* an older file */
};

START_TEST(what_came_before_is_told_from_what_comes_after)
{
    const struct stored_revision stored[] = {{.id = "v-1"}, {.id = "v-2", .down_revisions = rows_of("v-1")}};
    const struct stored_graph known = {stored, 2};
    struct names rows = rows_of(verdicts[_i].row);
    struct verdict verdict;
    verdict_judge(arena, graph_of(verdicts[_i].own, verdicts[_i].is_script), &rows, &known, &verdict);
    ck_assert_str_eq(verdict_name(verdict.kind), verdict_name(verdicts[_i].kind));
}
END_TEST

Suite *script_graph_suite(void)
{
    Suite *suite = suite_create("script_graph");
    TCase *tcase = tcase_create("script_graph");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, its_id_holds_its_checksum);
    tcase_add_test(tcase, it_stands_on_the_rows);
    tcase_add_test(tcase, it_stays_as_it_is);
    tcase_add_loop_test(tcase, what_came_before_is_told_from_what_comes_after, 0, sizeof verdicts / sizeof *verdicts);
    suite_add_tcase(suite, tcase);
    return suite;
}
