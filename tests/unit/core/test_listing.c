#include "core/listing.h"
#include "graph_text.h"

Suite *listing_suite(void);

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

#define LINE    "a; b a; c b; d c"
#define DIAMOND "root; left root - lft; right root - rgt; merge left,right"
#define CROSSED "A1 - - A; A2 A1; B1 - - B; B2 B1 A2"

/* ---- history ---- */

static const struct {
    const char *what, *graph, *range, *rows, *nodes; /* nodes NULL: refused with ... */
    const char *message;
} histories[] = {
    {"everything", LINE, NULL, NULL, "d c b a", 0},
    {"everything there is", "", NULL, NULL, "", 0},
    {"both sides open", LINE, ":", NULL, "d c b a", 0},
    {"both ends are in", LINE, "b:c", NULL, "c b", 0},
    {"from one on", LINE, "c:", NULL, "d c", 0},
    {"up to one", LINE, ":b", NULL, "b a", 0},
    {"base:heads", LINE, "base:heads", NULL, "d c b a", 0},
    {"one revision", LINE, "b:b", NULL, "b", 0},
    {"up to the rows", LINE, ":current", "b", "b a", 0},
    {"from the rows", LINE, "current:", "b", "d c b", 0},
    {"the rows when there are none", LINE, ":current", "-", "d c b a", 0},
    {"a word of its own on one side only", LINE, "current:current", "b", NULL,
     "can't locate revision identified by 'current'"},
    {"the last two", LINE, "-1:", NULL, "d c", 0},
    {"some steps on", LINE, "b:+1", NULL, "c b", 0},
    {"steps over the end stay there", LINE, "b:+9", NULL, "d c b", 0},
    {"around the rows", LINE, "-2:current", "d", "d c b", 0},
    {"a diamond", DIAMOND, NULL, NULL, "merge right left root", 0},
    {"one side of a diamond", DIAMOND, "left:", NULL, "merge left", 0},
    {"below both rows", DIAMOND, ":current", "left,right", "right left root", 0},
    {"dependencies are listed too", CROSSED, ":B2", NULL, "B2 B1 A2 A1", 0},
    {"what only depends on the lower side is left out", CROSSED, "A2:", NULL, "A2", 0},
    {"a branch", CROSSED, "A@base:", NULL, "", 0},
    {"the wrong way round", LINE, "c:b", NULL, NULL,
     "requested range c:b does not refer to ancestor/descendant revisions along the same branch"},
    {"another branch", "a; b; c a", "b:c", NULL, NULL,
     "requested range b:c does not refer to ancestor/descendant revisions along the same branch"},
    {"a branch from below the first", CROSSED, "-2:B@+1", NULL, NULL,
     "can't locate revision identified by '-2': it leads below the first revision"},
    {"no colon", LINE, "b", NULL, NULL, "history range requires [start]:[end], [start]:, or :[end]"},
    {"two colons", LINE, "a:b:c", NULL, NULL, "history range requires [start]:[end], [start]:, or :[end]"},
    {"unknown", LINE, "x:", NULL, NULL, "can't locate revision identified by 'x'"},
    {"rows that were not read", LINE, ":current", NULL, NULL, "range :current needs the version rows of a database"},
};

START_TEST(history_is_listed_or_refused)
{
    struct graph *graph = text_graph(arena, histories[_i].graph);
    struct names rows = words(arena, histories[_i].rows == NULL ? "-" : histories[_i].rows, ",");
    struct nodes nodes;
    struct error error = {0};
    bool listed =
        listing_history(arena, graph, histories[_i].range, histories[_i].rows == NULL ? NULL : &rows, &nodes, &error);
    if (histories[_i].nodes != NULL) {
        ck_assert_msg(listed, "%s: %s", histories[_i].what, error.message);
        ck_assert_str_eq(ids(arena, graph, nodes), histories[_i].nodes);
    } else {
        ck_assert_msg(!listed, "%s", histories[_i].what);
        ck_assert_int_eq(error.code, ERROR_USAGE);
        ck_assert_str_eq(error.message, histories[_i].message);
    }
}
END_TEST

START_TEST(only_current_needs_rows)
{
    ck_assert(!listing_history_needs_rows(NULL));
    ck_assert(!listing_history_needs_rows("a:b"));
    ck_assert(!listing_history_needs_rows("-1:"));
    ck_assert(!listing_history_needs_rows("current"));
    ck_assert(!listing_history_needs_rows("currently:"));
    ck_assert(listing_history_needs_rows("current:"));
    ck_assert(listing_history_needs_rows(":current"));
}
END_TEST

/* ---- current ---- */

static const struct {
    const char *what, *graph, *rows, *nodes;
} currents[] = {
    {"nothing", LINE, "-", ""},
    {"a row", LINE, "b", "b"},
    {"rows of two branches", DIAMOND, "right,left", "left right"},
    {"a consumed head shows", CROSSED, "B2", "A2 B2"},
    {"overlapping rows show once", LINE, "a,c", "c"},
    {"unknown rows are left out", LINE, "gone,b", "b"},
};

START_TEST(current_is_listed)
{
    struct graph *graph = text_graph(arena, currents[_i].graph);
    struct names rows = words(arena, currents[_i].rows, ",");
    ck_assert_str_eq(ids(arena, graph, listing_current(arena, graph, &rows)), currents[_i].nodes);
}
END_TEST

START_TEST(branches_are_listed_newest_first)
{
    struct graph *graph = text_graph(arena, "a; b a; c a; d c; e c; f - a");
    ck_assert_str_eq(ids(arena, graph, listing_branches(arena, graph)), "c a");
}
END_TEST

/* ---- lines ---- */

static const struct {
    const char *what, *graph, *node, *marks, *line;
} lines[] = {
    {"a base", LINE, "a", "", "<base> -> a, about a"},
    {"a head", LINE, "d", "(head)", "c -> d (head), about d"},
    {"a branch point", DIAMOND, "root", "(branchpoint)", "<base> -> root (branchpoint), about root"},
    {"a merge point with labels", DIAMOND, "merge", "(lft, rgt) (head) (mergepoint)",
     "left, right -> merge (lft, rgt) (head) (mergepoint), about merge"},
    {"an effective head", CROSSED, "A2", "(A) (effective head)", "A1 -> A2 (A) (effective head), about A2"},
    {"dependencies", CROSSED, "B2", "(B) (head)", "B1 (A2) -> B2 (B) (head), about B2"},
};

START_TEST(lines_are_alembics)
{
    struct graph *graph = text_graph(arena, lines[_i].graph);
    uint32_t node = graph_find(graph, lines[_i].node);
    ck_assert_str_eq(listing_marks(arena, graph, node), lines[_i].marks);
    ck_assert_str_eq(listing_history_line(arena, graph, node), lines[_i].line);
}
END_TEST

Suite *listing_suite(void)
{
    Suite *suite = suite_create("listing");
    TCase *tcase = tcase_create("listing");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, history_is_listed_or_refused, 0, COUNT(histories));
    tcase_add_test(tcase, only_current_needs_rows);
    tcase_add_loop_test(tcase, current_is_listed, 0, COUNT(currents));
    tcase_add_test(tcase, branches_are_listed_newest_first);
    tcase_add_loop_test(tcase, lines_are_alembics, 0, COUNT(lines));
    suite_add_tcase(suite, tcase);
    return suite;
}
