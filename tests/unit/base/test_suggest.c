#include "base/suggest.h"

#include <check.h>

Suite *suggest_suite(void);

static const char *const known[] = {"down_revision", "depends_on", "message", "phase", "ttl"};

static const struct {
    const char *word, *meant; /* NULL: nothing is near */
} words[] = {
    {"down_revison", "down_revision"},
    {"dwon_revision", "down_revision"},
    {"DEPENDS_ON", "depends_on"},
    {"phases", "phase"},
    {"tll", "ttl"},
    {"tlx", NULL},
    {"fix", NULL},
    {"", NULL},
    {"masage", "message"},
    {"a_word_that_is_longer_than_any_option_of_this_program_will_ever_be_x", NULL},
};

START_TEST(finds_what_was_meant)
{
    const char *found = suggest(words[_i].word, known, sizeof known / sizeof *known);
    ck_assert_pstr_eq(found, words[_i].meant);
}
END_TEST

Suite *suggest_suite(void)
{
    Suite *suite = suite_create("suggest");
    TCase *tests = tcase_create("suggest");
    tcase_add_loop_test(tests, finds_what_was_meant, 0, sizeof words / sizeof *words);
    suite_add_tcase(suite, tests);
    return suite;
}
