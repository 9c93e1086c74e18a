#include "core/output.h"

#include "base/arena.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *output_suite(void);

static struct text seen;

static void on_line(void *context, const char *line)
{
    (void)context;
    text_addf(&seen, "%s|", line);
}

static const char *secret_items[] = {"hunter", "hunter2", ""};

static struct output start(void)
{
    text_clear(&seen);
    return (struct output){.secrets = {secret_items, 3}, .line = on_line};
}

static const struct {
    const char *bytes, *lines;
} rows[] = {
    {"one\ntwo\n", "one|two|"},
    {"no end", "no end|"},
    {"\n\n  \n", ""},
    {"10%\r20%\r\ndone\n", "10%|20%|done|"},
    {"\033[1;31mred\033[0m and \033Mup\n", "red and up|"},
    {"a\tb\001\177c\n", "a bc|"},
    {"caf\303\251 \302\205x \377\n", "caf\303\251 x ?|"},
    {"user:hunter2@host, hunter\n", "user:***@host, ***|"},
    {"\033[31", ""},
};

START_TEST(cleans)
{
    struct output output = start();
    output_feed(&output, 0, rows[_i].bytes, strlen(rows[_i].bytes));
    output_end(&output);
    ck_assert_str_eq(text_string(&seen), rows[_i].lines);
    output_finish(&output);
}
END_TEST

START_TEST(takes_bytes_as_they_come)
{
    struct output output = start();
    for (const char *at = "user:hunter2@host caf\303\251\n"; *at != '\0'; at++) {
        output_feed(&output, 0, at, 1);
        output_feed(&output, 1, "!", 1);
    }
    output_end(&output);
    ck_assert_str_eq(text_string(&seen), "user:***@host caf\303\251|!!!!!!!!!!!!!!!!!!!!!!!!|");
    output_finish(&output);
}
END_TEST

START_TEST(cuts_long_lines)
{
    struct output output = start();
    for (int i = 0; i < 5000; i++)
        output_feed(&output, 0, "0123456789", 10);
    output_feed(&output, 0, "\nnext\n", 6);
    ck_assert_uint_eq(strcspn(text_string(&seen), "|"), OUTPUT_LINE);
    ck_assert_str_eq(text_string(&seen) + OUTPUT_LINE - 3, "...|next|");
    ck_assert_uint_lt(output.partial[0].capacity, 65536);
    output_finish(&output);
}
END_TEST

START_TEST(keeps_the_last)
{
    struct arena *arena = arena_create();
    struct output output = start();
    char line[16];
    for (int i = 0; i < OUTPUT_LAST + 7; i++) {
        int length = snprintf(line, sizeof line, "%d\n", i);
        output_feed(&output, 0, line, (size_t)length);
    }
    struct names two = output_last(&output, arena, 2), all = output_last(&output, arena, 1000);
    ck_assert_uint_eq(two.count, 2);
    ck_assert_str_eq(two.items[0], "25");
    ck_assert_str_eq(two.items[1], "26");
    ck_assert_uint_eq(all.count, OUTPUT_LAST);
    ck_assert_str_eq(all.items[0], "7");
    output_finish(&output);
    arena_destroy(arena);
}
END_TEST

Suite *output_suite(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_loop_test(tests, cleans, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, takes_bytes_as_they_come);
    tcase_add_test(tests, cuts_long_lines);
    tcase_add_test(tests, keeps_the_last);
    suite_add_tcase(suite, tests);
    return suite;
}
