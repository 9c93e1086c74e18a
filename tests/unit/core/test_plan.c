#include "core/plan.h"
#include "graph_text.h"

Suite *plan_suite(void);

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

#define LINE     "a; b a; c b; d c"
#define DIAMOND  "root; left root - lft; right root - rgt; merge left,right"
#define CROSSED  "A1 - - A; A2 A1; B1 - - B; B2 B1 A2"
#define BRANCHES "r - - trunk; x1 r - xx; x2 x1; y1 r - yy; y2 y1"

enum { UP, DOWN };

static const struct {
    const char *what, *graph, *rows;
    int direction;
    const char *target;
    const char *steps;      /* NULL: refused with ... */
    const char *rows_after; /* ... this message */
} cases[] = {
    {"all of a line", LINE, "-", UP, "heads", "a b c d", "d"},
    {"the rest of a line", LINE, "b", UP, "head", "c d", "d"},
    {"nothing to do", LINE, "d", UP, "heads", "", "d"},
    {"a target in the past is no error", LINE, "d", UP, "b", "", "d"},
    {"up to base is nothing", LINE, "b", UP, "base", "", "b"},
    {"some steps", LINE, "a", UP, "+2", "b c", "c"},
    {"steps from base", LINE, "-", UP, "+1", "a", "a"},
    {"steps from a symbol", LINE, "-", UP, "a+1", "a b", "b"},
    {"steps back from head", LINE, "-", UP, "head-1", "a b c", "c"},
    {"too many steps", LINE, "c", UP, "+2", NULL, "relative revision +2 didn't produce 2 migrations"},
    {"too many steps from a symbol", LINE, "c", UP, "d+1", NULL, "relative revision +1 didn't produce 1 migrations"},
    {"more steps than a number holds", LINE, "c", UP, "+99999999999999999999", NULL,
     "relative revision +99999999999999999999 didn't produce 99999999999999999999 migrations"},
    {"upgrade backwards", LINE, "c", UP, "-1", NULL, "relative revision -1 didn't produce 1 migrations"},
    {"an unknown target", LINE, "c", UP, "x", NULL, "can't locate revision identified by 'x'"},
    {"a range", LINE, "-", UP, "a:c", NULL, "range revision not allowed: 'a:c'"},
    {"a diamond", DIAMOND, "-", UP, "heads", "root left right merge", "merge"},
    {"a merge from one side", DIAMOND, "left", UP, "merge", "right merge", "merge"},
    {"one side of a diamond", DIAMOND, "-", UP, "left", "root left", "left"},
    {"an ambiguous walk", DIAMOND, "root", UP, "+1", NULL, "ambiguous walk: root has several children (left, right)"},
    {"a walk along a branch", DIAMOND, "root", UP, "lft@+1", "left", "left"},
    {"a walk from several rows", DIAMOND, "left,right", UP, "+1", NULL,
     "ambiguous upgrade from multiple current revisions"},
    {"a walk from several rows along a branch", DIAMOND, "left,right", UP, "rgt@+1", "merge", "merge"},
    {"a branch that has not begun", CROSSED, "-", UP, "A@+2", "A1 A2", "A2"},
    {"a branch that is in as a dependency", "A1 - - A; A2 A1; A3 A2; B1 - A2 B", "B1", UP, "A@+1", "A3", "A3 B1"},
    {"head with a consumed head", CROSSED, "-", UP, "head", NULL,
     "multiple head revisions are present for given argument 'head': A2, B2"},
    {"heads with a consumed head", CROSSED, "-", UP, "heads", "A1 A2 B1 B2", "B2"},
    {"dependencies come along", CROSSED, "B1", UP, "B@head", "A1 A2 B2", "B2"},
    {"head of a branch", BRANCHES, "r", UP, "xx@head", "x1 x2", "x2"},
    {"heads of a branch that overlap", "a - - lab; b a; c a b", "-", UP, "lab@heads", NULL,
     "requested revision c overlaps with other requested revisions b"},

    {"down one", LINE, "d", DOWN, "-1", "d", "c"},
    {"down to an id", LINE, "d", DOWN, "b", "d c", "b"},
    {"down to base", LINE, "c", DOWN, "base", "c b a", ""},
    {"down to base by steps", LINE, "b", DOWN, "-2", "b a", ""},
    {"down below base", LINE, "b", DOWN, "-3", NULL, "relative revision -3 didn't produce 3 migrations"},
    {"down to base from base", LINE, "-", DOWN, "base", "", ""},
    {"down one from base", LINE, "-", DOWN, "-1", NULL, "relative revision -1 didn't produce 1 migrations"},
    {"down where one is", LINE, "b", DOWN, "b", "", "b"},
    {"down to what is not in", LINE, "b", DOWN, "c", NULL,
     "destination c is not a valid downgrade target from current head(s)"},
    {"downgrade forwards", LINE, "b", DOWN, "+1", NULL, "relative revision +1 didn't produce 1 migrations"},
    {"down to steps above a symbol", LINE, "d", DOWN, "a+1", "d c", "b"},
    {"down to steps below a symbol", LINE, "d", DOWN, "c-1", "d c", "b"},
    {"down to steps below the first", LINE, "d", DOWN, "a-1", "d c b a", ""},
    {"down to steps far below the first", LINE, "d", DOWN, "a-2", NULL,
     "walked too far: 'a-2' leads out of the graph"},
    {"down to one side of a merge", DIAMOND, "merge", DOWN, "left", "merge", "left right"},
    {"down by steps at a merge", DIAMOND, "merge", DOWN, "-1", NULL,
     "ambiguous walk: merge has several parents (left, right)"},
    {"down a branch by steps at a merge", DIAMOND, "merge", DOWN, "lft@-1", NULL,
     "ambiguous walk: merge has several parents (left, right)"},
    {"down to a branch's base takes what stands on it", DIAMOND, "merge", DOWN, "lft@base", "merge right left root",
     ""},
    {"down one of several rows", BRANCHES, "x2,y2", DOWN, "yy@-1", "y2", "x2 y1"},
    {"down the first of several rows", BRANCHES, "y2,x2", DOWN, "-1", "y2", "x2 y1"},
    {"down to a branch point", BRANCHES, "x2,y2", DOWN, "r", "y2 y1 x2 x1", "r"},
    {"down to a branch point on one branch", BRANCHES, "x2,y2", DOWN, "xx@r", "x2 x1", "y2"},
    {"down on a branch that is none of the ways", BRANCHES, "x2,y2", DOWN, "trunk@r", NULL,
     "not a valid downgrade target from current heads: none of the revisions above it is on branch 'trunk'"},
    {"down several rows of a branch", BRANCHES, "x2,y2", DOWN, "trunk@-1", NULL,
     "ambiguous downgrade from multiple current revisions on branch 'trunk'"},
    {"a dependent goes too", CROSSED, "B2", DOWN, "A@base", "B2 A2 A1", "B1"},
    {"down a branch by steps frees its dependency", CROSSED, "B2", DOWN, "B@-1", "B2", "A2 B1"},
    {"down a consumed branch by steps", CROSSED, "B2", DOWN, "A@-1", "B2 A2", "A1 B1"},
    {"a downgrade's head is of all branches", CROSSED, "B2", DOWN, "A@head", NULL,
     "multiple head revisions are present for given argument 'head': A2, B2"},

    {"an id with a dash is no walk", "r; r-1 r; r-2 r-1", "r-2", DOWN, "r-1", "r-2", "r-1"},
    {"a walk from an id with a dash", "r; r-x r; r-2 r-x", "r-2", DOWN, "r-x-1", "r-2 r-x", "r"},
    {"a prefix with a dash is no walk", "2024-01-05-a; 2024-02-01-b 2024-01-05-a", "-", UP, "2024-02-01",
     "2024-01-05-a 2024-02-01-b", "2024-02-01-b"},
    {"a walk from a prefix", "aaaa1; bbbb2 aaaa1", "-", UP, "aaaa+1", "aaaa1 bbbb2", "bbbb2"},
};

