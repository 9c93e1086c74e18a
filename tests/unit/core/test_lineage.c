#include "core/lineage.h"

#include "graph_text.h"

Suite *lineage_suite(void);

static const struct {
    const char *what;
    struct lineage mark, now;
    enum lineage_verdict verdict;
} looks[] = {
    {"promoted without it", {"7", "00000001", 3, 100}, {"7", "00000002", 0, 0}, LINEAGE_LOST},
    {"promoted, but the history has it", {"7", "00000001", 3, 100}, {"7", "00000002", 1, 100}, LINEAGE_TAKEN_BACK},
    {"the same server", {"7", "00000001", 3, 100}, {"7", "00000001", 3, 100}, LINEAGE_TAKEN_BACK},
    {"the same server, and its history was emptied",
     {"7", "00000001", 3, 100},
     {"7", "00000001", 0, 0},
     LINEAGE_TAKEN_BACK},
    {"the primary of before, back again", {"7", "0000000A", 3, 100}, {"7", "00000009", 0, 0}, LINEAGE_FOREIGN},
    {"another system", {"7", "00000001", 3, 100}, {"8", "00000002", 0, 0}, LINEAGE_FOREIGN},
    {"another system with the history", {"7", "00000001", 3, 100}, {"8", "00000001", 1, 100}, LINEAGE_TAKEN_BACK},
};

START_TEST(only_a_promotion_loses)
{
    ck_assert_msg(lineage_judge(&looks[_i].mark, &looks[_i].now) == looks[_i].verdict, "%s", looks[_i].what);
}
END_TEST

/* Of a - b - c and z, all seen when c and z were heads. */
static const struct {
    const char *what, *own, *heads, *pending;
    enum lineage_loss loss;
    const char *more;
} lists[] = {
    {"ours alone", "a b c", "-", "b", LINEAGE_ALL_WAS_THERE, NULL},
    {"ours, whatever the order", "a b c", "-", "c a", LINEAGE_ALL_WAS_THERE, NULL},
    {"ours, and what others applied", "a b", "c z", "b c z", LINEAGE_ALL_WAS_THERE, NULL},
    {"ours, and what came later", "a b", "b", "b c", LINEAGE_MORE_IS_PENDING, "c"},
    {"ours, and what was never seen", "a b", "-", "b c", LINEAGE_MORE_IS_PENDING, "c"},
    {"what others applied", "a", "c", "b c", LINEAGE_NOTHING_OURS, "-"},
    {"nothing", "a", "c", "-", LINEAGE_NOTHING_OURS, "-"},
    {"nothing of ours", "-", "c", "a", LINEAGE_NOTHING_OURS, "-"},
    {"a head that has no file any more", "b", "x", "b", LINEAGE_ALL_WAS_THERE, NULL},
};

START_TEST(what_is_pending_was_all_there)
{
    struct arena *arena = arena_create();
    const struct graph *graph = text_graph(arena, "a; b a; c b; z -");
    struct names own = words(arena, lists[_i].own, " "), pending = words(arena, lists[_i].pending, " ");
    struct names heads = words(arena, lists[_i].heads, " ");
    const char *more, *expected = lists[_i].more;
    ck_assert_msg(lineage_compare(arena, graph, &own, &heads, &pending, &more) == lists[_i].loss, "%s",
                  lists[_i].what);
    if (lists[_i].loss != LINEAGE_NOTHING_OURS)
        ck_assert_pstr_eq(more, expected);
    arena_destroy(arena);
}
END_TEST

Suite *lineage_suite(void)
{
    Suite *suite = suite_create("lineage");
    TCase *tests = tcase_create("lineage");
    tcase_add_loop_test(tests, only_a_promotion_loses, 0, sizeof looks / sizeof *looks);
    tcase_add_loop_test(tests, what_is_pending_was_all_there, 0, sizeof lists / sizeof *lists);
    suite_add_tcase(suite, tests);
    return suite;
}
