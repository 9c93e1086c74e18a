#include "base/arena.h"

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

Suite *arena_suite(void);

START_TEST(gives_zeroed_aligned_memory_of_any_size)
{
    struct arena *arena = arena_create();
    for (size_t size = 0; size < 200000; size = size * 3 + 1) {
        unsigned char *bytes = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
    ck_assert_uint_ge(arena_footprint(arena), 100000);
    arena_destroy(arena);
    arena_destroy(NULL);
}
END_TEST

START_TEST(copies_text)
{
    struct arena *arena = arena_create();
    ck_assert_str_eq(arena_copy(arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_string(arena, ""), "");
    ck_assert_str_eq(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    arena_destroy(arena);
}
END_TEST

START_TEST(grows_an_array)
{
    struct arena *arena = arena_create();
    int *numbers = NULL;
    size_t capacity = 0;
    for (size_t count = 0; count < 1000; count++) {
        numbers = arena_grow(arena, numbers, count, &capacity, sizeof *numbers);
        numbers[count] = (int)count;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(numbers[i], i);
    arena_destroy(arena);
}
END_TEST

static struct arena *arena_of(int blocks)
{
    struct arena *arena = arena_create();
    for (int i = 0; i < blocks; i++)
        arena_alloc(arena, 3000);
    return arena;
}

START_TEST(takes_over_what_another_holds)
{
    for (int own = 0; own < 3; own++) {
        for (int others = 0; others < 3; others++) {
            struct arena *arena = arena_of(own), *other = arena_of(others);
            const char *kept = arena_string(other, "kept");
            size_t footprint = arena_footprint(arena) + arena_footprint(other);
            arena_adopt(arena, other);
            ck_assert_uint_eq(arena_footprint(arena), footprint);
            arena_string(arena, "on"); /* into the block in use, or one of its own */
            ck_assert_str_eq(kept, "kept");
            arena_destroy(arena);
        }
    }
    struct arena *arena = arena_of(1), *other = arena_create();
    arena_alloc(other, 4096); /* full */
    size_t footprint = arena_footprint(arena) + arena_footprint(other);
    arena_adopt(arena, other);
    arena_string(arena, "still fits"); /* behind what the arena was filling, not what it took over */
    ck_assert_uint_eq(arena_footprint(arena), footprint);
    arena_destroy(arena);
}
END_TEST

START_TEST(an_overflowing_product_aborts)
{
    static struct arena *volatile arena; /* where valgrind finds it: it is aborted over, not lost */
    arena = arena_create();
    arena_array(arena, SIZE_MAX / 2, 3);
}
END_TEST

Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    tcase_add_test(tests, gives_zeroed_aligned_memory_of_any_size);
    tcase_add_test(tests, copies_text);
    tcase_add_test(tests, grows_an_array);
    tcase_add_test(tests, takes_over_what_another_holds);
    tcase_add_test_raise_signal(tests, an_overflowing_product_aborts, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite;
}