static const char *steps_text(const struct graph *graph, const struct plan *plan)
{
    uint32_t *nodes = arena_array(arena, plan->count, sizeof *nodes);
    for (size_t i = 0; i < plan->count; i++)
        nodes[i] = plan->steps[i].node;
    return ids(arena, graph, (struct nodes){nodes, (uint32_t)plan->count});
}

static const char *rows_behind(const struct graph *graph, const struct plan *plan)
{
    struct nodes nodes;
    ck_assert(resolve_rows(arena, graph, &plan->rows, &nodes, NULL));
    struct version_rows *rows = version_rows_create(arena, graph, nodes);
    for (size_t i = 0; i < plan->count; i++)
        version_rows_step(rows, plan->steps[i]);
    return joined(arena, version_rows_ids(rows, arena));
}

START_TEST(plans_are_made_or_refused)
{
    struct graph *graph = text_graph(arena, cases[_i].graph);
    struct names rows = words(arena, cases[_i].rows, ",");
    struct plan plan;
    struct error error = {0};
    bool planned = (cases[_i].direction == UP ? plan_upgrade : plan_downgrade)(arena, graph, &rows, cases[_i].target,
                                                                               &plan, &error);
    if (cases[_i].steps != NULL) {
        ck_assert_msg(planned, "%s: %s", cases[_i].what, error.message);
        ck_assert_str_eq(steps_text(graph, &plan), cases[_i].steps);
        ck_assert_str_eq(rows_behind(graph, &plan), cases[_i].rows_after);
        for (size_t i = 0; i < plan.count; i++)
            ck_assert_int_eq(plan.steps[i].direction,
                             cases[_i].direction == UP ? DIRECTION_UPGRADE : DIRECTION_DOWNGRADE);
        return;
    }
    ck_assert_msg(!planned, "%s", cases[_i].what);
    ck_assert_int_eq(error.code, ERROR_USAGE);
    ck_assert_str_eq(error.message, cases[_i].rows_after);
}
END_TEST

