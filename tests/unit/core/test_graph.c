#include "graph_text.h"

Suite *graph_suite(void);

static struct arena *arena;

static void set_up(void)
{
    arena = arena_create();
}

static void tear_down(void)
{
    arena_destroy(arena);
}

/* ---- heads, bases and the order ---- */

static const struct {
    const char *what, *graph, *real_heads, *versioned_heads, *bases, *order;
} shapes[] = {
    {"nothing at all", "", "", "", "", ""},
    {"one revision", "a", "a", "a", "a", "a"},
    {"a line, loaded backwards", "c b; b a; a", "c", "c", "a", "a b c"},
    {"a diamond", "a; b a; c a; m b,c", "m", "m", "a", "a b c m"},
    {"two lines", "a1; b1; a2 a1; b2 b1", "a2 b2", "a2 b2", "a1 b1", "a1 b1 a2 b2"},
    {"a consumed head", "a1; a2 a1; b1; b2 b1 a2", "b2", "a2 b2", "a1 b1", "a1 a2 b1 b2"},
    {"a dependency before its load order", "b - a; a", "b", "b a", "b a", "a b"},
    {"a dependency by label", "a - - lab; b - lab", "b", "a b", "a b", "a b"},
    {"a dependency beside the same parent", "a; b a a", "b", "b", "a", "a b"},
};

START_TEST(shapes_have_heads_and_an_order)
{
    struct graph *graph = text_graph(arena, shapes[_i].graph);
    ck_assert_str_eq(ids(arena, graph, graph_real_heads(graph)), shapes[_i].real_heads);
    ck_assert_str_eq(ids(arena, graph, graph_versioned_heads(graph)), shapes[_i].versioned_heads);
    ck_assert_str_eq(ids(arena, graph, graph_bases(graph)), shapes[_i].bases);
    ck_assert_str_eq(ids(arena, graph, graph_order(graph)), shapes[_i].order);
}
END_TEST

START_TEST(names_are_found)
{
    struct graph *graph = text_graph(arena, "a - - lab; b a; c a");
    ck_assert_uint_eq(graph_find(graph, "b"), 1);
    ck_assert_uint_eq(graph_find(graph, "lab"), GRAPH_NONE);
    ck_assert_uint_eq(graph_find(graph, "x"), GRAPH_NONE);
    ck_assert_uint_eq(graph_find_label(graph, "lab"), 0);
    ck_assert_uint_eq(graph_find_label(graph, "b"), GRAPH_NONE);
    ck_assert(graph_is_branch_point(graph, 0));
    ck_assert(!graph_is_branch_point(graph, 1));
    ck_assert_uint_eq(graph_key_count(graph), 4);
    ck_assert_str_eq(graph_key_name(graph, 3), "lab");
    ck_assert_uint_eq(graph_key_node(graph, 3), 0);
}
END_TEST

/* ---- normalised parents ---- */

static const struct {
    const char *what, *graph, *node, *parents;
} normalised[] = {
    {"a dependency counts", "a; b; c b a", "c", "b a"},
    {"one that an ancestor declares does not", "a; b; c b a; d c a", "d", "c"},
    {"however far below", "x; b; c b x; d c; e d; f e x", "f", "e"},
    {"the lowest keeps it", "a; b; c b a; d c a", "c", "b a"},
    {"on another line it counts", "a; b; c b a; d b a", "d", "b a"},
    {"a plain ancestor still counts", "a; b a; c b a", "c", "b a"},
    {"a declaring ancestor by depends_on does not matter", "x; y - x; z - y,x", "z", "y x"},
    {"a parent is not named twice", "a; b a a", "b", "a"},
    {"over a merge", "x; b; c b x; d b; m c,d x", "m", "c d"},
};

START_TEST(parents_are_normalised)
{
    struct graph *graph = text_graph(arena, normalised[_i].graph);
    uint32_t node = graph_find(graph, normalised[_i].node);
    ck_assert_str_eq(ids(arena, graph, graph_normalised_parents(graph, node)), normalised[_i].parents);
}
END_TEST

/* ---- labels ---- */

