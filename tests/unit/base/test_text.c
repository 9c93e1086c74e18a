#include "base/text.h"

#include <check.h>
#include <string.h>

Suite *text_suite(void);

START_TEST(grows)
{
    struct text text = {0};
    ck_assert_str_eq(text_string(&text), "");
    for (int i = 0; i < 1000; i++)
        text_addf(&text, "%d,", i % 10);
    text_add_bytes(&text, "\0x", 2);
    text_add_char(&text, '!');
    ck_assert_uint_eq(text.length, 2003);
    ck_assert_int_eq(memcmp(text_string(&text) + 1998, "9,\0x!", 6), 0);
    text_clear(&text);
    text_add(&text, "again");
    ck_assert_str_eq(text_string(&text), "again");
    text_finish(&text);
    ck_assert_str_eq(text_string(&text), "");
}
END_TEST

START_TEST(counts_characters)
{
    static const char mixed[] = "aä€𝄞";
    ck_assert_uint_eq(text_characters(mixed, sizeof mixed - 1), 4);
    ck_assert_uint_eq(text_characters("", 0), 0);
}
END_TEST

START_TEST(ends_nouns)
{
    ck_assert_str_eq(text_plural(0), "s");
    ck_assert_str_eq(text_plural(1), "");
    ck_assert_str_eq(text_plural(2), "s");
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, grows);
    tcase_add_test(tests, counts_characters);
    tcase_add_test(tests, ends_nouns);
    suite_add_tcase(suite, tests);
    return suite;
}