static const struct {
    const char *what, *rows, *message;
} bad_rows[] = {
    {"an unknown row", "b,gone", "can't locate revision identified by 'gone', a row of the version table"},
    {"overlapping rows", "b,d", "version table row d overlaps with row b, which it includes"},
};

START_TEST(bad_rows_are_refused_as_such)
{
    struct graph *graph = text_graph(arena, LINE);
    struct names rows = words(arena, bad_rows[_i].rows, ",");
    struct plan plan;
    struct error error;
    ck_assert(!plan_upgrade(arena, graph, &rows, "heads", &plan, &error));
    ck_assert_int_eq(error.code, ERROR_FILES);
    ck_assert_str_eq(error.message, bad_rows[_i].message);
    ck_assert_ptr_nonnull(strstr(error.next, "migrated stamp --purge"));
}
END_TEST

START_TEST(a_plan_keeps_the_rows_sorted)
{
    struct graph *graph = text_graph(arena, CROSSED);
    struct names rows = words(arena, "B1,A2", ",");
    struct plan plan;
    struct error error;
    ck_assert(plan_upgrade(arena, graph, &rows, "heads", &plan, &error));
    ck_assert_str_eq(joined(arena, plan.rows), "A2 B1");
    ck_assert_str_eq(rows.items[0], "B1");
}
END_TEST

/* ---- stamp ---- */

static const struct {
    const char *what, *graph, *rows, *targets;
    bool purge;
    const char *after; /* NULL: refused with ... */
    const char *message;
} stamps[] = {
    {"down from a merge", DIAMOND, "merge", "left", false, "left", 0},
    {"a second side", DIAMOND, "left", "right", false, "left right", 0},
    {"below both sides", DIAMOND, "left,right", "root", false, "root", 0},
    {"both sides", DIAMOND, "root", "left,right", false, "left right", 0},
    {"both sides at once from the merge", DIAMOND, "merge", "left,right", false, "left right", 0},
    {"the merge", DIAMOND, "left,right", "merge", false, "merge", 0},
    {"base", DIAMOND, "merge", "base", false, "", 0},
    {"nothing new", DIAMOND, "merge", "merge", false, "merge", 0},
    {"from nothing", DIAMOND, "-", "heads", false, "merge", 0},
    {"base from nothing", DIAMOND, "-", "base", false, "", 0},
    {"another line", CROSSED, "A1", "B1", false, "A1 B1", 0},
    {"a dependent swallows what it depends on", CROSSED, "A2", "B2", false, "B2", 0},
    {"base of a line", CROSSED, "A1,B1", "A@base", false, "B1", 0},
    {"heads over rows", CROSSED, "A1,B1", "heads", false, "B2", 0},
    {"head of a line", CROSSED, "A1,B1", "B@head", false, "B2", 0},
    {"a row and another line", CROSSED, "A1", "A1,B1", false, "A1 B1", 0},
    {"below both sides, then one of them", DIAMOND, "left,right", "root,left", false, "root", 0},
    {"an unknown row", DIAMOND, "gone", "left", false, NULL,
     "can't locate revision identified by 'gone', a row of the version table"},
    {"an unknown row is purged", DIAMOND, "gone", "left", true, "left", 0},
    {"purge forgets all", CROSSED, "A2,B1", "A1", true, "A1", 0},
    {"purge to base", CROSSED, "A2,B1", "base", true, "", 0},
    {"an unknown target", DIAMOND, "left", "nosuch", false, NULL, "can't locate revision identified by 'nosuch'"},
    {"an unknown target with purge", DIAMOND, "left", "nosuch", true, NULL,
     "can't locate revision identified by 'nosuch'"},
    {"several heads", CROSSED, "-", "head", false, NULL,
     "multiple head revisions are present for given argument 'head': A2, B2"},
    {"relative to nothing", LINE, "-", "-1", false, "c", 0},
    {"relative to rows", LINE, "b", "+1", false, NULL, "can't locate revision identified by '+1'"},
};