static const struct {
    const char *what, *graph, *node, *labels;
} labels[] = {
    {"its revision", "a - - lab", "a", "lab"},
    {"descendants", "a - - lab; b a; c b", "c", "lab"},
    {"through a merge", "a - - one; b - - two; m a,b", "m", "one two"},
    {"not what only depends", "a - - lab; b - a", "b", ""},
    {"down a plain line", "a; b a; c b - lab", "a", "lab"},
    {"not down to a branch point", "a; b a; c a - lab; d c", "a", ""},
    {"nor below it", "z; a z; b a; c a - lab", "z", ""},
    {"not below a branch point above", "a; b a - lab; c b; d b", "a", ""},
    {"not to a merge point", "a; b; m a,b; c m - lab", "m", ""},
    {"a dependent makes a branch point", "a; b a; x - a; c b - lab", "a", ""},
    {"one dependent of the tip does not", "a; b a - lab; x - b", "a", "lab"},
    {"several of a line, sorted", "a - - zeta; b a; c b - alpha,beta", "b", "alpha beta zeta"},
};

START_TEST(labels_reach)
{
    struct graph *graph = text_graph(arena, labels[_i].graph);
    ck_assert_str_eq(joined(arena, graph_labels(graph, graph_find(graph, labels[_i].node))), labels[_i].labels);
}
END_TEST

/* ---- faults ---- */

static const struct {
    const char *what, *graph, *faults; /* file:line:column: message, each followed by a line break */
} faulty[] = {
    {"a duplicate id", "a; b a; a", "a.sql:1:14: revision a is present more than once: also in a.sql\n"},
    {"a missing parent", "abcd; b abce",
     "b.sql:2:19: down_revision 'abce' of revision b is not present; did you mean 'abcd'?\n"},
    {"a missing dependency", "a; b a nosuch", "b.sql:3:16: depends_on 'nosuch' of revision b is not present\n"},
    {"a label is no parent", "a - - lab; b lab",
     "b.sql:2:19: down_revision 'lab' of revision b is a label, not a revision\n"},
    {"a parent named twice", "a; b a,a", "b.sql:2:19: down_revision names a twice\n"},
    {"its own parent", "a a", "a.sql:2:19: self-loop is detected: revision a is its own down_revision\n"},
    {"its own dependency", "a - a", "a.sql:3:16: dependency self-loop is detected: revision a depends on itself\n"},
    {"its own dependency by label", "a - lab lab",
     "a.sql:3:16: dependency self-loop is detected: revision a depends on itself\n"},
    {"a cycle", "x; a c; b a; c b", "b.sql:2:19: cycle is detected in revisions (a, b, c)\n"},
    {"a cycle by dependency", "a - b; b a", "b.sql:2:19: dependency cycle is detected in revisions (a, b)\n"},
    {"two cycles", "a b; b a; c d; d c",
     "b.sql:2:19: cycle is detected in revisions (a, b)\nd.sql:2:19: cycle is detected in revisions (c, d)\n"},
    {"a label twice", "a - - lab; b a - lab",
     "b.sql:4:12: branch name 'lab' in revision b already used by revision a\n"},
    {"a label that is an id", "a - - b; b a", "a.sql:4:12: label 'b' is the id of a revision\n"},
    {"an illegal character", "a@1", "a@1.sql:1:14: character '@' not allowed in revision id 'a@1'\n"},
    {"an illegal character in a label", "a - - l+1", "a.sql:4:12: character '+' not allowed in label 'l+1'\n"},
    {"a control character", "a\t1",
     "a\t1.sql:1:14: blanks and control characters are not allowed in revision id 'a\t1'\n"},
    {"a word with a meaning", "head", "head.sql:1:14: revision id 'head' is a word with a meaning of its own\n"},
    {"all at once", "a x; b y; b",
     "a.sql:2:19: down_revision 'x' of revision a is not present; did you mean 'a'?\n"
     "b.sql:1:14: revision b is present more than once: also in b.sql\n"
     "b.sql:2:19: down_revision 'y' of revision b is not present; did you mean 'a'?\n"},
};

START_TEST(faults_are_found)
{
    struct faults faults;
    ck_assert_ptr_null(text_graph_faults(arena, faulty[_i].graph, &faults));
    faults_sort(&faults);

    const char *text = "";
    for (size_t i = 0; i < faults.count; i++)
        text = arena_printf(arena, "%s%s:%u:%u: %s\n", text, faults.items[i].file, faults.items[i].line,
                            faults.items[i].column, faults.items[i].message);
    ck_assert_str_eq(text, faulty[_i].faults);
}
END_TEST

START_TEST(printable_ids_are_sound)
{
    text_graph(arena, "2024-01-05-users; v1.2_x/y 2024-01-05-users; \xC3\xA4nderung v1.2_x/y");
}
END_TEST

/* ---- closures ---- */

