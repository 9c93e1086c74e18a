#include "core/resolve.h"
#include "graph_text.h"

Suite *resolve_suite(void);

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

#define DIAMOND "base1; left base1 - lft; right base1 - rgt; merge left,right"
#define LINES   "aa01 - - alpha; aa02 aa01; bb01 - - beta; bb02 bb01 aa02"
#define DASHES  "2024-01-05-users; 2024-01-06-jobs 2024-01-05-users; rev 2024-01-06-jobs; rev-1 rev; rev-12 rev-1"

static const struct {
    const char *what, *graph, *symbol, *nodes; /* NULL: refused */
    const char *message, *next;
} cases[] = {
    {"base", DIAMOND, "base", "", 0, 0},
    {"head", DIAMOND, "head", "merge", 0, 0},
    {"heads", DIAMOND, "heads", "merge", 0, 0},
    {"an id", DIAMOND, "left", "left", 0, 0},
    {"a label", DIAMOND, "rgt", "right", 0, 0},
    {"a prefix", DIAMOND, "mer", "merge", 0, 0},
    {"a prefix of one character", DIAMOND, "m", "merge", 0, 0},
    {"a label is too short to be found by prefix", DIAMOND, "rg", NULL, "can't locate revision identified by 'rg'",
     "did you mean 'rgt'?"},
    {"an unknown id", DIAMOND, "elephant", NULL, "can't locate revision identified by 'elephant'",
     "run `migrated history` to see the revisions and labels"},
    {"an id with a slip", DIAMOND, "mrege", NULL, "can't locate revision identified by 'mrege'",
     "did you mean 'merge'?"},
    {"nothing", DIAMOND, "", NULL, "can't locate revision identified by ''", NULL},
    {"an ambiguous prefix", LINES, "aa", NULL, "multiple revisions start with 'aa': aa01, aa02",
     "type more of the id, or all of it"},
    {"an ambiguous prefix of many", "aaaa1; aaaa2; aaaa3; aaaa4; aaaa5", "aaaa", NULL,
     "multiple revisions start with 'aaaa': aaaa1, aaaa2, aaaa3 and 2 more", NULL},
    {"a prefix of an id and a label", "abcd1 - - abcd", "abc", NULL,
     "multiple revisions start with 'abc': abcd1, abcd", NULL},
    {"several heads", LINES, "head", NULL,
     "multiple head revisions are present for given argument 'head': aa02, bb02",
     "name one of them, `LABEL@head` to narrow to one branch, or `heads` for all"},
    {"heads are the real ones", LINES, "heads", "bb02", 0, 0},
    {"head of a branch", LINES, "alpha@head", "aa02", 0, 0},
    {"heads of a branch are versioned ones", LINES, "alpha@heads", "aa02", 0, 0},
    {"head of a branch named by an id", LINES, "bb01@head", "bb02", 0, 0},
    {"head of a branch named by a prefix", LINES, "alp@head", "aa02", 0, 0},
    {"base of a branch", LINES, "alpha@base", "", 0, 0},
    {"an id of the branch", LINES, "alpha@aa02", "aa02", 0, 0},
    {"a prefix is looked for in the branch", "aaaa1 - - one; aaaa2 - - two", "two@aaaa", "aaaa2", 0, 0},
    {"an id of another branch", LINES, "alpha@bb01", NULL, "revision bb01 is not a member of branch 'alpha'", NULL},
    {"an unknown branch", LINES, "gamma@bb01", NULL, "no such branch: 'gamma'", NULL},
    {"an ambiguous branch", LINES, "aa@aa01", NULL, "no such branch: 'aa'", NULL},
    {"no label before the @", LINES, "@aa01", "aa01", 0, 0},
    {"two @", LINES, "alpha@aa01@x", NULL, "can't locate revision identified by 'aa01@x'", NULL},
    {"back from the heads", DIAMOND, "-1", NULL, "ambiguous walk: merge has several parents (left, right)",
     "name the revision to go to"},
    {"back from the heads of a branch", LINES, "beta@-1", "bb01", 0, 0},
    {"back too far", LINES, "-3", NULL, "relative revision -3 leads below the first revision", NULL},
    {"a dash in an id", DASHES, "2024-01-05-users", "2024-01-05-users", 0, 0},
    {"a dash in a prefix", DASHES, "2024-01-06", "2024-01-06-jobs", 0, 0},
    {"an id that looks relative", DASHES, "rev-1", "rev-1", 0, 0},
};

START_TEST(symbols_are_resolved_or_refused)
{
    struct graph *graph = text_graph(arena, cases[_i].graph);
    struct nodes nodes;
    struct error error = {0};
    bool resolved = resolve_symbol(arena, graph, cases[_i].symbol, &nodes, &error);
    if (cases[_i].nodes != NULL) {
        ck_assert_msg(resolved, "%s: %s", cases[_i].what, error.message);
        ck_assert_str_eq(ids(arena, graph, nodes), cases[_i].nodes);
        return;
    }
    ck_assert_msg(!resolved, "%s", cases[_i].what);
    ck_assert_int_eq(error.code, ERROR_USAGE);
    ck_assert_str_eq(error.message, cases[_i].message);
    if (cases[_i].next != NULL)
        ck_assert_str_eq(error.next, cases[_i].next);
}
END_TEST

START_TEST(an_empty_graph_has_no_head)
{
    static const char *const symbols[] = {"head", "heads", "base"};
    struct graph *graph = text_graph(arena, "");
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        struct nodes nodes;
        struct error error;
        ck_assert(resolve_symbol(arena, graph, symbols[i], &nodes, &error));
        ck_assert_uint_eq(nodes.count, 0);
    }
}
END_TEST

START_TEST(rows_are_resolved_exactly)
{
    struct graph *graph = text_graph(arena, LINES);
    struct names rows = words(arena, "bb01,aa02", ",");
    struct nodes nodes;
    struct error error;
    ck_assert(resolve_rows(arena, graph, &rows, &nodes, &error));
    ck_assert_str_eq(ids(arena, graph, nodes), "bb01 aa02");
}
END_TEST

START_TEST(unknown_rows_are_refused)
{
    static const char *const unknown[] = {"gone", "bb0", "alpha", "head"};
    struct graph *graph = text_graph(arena, LINES);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct names rows = words(arena, arena_printf(arena, "aa02,%s", unknown[i]), ",");
        struct nodes nodes;
        struct error error;
        ck_assert(!resolve_rows(arena, graph, &rows, &nodes, &error));
        ck_assert_int_eq(error.code, ERROR_FILES);
        ck_assert_str_eq(
            error.message,
            arena_printf(arena, "can't locate revision identified by '%s', a row of the version table", unknown[i]));
        ck_assert_ptr_nonnull(strstr(error.next, "migrated stamp --purge"));
    }
}
END_TEST

Suite *resolve_suite(void)
{
    Suite *suite = suite_create("resolve");
    TCase *tcase = tcase_create("resolve");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, symbols_are_resolved_or_refused, 0, COUNT(cases));
    tcase_add_test(tcase, an_empty_graph_has_no_head);
    tcase_add_test(tcase, rows_are_resolved_exactly);
    tcase_add_test(tcase, unknown_rows_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