START_TEST(stamps_are_made_or_refused)
{
    struct graph *graph = text_graph(arena, stamps[_i].graph);
    struct names rows = words(arena, stamps[_i].rows, ","), targets = words(arena, stamps[_i].targets, ","), after;
    struct error error = {0};
    bool stamped = plan_stamp(arena, graph, &rows, &targets, stamps[_i].purge, &after, &error);
    if (stamps[_i].after != NULL) {
        ck_assert_msg(stamped, "%s: %s", stamps[_i].what, error.message);
        ck_assert_str_eq(joined(arena, after), stamps[_i].after);
    } else {
        ck_assert_msg(!stamped, "%s", stamps[_i].what);
        ck_assert_str_eq(error.message, stamps[_i].message);
    }
}
END_TEST

/* What a stamp decides about, of A1, A2, B1, B2 (A2 is beneath B2) and a stranger. */
static const struct {
    const char *what, *targets;
    bool purge;
    const char *concerned;
} stamped[] = {
    {"what it stands on", "A2", false, "A1 A2 B2"},  {"another branch", "B1", false, "B1 B2"},
    {"what depends on it", "A1", false, "A1 A2 B2"}, {"all beneath", "B2", false, "A1 A2 B1 B2"},
    {"base", "base", false, "A1 A2 B1 B2"},          {"base of a branch", "B@base", false, "B1 B2"},
    {"heads", "heads", false, "A1 A2 B1 B2"},        {"several", "A1,B1", false, "A1 A2 B1 B2"},
    {"purge", "B1", true, "A1 A2 B1 B2 gone"},
};

START_TEST(a_stamp_speaks_of_lineages)
{
    struct graph *graph = text_graph(arena, CROSSED);
    struct names ids = words(arena, "A1,A2,B1,B2,gone", ","), targets = words(arena, stamped[_i].targets, ",");
    struct names concerned;
    struct error error = {0};
    ck_assert_msg(plan_stamp_concerns(arena, graph, &ids, &targets, stamped[_i].purge, &concerned, &error), "%s: %s",
                  stamped[_i].what, error.message);
    ck_assert_str_eq(joined(arena, concerned), stamped[_i].concerned);
}
END_TEST

/* ---- size ---- */

enum { MANY = 100000 };

static const struct {
    const char *what, *target;
    size_t steps;
} walks[] = {
    {"all", "heads", MANY},
    {"far up", "+99999", MANY - 1},
    {"far up from the first", "r0+99999", MANY},
    {"far down from the last", "head-99999", 1},
};

START_TEST(long_lines_are_planned)
{
    struct graph *graph = numbered_graph(arena, MANY, previous, NULL);
    struct names rows = {0};
    struct plan plan;
    struct error error = {0};
    ck_assert_msg(plan_upgrade(arena, graph, &rows, walks[_i].target, &plan, &error), "%s", error.message);
    ck_assert_uint_eq(plan.count, walks[_i].steps);
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, plans_are_made_or_refused, 0, COUNT(cases));
    tcase_add_loop_test(tcase, bad_rows_are_refused_as_such, 0, COUNT(bad_rows));
    tcase_add_test(tcase, a_plan_keeps_the_rows_sorted);
    tcase_add_loop_test(tcase, stamps_are_made_or_refused, 0, COUNT(stamps));
    tcase_add_loop_test(tcase, a_stamp_speaks_of_lineages, 0, COUNT(stamped));
    tcase_add_loop_test(tcase, long_lines_are_planned, 0, COUNT(walks));
    suite_add_tcase(suite, tcase);
    return suite;
}