START_TEST(closures_follow_their_edges)
{
    struct graph *graph = text_graph(arena, "a; b a; x; c b x; d c");
    uint32_t b = graph_find(graph, "b"), x = graph_find(graph, "x"), d = graph_find(graph, "d");
    static const uint32_t counts[] = {[EDGES_DOWN_REVISION] = 4, [EDGES_NORMALISED] = 5, [EDGES_ALL] = 5};
    for (enum graph_edges edges = EDGES_DOWN_REVISION; edges <= EDGES_ALL; edges++) {
        struct node_set below = node_set_create(arena, graph), above = node_set_create(arena, graph);
        graph_add_ancestors(graph, &below, (struct nodes){&d, 1}, edges);
        graph_add_descendants(graph, &above, (struct nodes){&x, 1}, edges);
        ck_assert_uint_eq(below.count, counts[edges]);
        ck_assert_uint_eq(below.has[x], edges != EDGES_DOWN_REVISION);
        ck_assert_uint_eq(above.count, edges == EDGES_DOWN_REVISION ? 1 : 3);
    }

    struct node_set set = node_set_create(arena, graph);
    node_set_add(&set, b);
    node_set_add(&set, b);
    ck_assert_uint_eq(set.count, 1);
    node_set_remove(&set, b);
    node_set_remove(&set, b);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* ---- size: one shape each, 100,000 revisions; the time limit of a test case is the bound ---- */

enum { MANY = 100000 };

static const struct {
    const char *what;
    int64_t (*parent)(size_t), (*second_parent)(size_t);
    uint32_t heads;
} large[] = {
    {"a line", previous, NULL, 1},
    {"all on one", first, NULL, MANY - 1},
    {"two lines with a merge at every step", two_before, beside, 1},
};

START_TEST(large_graphs_are_built)
{
    struct arena *revisions_arena = arena_create();
    struct revision *revisions = numbered_revisions(revisions_arena, MANY, large[_i].parent, large[_i].second_parent);
    struct faults faults = {.arena = arena};
    struct graph *graph = graph_build(arena, revisions, MANY, &faults);
    ck_assert_ptr_nonnull(graph);
    ck_assert_uint_eq(graph_size(graph), MANY);
    ck_assert_uint_eq(graph_real_heads(graph).count, large[_i].heads);
    ck_assert_uint_lt(arena_footprint(arena), (size_t)30 << 20);
    arena_destroy(revisions_arena);
}
END_TEST

START_TEST(a_merge_of_very_many)
{
    struct revision *revisions = numbered_revisions(arena, MANY, first, NULL);
    const char **names = arena_array(arena, MANY, sizeof *names);
    for (size_t i = 1; i + 1 < MANY; i++)
        names[i - 1] = revisions[i].id;
    revisions[MANY - 1].down_revisions = (struct names){names, MANY - 2};

    struct faults faults = {.arena = arena};
    struct graph *graph = graph_build(arena, revisions, MANY, &faults);
    ck_assert_ptr_nonnull(graph);
    ck_assert_uint_eq(graph_real_heads(graph).count, 1);
    ck_assert_uint_eq(graph_parents(graph, MANY - 1).count, MANY - 2);
}
END_TEST

static int64_t next_or_first(size_t i)
{
    return i + 1 < MANY ? (int64_t)i + 1 : 0;
}

START_TEST(a_large_cycle_is_found)
{
    struct revision *revisions = numbered_revisions(arena, MANY, previous, NULL);
    for (size_t i = 0; i < MANY; i++) {
        revisions[i].down_revisions.count = 1;
        revisions[i].down_revisions.items[0] = revisions[next_or_first(i)].id;
    }
    struct faults faults = {.arena = arena};
    ck_assert_ptr_null(graph_build(arena, revisions, MANY, &faults));
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_ptr_nonnull(strstr(faults.items[0].message, "and 99980 more"));
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *graph_suite(void)
{
    Suite *suite = suite_create("graph");
    TCase *tcase = tcase_create("graph");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, shapes_have_heads_and_an_order, 0, COUNT(shapes));
    tcase_add_test(tcase, names_are_found);
    tcase_add_loop_test(tcase, parents_are_normalised, 0, COUNT(normalised));
    tcase_add_loop_test(tcase, labels_reach, 0, COUNT(labels));
    tcase_add_loop_test(tcase, faults_are_found, 0, COUNT(faulty));
    tcase_add_test(tcase, printable_ids_are_sound);
    tcase_add_test(tcase, closures_follow_their_edges);
    tcase_add_loop_test(tcase, large_graphs_are_built, 0, COUNT(large));
    tcase_add_test(tcase, a_merge_of_very_many);
    tcase_add_test(tcase, a_large_cycle_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
