#include "core/plan.h"
#include "graph_text.h"

Suite *version_rows_suite(void);

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

static struct arena *arena;

static void set_up(void)
{
    arena = arena_create();
}

static void tear_down(void)
{
    arena_destroy(arena);
}

#define DIAMOND   "root; left root; right root; merge left,right"
#define CROSSED   "A1; A2 A1; B1; B2 B1 A2"
#define REDUNDANT "a; b a; m a,b; x"

/* Steps: "+id" upgrades, "-id" downgrades. The rows behind each are separated by ';'. */
static const struct {
    const char *what, *graph, *rows, *steps, *behind;
} cases[] = {
    {"a base is inserted", DIAMOND, "-", "+root", "root"},
    {"a line is updated", DIAMOND, "root", "+left", "left"},
    {"a second branch is inserted", DIAMOND, "left", "+right", "left right"},
    {"a merge takes both rows", DIAMOND, "left,right", "+merge", "merge"},
    {"a merge undone gives both back", DIAMOND, "merge", "-merge", "left right"},
    {"a side that stands on what the other needs goes", DIAMOND, "left,right", "-right -left -root", "left;root;"},
    {"a base is deleted", DIAMOND, "root", "-root", ""},
    {"a dependency is a parent", CROSSED, "A2,B1", "+B2 -B2", "B2;A2 B1"},
    {"a dependency that nobody needs becomes a row", CROSSED, "B2", "-B2 -B1 -A2 -A1", "A2 B1;A2;A1;"},
    {"a dependency that goes too", CROSSED, "B2", "-B2 -A2 -A1", "A2 B1;A1 B1;B1"},
    {"one dependency of two", "A1; B1 - A1; C1 - A1", "-", "+A1 +B1 +C1 -C1 -B1 -A1", "A1;B1;B1 C1;B1;A1;"},
    {"one dependency of two, again", "a; x - a; y - a", "-", "+a +x +y -x +x -y", "a;x;x y;y;x y;x"},
    {"a merge with an ancestor of its parent", REDUNDANT, "-", "+a +b +m -m", "a;b;m;b"},
    {"the same beside another row keeps both", REDUNDANT, "x,m", "-m", "a b x"},
    {"overlapping rows go one by one", "a; b a; c b", "a,c", "-c -b -a", "a b;a;"},
    {"a row inside another is only forgotten", "a; b a; c b", "a,c", "-a -c -b", "c;b;a"},
};

START_TEST(rows_follow_the_steps)
{
    struct graph *graph = text_graph(arena, cases[_i].graph);
    struct names start = words(arena, cases[_i].rows, ","), steps = words(arena, cases[_i].steps, " ");
    struct nodes nodes;
    ck_assert(resolve_rows(arena, graph, &start, &nodes, NULL));

    struct version_rows *rows = version_rows_create(arena, graph, nodes);
    const char *behind = "";
    for (size_t i = 0; i < steps.count; i++) {
        const char *step = steps.items[i];
        enum direction direction = *step == '+' ? DIRECTION_UPGRADE : DIRECTION_DOWNGRADE;
        version_rows_step(rows, (struct step){graph_find(graph, step + 1), direction});
        behind =
            arena_printf(arena, "%s%s%s", behind, i > 0 ? ";" : "", joined(arena, version_rows_ids(rows, arena)));
    }
    ck_assert_str_eq(behind, cases[_i].behind);
}
END_TEST

/* ---- size: the time limit of a test case is the bound ---- */

enum { MANY = 100000 };

static int64_t none(size_t i)
{
    (void)i;
    return -1;
}

static int64_t half_way(size_t i)
{
    return i % 2 == 1 ? (int64_t)((i - 1) / 4 * 2) : -1;
}

static int64_t the_one_before(size_t i)
{
    return i % 2 == 1 ? (int64_t)i - 1 : -1;
}

static const struct {
    const char *what;
    int64_t (*parent)(size_t), (*second_parent)(size_t), (*dependency)(size_t);
} large[] = {
    {"a line", previous, NULL, none},
    {"all on one", first, NULL, none},
    {"two lines with a merge at every step", two_before, beside, none},
    {"two lines, one depends on the other", two_before, NULL, the_one_before},
    {"two lines, one depends on the past of the other", two_before, NULL, half_way},
};

static struct graph *large_graph(int i)
{
    struct revision *revisions = numbered_revisions(arena, MANY, large[i].parent, large[i].second_parent);
    for (size_t r = 0; r < MANY; r++) {
        const char **names = arena_array(arena, 1, sizeof *names);
        revisions[r].depends_on = (struct names){names, large[i].dependency(r) >= 0};
        names[0] = large[i].dependency(r) >= 0 ? revisions[large[i].dependency(r)].id : NULL;
    }
    struct faults faults = {.arena = arena};
    struct graph *graph = graph_build(arena, revisions, MANY, &faults);
    ck_assert_ptr_nonnull(graph);
    return graph;
}

START_TEST(long_ways_up_and_down)
{
    struct graph *graph = large_graph(_i);
    struct version_rows *rows = version_rows_create(arena, graph, (struct nodes){0});
    struct nodes order = graph_order(graph), heads = graph_real_heads(graph);
    for (uint32_t i = 0; i < order.count; i++)
        version_rows_step(rows, (struct step){order.items[i], DIRECTION_UPGRADE});
    ck_assert_uint_eq(version_rows_ids(rows, arena).count, heads.count);

    for (uint32_t i = order.count; i > 0; i--)
        version_rows_step(rows, (struct step){order.items[i - 1], DIRECTION_DOWNGRADE});
    ck_assert_uint_eq(version_rows_ids(rows, arena).count, 0);
}
END_TEST

Suite *version_rows_suite(void)
{
    Suite *suite = suite_create("version_rows");
    TCase *tcase = tcase_create("version_rows");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, rows_follow_the_steps, 0, COUNT(cases));
    tcase_add_loop_test(tcase, long_ways_up_and_down, 0, COUNT(large));
    suite_add_tcase(suite, tcase);
    return suite;
}
