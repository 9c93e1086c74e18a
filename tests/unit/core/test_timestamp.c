#include "core/timestamp.h"

#include "base/arena.h"

#include <check.h>

Suite *timestamp_suite(void);

static const struct {
    const char *text;
    int64_t ms;
    const char *formatted;
} good[] = {
    {"1970-01-01 00:00:00", 0, "1970-01-01T00:00:00Z"},
    {"1970-01-01 00:00:00.001+00", 1, "1970-01-01T00:00:00Z"},
    {"1969-12-31 23:59:59.5+00", -500, "1969-12-31T23:59:59Z"},
    {"2026-01-06 12:34:56.789123+00", 1767702896789, "2026-01-06T12:34:56Z"},
    {"2026-01-06 14:34:56.789+02", 1767702896789, "2026-01-06T12:34:56Z"},
    {"2026-01-06 09:04:56-03:30", 1767702896000, "2026-01-06T12:34:56Z"},
    {"1937-01-01 00:00:00+00:19:32", -1041380372000, "1936-12-31T23:40:28Z"},
    {"2024-02-29 23:59:60+00", 1709251200000, "2024-03-01T00:00:00Z"},
    {"2000-03-01 00:00:00+00", 951868800000, "2000-03-01T00:00:00Z"},
    {"0001-01-01 00:00:00+00", -62135596800000, "0001-01-01T00:00:00Z"},
    {"294276-12-31 23:59:59+00", 9224318015999000, "294276-12-31T23:59:59Z"},
};

START_TEST(reads_and_writes)
{
    int64_t ms = 0;
    struct arena *arena = arena_create();
    ck_assert_msg(timestamp_parse(good[_i].text, &ms), "%s", good[_i].text);
    ck_assert_int_eq(ms, good[_i].ms);
    ck_assert_str_eq(timestamp_format(arena, ms), good[_i].formatted);
    arena_destroy(arena);
}
END_TEST

static const char *const bad[] = {
    "",
    "infinity",
    "-infinity",
    "2026",
    "2026-01-06",
    "2026-01-06 12:34",
    "2026-01-06T12:34:56",
    "2026-01-06 12:34:56 BC",
    "2026-01-06 12:34:56+00 BC",
    "2026-01-06 12:34:56+",
    "2026-13-06 12:34:56",
    "2026-00-06 12:34:56",
    "06/01/2026 12:34:56",
};

START_TEST(refuses)
{
    int64_t ms = 7;
    ck_assert_msg(!timestamp_parse(bad[_i], &ms), "%s", bad[_i]);
    ck_assert_int_eq(ms, 7);
}
END_TEST

Suite *timestamp_suite(void)
{
    Suite *suite = suite_create("timestamp");
    TCase *tests = tcase_create("timestamp");
    tcase_add_loop_test(tests, reads_and_writes, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tests, refuses, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(suite, tests);
    return suite;
}
