#include "base/names.h"

#include "base/arena.h"

#include <check.h>

Suite *names_suite(void);

START_TEST(sorts_compares_copies_and_joins)
{
    struct arena *arena = arena_create();
    const char *items[] = {"b", "B", "a", "ä", "10", "9"};
    struct names names = {items, 6}, none = {0};

    struct names copy = names_copy(arena, &names);
    ck_assert(names_equal(&copy, &names));
    ck_assert_ptr_ne(copy.items[0], items[0]);
    names_sort(&names);
    ck_assert_str_eq(names_join(arena, &names, 6), "10, 9, B, a, b, ä");
    ck_assert(!names_equal(&copy, &names));
    ck_assert_str_eq(names_join(arena, &names, 2), "10, 9 and 4 more");
    ck_assert_str_eq(names_list(arena, &names), "10,9,B,a,b,ä");
    ck_assert(names_contain(&names, "ä"));
    ck_assert(!names_contain(&names, "c"));

    names_sort(&none);
    ck_assert_str_eq(names_join(arena, &none, 3), "");
    ck_assert_str_eq(names_list(arena, &none), "");
    ck_assert(!names_contain(&none, ""));
    ck_assert(names_equal(&none, &(struct names){0}));
    arena_destroy(arena);
}
END_TEST

Suite *names_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    tcase_add_test(tests, sorts_compares_copies_and_joins);
    suite_add_tcase(suite, tests);
    return suite;
}
