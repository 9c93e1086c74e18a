#include "base/error.h"

#include <check.h>
#include <string.h>

Suite *error_suite(void);

/* sysexits.h's numbers, and 128 + signal: a promise to scripts. */
static const struct {
    enum error_code code;
    int status;
} codes[] = {
    {ERROR_NONE, 0},    {ERROR_REVISION_FAILED, 1}, {ERROR_NOT_IN_SYNC, 3},   {ERROR_USAGE, 64},
    {ERROR_FILES, 65},  {ERROR_UNREACHABLE, 69},    {ERROR_INTERNAL, 70},     {ERROR_BUSY, 75},
    {ERROR_DENIED, 77}, {ERROR_CONFIG, 78},         {ERROR_INTERRUPTED, 130}, {ERROR_TERMINATED, 143},
};

START_TEST(has_an_exit_status_for_each_code)
{
    ck_assert_int_eq(error_exit_status(codes[_i].code), codes[_i].status);
    ck_assert_str_ne(error_word(codes[_i].code), "");
}
END_TEST

START_TEST(clears_what_was_there_before)
{
    struct error error;
    memset(&error, 'x', sizeof error);
    ck_assert(!error_set(&error, ERROR_BUSY, "%s is %d", "it", 7));
    ck_assert_str_eq(error.message, "it is 7");
    ck_assert_str_eq(error.sqlstate, "");
    ck_assert_str_eq(error.detail, "");
    ck_assert_str_eq(error.next, "");
    ck_assert(!error_place(&error, "a.sql", 3, 4));
    ck_assert(!error_next(&error, "wait"));
    ck_assert_str_eq(error.file, "a.sql");
    ck_assert_uint_eq(error.line, 3);
    ck_assert_str_eq(error.next, "wait");
    ck_assert(!error_set(NULL, ERROR_BUSY, "nobody asks"));
}
END_TEST

START_TEST(details_are_lines)
{
    struct error error;
    char longest[sizeof error.detail];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    error_set(&error, ERROR_BUSY, "it");
    error_add_detail(&error, "one %d", 1);
    ck_assert_str_eq(error.detail, "one 1");
    error_add_detail(&error, "two");
    ck_assert_str_eq(error.detail, "one 1\ntwo");
    error_add_detail(&error, "%s", longest);
    ck_assert_uint_eq(strlen(error.detail), sizeof error.detail - 1);
    ck_assert_str_eq(error.detail + sizeof error.detail - 5, "x...");
}
END_TEST

START_TEST(cuts_long_text_at_a_character)
{
    char field[8];
    error_copy(field, sizeof field, "1234567", 7);
    ck_assert_str_eq(field, "1234567");
    error_copy(field, sizeof field, "12345678", 8);
    ck_assert_str_eq(field, "1234...");
    error_copy(field, sizeof field, "123äöü", 9);
    ck_assert_str_eq(field, "123...");
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_loop_test(tests, has_an_exit_status_for_each_code, 0, sizeof codes / sizeof *codes);
    tcase_add_test(tests, clears_what_was_there_before);
    tcase_add_test(tests, details_are_lines);
    tcase_add_test(tests, cuts_long_text_at_a_character);
    suite_add_tcase(suite, tests);
    return suite;
}
