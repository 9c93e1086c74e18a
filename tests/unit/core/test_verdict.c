#include "core/verdict.h"

#include "graph_text.h"

Suite *verdict_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* Own graph: a - b, a - c, d depends on b. Its real heads are c and d. */
#define OWN "a; b a; c a; d - b"

static const struct {
    const char *what, *rows, *stored; /* stored: "ID PARENTS" as a graph's text, NULL: not readable */
    enum verdict_kind kind;
    const char *pending, *unknown, *unplaced;
} cases[] = {
    {"empty database", "", NULL, VERDICT_PENDING, "a, b, c, d", "", ""},
    {"all heads", "c d", NULL, VERDICT_IN_SYNC, "", "", ""},
    {"a head and an ancestor of another", "b c", NULL, VERDICT_PENDING, "d", "", ""},
    {"a dependency is covered", "d", NULL, VERDICT_PENDING, "c", "", ""},
    {"newer, as stored", "x d", "x c", VERDICT_AHEAD, "", "x", ""},
    {"newer over two unknown steps", "y d", "y x; x c", VERDICT_AHEAD, "", "y", ""},
    {"newer in the rows beside all heads", "c d x", "x -", VERDICT_AHEAD, "", "x", ""},
    {"a stranger beside all heads", "c d x", NULL, VERDICT_AHEAD, "", "x", "x"},
    {"another line, known", "b x", "x a", VERDICT_DIVERGED, "c, d", "x", ""},
    {"a stranger, and heads are missing", "b x", NULL, VERDICT_UNKNOWN, "c, d", "x", "x"},
    {"a stranger whose parents are unknown", "y", "y z", VERDICT_UNKNOWN, "a, b, c, d", "y", "y"},
    {"own files win over stored edges", "d", "d a; c -", VERDICT_PENDING, "c", "", ""},
};

static struct stored_graph stored_of(const char *text)
{
    struct names lines = words(arena, text, ";");
    struct stored_revision *revisions = arena_array(arena, lines.count + 1, sizeof *revisions);
    for (size_t i = 0; i < lines.count; i++) {
        struct names fields = words(arena, lines.items[i], " ");
        revisions[i] = (struct stored_revision){.id = fields.items[0]};
        revisions[i].down_revisions = words(arena, fields.items[1], ",");
    }
    return (struct stored_graph){revisions, lines.count};
}

START_TEST(judges)
{
    struct graph *graph = text_graph(arena, OWN);
    struct names rows = words(arena, cases[_i].rows, " ");
    struct stored_graph stored = {0};
    struct verdict verdict;
    if (cases[_i].stored != NULL)
        stored = stored_of(cases[_i].stored);

    verdict_judge(arena, graph, &rows, cases[_i].stored == NULL ? NULL : &stored, &verdict);

    ck_assert_msg(verdict.kind == cases[_i].kind, "%s: %s", cases[_i].what, verdict_name(verdict.kind));
    ck_assert_str_eq(names_join(arena, &verdict.heads, 9), "c, d");
    ck_assert_str_eq(names_join(arena, &verdict.pending, 9), cases[_i].pending);
    ck_assert_str_eq(names_join(arena, &verdict.unknown_rows, 9), cases[_i].unknown);
    ck_assert_str_eq(names_join(arena, &verdict.unplaced, 9), cases[_i].unplaced);
    ck_assert_int_eq(verdict_needs_stored(graph, &rows), cases[_i].unknown[0] != '\0');
    ck_assert_str_ne(verdict_message(arena, &verdict), "");
}
END_TEST

START_TEST(tells_of_a_contract_revision_that_it_does_not_know)
{
    struct names rows = words(arena, "x d", " ");
    struct stored_revision revision = {.id = "x", .down_revisions = words(arena, "c", ","), .contract = true};
    struct verdict verdict;
    verdict_judge(arena, text_graph(arena, OWN), &rows, &(struct stored_graph){&revision, 1}, &verdict);
    ck_assert_int_eq(verdict.kind, VERDICT_AHEAD);
    ck_assert(verdict.behind_contract);
    revision.contract = false;
    verdict_judge(arena, text_graph(arena, OWN), &rows, &(struct stored_graph){&revision, 1}, &verdict);
    ck_assert(!verdict.behind_contract);
}
END_TEST

START_TEST(a_cycle_in_the_stored_graph_ends)
{
    struct names rows = words(arena, "x", " ");
    struct stored_graph stored = stored_of("x y; y x");
    struct verdict verdict;
    verdict_judge(arena, text_graph(arena, OWN), &rows, &stored, &verdict);
    ck_assert_int_eq(verdict.kind, VERDICT_DIVERGED);
}
END_TEST

Suite *verdict_suite(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tests = tcase_create("verdict");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, tells_of_a_contract_revision_that_it_does_not_know);
    tcase_add_test(tests, a_cycle_in_the_stored_graph_ends);
    suite_add_tcase(suite, tests);
    return suite;
}
