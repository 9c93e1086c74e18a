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

static const struct {
    const char *own, *pending;
    bool covered;
} lists[] = {
    {"a b c", "b", true}, {"a b c", "c a", true}, {"a b", "b c", false}, {"a", "-", false}, {"-", "a", false}};

START_TEST(only_what_is_our_own)
{
    struct arena *arena = arena_create();
    struct names own = words(arena, lists[_i].own, " "), pending = words(arena, lists[_i].pending, " ");
    ck_assert(lineage_covers(&own, &pending) == lists[_i].covered);
    arena_destroy(arena);
}
END_TEST

Suite *lineage_suite(void)
{
    Suite *suite = suite_create("lineage");
    TCase *tests = tcase_create("lineage");
    tcase_add_loop_test(tests, only_a_promotion_loses, 0, sizeof looks / sizeof *looks);
    tcase_add_loop_test(tests, only_what_is_our_own, 0, sizeof lists / sizeof *lists);
    suite_add_tcase(suite, tests);
    return suite;
}
