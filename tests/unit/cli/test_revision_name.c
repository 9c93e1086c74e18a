#include "base/arena.h"
#include "cli/revision_name.h"

#include <check.h>
#include <string.h>

Suite *revision_name_suite(void);

#define NOW "20260106123456"

static const struct {
    const char *what, *message, *slug;
} slugs[] = {
    {"words", "Add x to Y", "add_x_to_y"},
    {"signs", "  add: x -- y!  ", "add_x_y"},
    {"letters beyond ASCII", "f\xC3\xBCge", "f\xC3\xBCge"},
    {"nothing", " ?! ", ""},
    {"exactly 40 bytes", "0123456789 0123456789 0123456789 0123456", "0123456789_0123456789_0123456789_0123456"},
    {"cut behind a word", "0123456789 0123456789 0123456789 0123456 x", "0123456789_0123456789_0123456789_0123456"},
    {"cut before a word", "0123456789 0123456789 0123456789 01234567", "0123456789_0123456789_0123456789"},
    {"one long word", "0123456789012345678901234567890123456789abc", "0123456789012345678901234567890123456789"},
    {"cut at a character", "012345678901234567890123456789012345678\xC3\xBC",
     "012345678901234567890123456789012345678"},
};

START_TEST(slug)
{
    struct arena *arena = arena_create();
    const char *got = revision_name_slug(arena, slugs[_i].message, '_');
    ck_assert_msg(strcmp(got, slugs[_i].slug) == 0, "%s: '%s'", slugs[_i].what, got);
    arena_destroy(arena);
}
END_TEST

static const struct {
    const char *what, *names[4], *next;
} cases[] = {
    {"empty directory", {NULL}, "0001_add_x"},
    {"next number", {"0001_a", "0002_b"}, "0003_add_x"},
    {"highest, not last", {"10_b", "9_a"}, "11_add_x"},
    {"width grows", {"99_a"}, "100_add_x"},
    {"dashes", {"01-a"}, "02-add-x"},
    {"dots", {"01.a"}, "02.add.x"},
    {"no words behind the numbers", {"0001", "0002"}, "0003_add_x"},
    {"most are numbered", {"0001_a", "0002_b", "init"}, "0003_add_x"},
    {"few are numbered", {"0001_a", "b", "c"}, NOW "_add_x"},
    {"half are numbered", {"0001_a", "b"}, NOW "_add_x"},
    {"hashes", {"3f2a_a", "77ab_b"}, NOW "_add_x"},
    {"timestamps", {"20250101000000_a"}, "20260106123456_add_x"},
    {"timestamp to come", {"20990101000000_a"}, "20990101000001_add_x"},
    {"minutes", {"202501010000_a"}, "202601061234_add_x"},
    {"dates", {"20250101_a"}, "20260106_add_x"},
    {"date of today", {"20260106_a"}, "20260107_add_x"},
    {"eight digits, no date", {"00000007_a"}, "00000008_add_x"},
    {"more digits than a number", {"1234567890123456789_a"}, NOW "_add_x"},
};

START_TEST(next)
{
    struct arena *arena = arena_create();
    const char *items[4];
    struct names names = {items, 0};
    while (names.count < 4 && cases[_i].names[names.count] != NULL) {
        items[names.count] = cases[_i].names[names.count];
        names.count++;
    }
    const char *got = revision_name_next(arena, &names, "Add x", NOW);
    ck_assert_msg(strcmp(got, cases[_i].next) == 0, "%s: %s", cases[_i].what, got);
    arena_destroy(arena);
}
END_TEST

START_TEST(nothing_to_make_a_name_of)
{
    struct arena *arena = arena_create();
    struct names none = {0};
    ck_assert_ptr_null(revision_name_next(arena, &none, "!", NOW));
    arena_destroy(arena);
}
END_TEST

Suite *revision_name_suite(void)
{
    Suite *suite = suite_create("revision_name");
    TCase *tcase = tcase_create("name");
    tcase_add_loop_test(tcase, slug, 0, sizeof slugs / sizeof *slugs);
    tcase_add_loop_test(tcase, next, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, nothing_to_make_a_name_of);
    suite_add_tcase(suite, tcase);
    return suite;
}
