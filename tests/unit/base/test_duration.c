#include "base/duration.h"

#include <check.h>

Suite *duration_suite(void);

static const struct {
    const char *text;
    bool bare_seconds, valid;
    int64_t ms;
} texts[] = {
    {"250ms", false, true, 250},
    {"5s", false, true, 5000},
    {"10min", false, true, 600000},
    {"2h", false, true, 7200000},
    {"1d", false, true, 86400000},
    {"0", false, true, 0},
    {"7", true, true, 7000},
    {"7", false, false, 0},
    {"", true, false, 0},
    {"-5s", true, false, 0},
    {" 5s", true, false, 0},
    {"5 s", true, false, 0},
    {"5m", true, false, 0},
    {"1.5s", true, false, 0},
    {"99999999999999999999s", true, false, 0},
    {"9223372036854775807d", true, false, 0},
};

START_TEST(parses)
{
    int64_t ms = -1;
    ck_assert_int_eq(duration_parse(texts[_i].text, texts[_i].bare_seconds, &ms), texts[_i].valid);
    ck_assert_int_eq(ms, texts[_i].valid ? texts[_i].ms : -1);
}
END_TEST

static const struct {
    int64_t ms;
    const char *text;
} formats[] = {
    {0, "0 ms"},          {999, "999 ms"},          {4270, "4.2 s"},        {59999, "59.9 s"},
    {60000, "1 min 0 s"}, {3599000, "59 min 59 s"}, {7500000, "2 h 5 min"},
};

START_TEST(formats_for_people)
{
    char out[DURATION_SIZE];
    ck_assert_str_eq(duration_format(formats[_i].ms, out), formats[_i].text);
}
END_TEST

Suite *duration_suite(void)
{
    Suite *suite = suite_create("duration");
    TCase *tests = tcase_create("duration");
    tcase_add_loop_test(tests, parses, 0, sizeof texts / sizeof *texts);
    tcase_add_loop_test(tests, formats_for_people, 0, sizeof formats / sizeof *formats);
    suite_add_tcase(suite, tests);
    return suite;
}
