#include "core/lineage.h"

#include "graph_text.h"

Suite *lineage_suite(void);

static const struct {
    const char *what;
    struct lineage mark, now;
    enum lineage_verdict verdict;
} looks[] = {
    {"promoted without it", {"7", "00000001", 3, 100, {0}}, {"7", "00000002", 0, 0, {0}}, LINEAGE_LOST},
    {"promoted, but the history has it",
     {"7", "00000001", 3, 100, {0}},
     {"7", "00000002", 1, 100, {0}},
     LINEAGE_TAKEN_BACK},
    {"the same server", {"7", "00000001", 3, 100, {0}}, {"7", "00000001", 3, 100, {0}}, LINEAGE_TAKEN_BACK},
    {"the same server, and its history was emptied",
     {"7", "00000001", 3, 100, {0}},
     {"7", "00000001", 0, 0, {0}},
     LINEAGE_TAKEN_BACK},
    {"the primary of before, back again",
     {"7", "0000000A", 3, 100, {0}},
     {"7", "00000009", 0, 0, {0}},
     LINEAGE_FOREIGN},
    {"another system", {"7", "00000001", 3, 100, {0}}, {"8", "00000002", 0, 0, {0}}, LINEAGE_FOREIGN},
    {"another system with the history",
     {"7", "00000001", 3, 100, {0}},
     {"8", "00000001", 1, 100, {0}},
     LINEAGE_TAKEN_BACK},
};

START_TEST(only_a_promotion_loses)
{
    ck_assert_msg(lineage_judge(&looks[_i].mark, &looks[_i].now) == looks[_i].verdict, "%s", looks[_i].what);
}
END_TEST

static const struct {
    const char *what, *own, *applied, *pending;
    enum lineage_loss loss;
    const char *more;
} lists[] = {
    {"ours alone", "a b c", "-", "b", LINEAGE_ALL_WAS_APPLIED, NULL},
    {"ours, whatever the order", "a b c", "a b c", "c a", LINEAGE_ALL_WAS_APPLIED, NULL},
    {"ours, and what others applied", "a b", "a b c z", "b c z", LINEAGE_ALL_WAS_APPLIED, NULL},
    {"ours, and what came later, or was stamped", "a b", "a b", "b c", LINEAGE_MORE_IS_PENDING, "c"},
    {"what others applied", "a", "a b c", "b c", LINEAGE_NOTHING_OURS, NULL},
    {"what nobody applied", "a", "a", "b c", LINEAGE_NOTHING_OURS, NULL},
    {"nothing", "a", "a", "-", LINEAGE_NOTHING_OURS, NULL},
    {"nothing of ours", "-", "c", "a", LINEAGE_NOTHING_OURS, NULL},
};

START_TEST(what_is_pending_was_all_applied)
{
    struct arena *arena = arena_create();
    struct names own = words(arena, lists[_i].own, " "), pending = words(arena, lists[_i].pending, " ");
    struct names applied = words(arena, lists[_i].applied, " ");
    const char *more, *expected = lists[_i].more;
    enum lineage_loss loss = lineage_compare(&own, &applied, &pending, &more);
    ck_assert_msg(loss == lists[_i].loss, "%s", lists[_i].what);
    if (loss == LINEAGE_MORE_IS_PENDING)
        ck_assert_str_eq(more, expected);
    arena_destroy(arena);
}
END_TEST

Suite *lineage_suite(void)
{
    Suite *suite = suite_create("lineage");
    TCase *tests = tcase_create("lineage");
    tcase_add_loop_test(tests, only_a_promotion_loses, 0, sizeof looks / sizeof *looks);
    tcase_add_loop_test(tests, what_is_pending_was_all_applied, 0, sizeof lists / sizeof *lists);
    suite_add_tcase(suite, tests);
    return suite;
}
