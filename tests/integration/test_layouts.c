/* Directories in the layouts of other tools: applied, taken back, applied again; edited; refused with their places. */
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *layouts_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

/* Of each layout three revisions in a row, tables a, b and c, the last two with a way back; told by hand what they are. */
static const struct {
    const char *name;
    const char *files[8][2]; /* name, text */
    const char *ids[3];
    const char *edited, *edited_text; /* a file of the second one, with a comment more */
    const char *faulty, *faulty_text; /* a fourth revision; its second line is refused at column 8 */
    const char *fault;
} layouts[] = {
    {.name = "golang-migrate",
     .files = {{"8_a.up.sql", "CREATE TABLE a (id int);\n"},
               {"009_b.up.sql", "CREATE TABLE b (id int);\n"},
               {"9_other.down.sql", "DROP TABLE b;\n"},
               {"10_c.up.sql", "CREATE TABLE c (id int);\n"},
               {"10_c.down.sql", "DROP TABLE c;\n"},
               {"README.md", "it's no migration\n"}},
     .ids = {"8", "9", "10"},
     .edited = "009_b.up.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "11_d.up.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "11_d.up.sql:2:8: error: revision 11 failed in statement 2"},
};

#define TABLES "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c') ORDER BY 1"

START_TEST(up_and_down_and_up_again)
{
    const char *const *ids = layouts[_i].ids;
    char range[64], history[256];
    for (size_t i = 0; layouts[_i].files[i][0] != NULL; i++)
        site_write(&site, layouts[_i].files[i][0], layouts[_i].files[i][1]);
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "3 revisions, no faults\n");
    ck_assert_str_eq(site.result.err, "");
    site_run(&site, 0, "upgrade");
    site_at(&site, ids[2]);
    site_holds(&site, TABLES, "a,b,c");
    site_run(&site, 0, "check");

    site_run(&site, 0, "downgrade", ids[0]);
    site_at(&site, ids[0]);
    site_holds(&site, TABLES, "a");
    site_run(&site, 64, "downgrade", "base"); /* the first has no way back */
    site_says(&site, "there is no way back over it");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b,c");
    snprintf(history, sizeof history,
             "%s upgrade applied,%s upgrade applied,%s upgrade applied,%s downgrade applied,%s downgrade applied,"
             "%s upgrade applied,%s upgrade applied",
             ids[0], ids[1], ids[2], ids[2], ids[1], ids[1], ids[2]);
    site_history(&site, history);

    snprintf(range, sizeof range, "%s:%s", ids[2], ids[0]);
    site_run(&site, 0, "downgrade", "--sql", range);
    site_prints(&site, "DROP TABLE c");
    site_prints(&site, "DROP TABLE b");
}
END_TEST

START_TEST(an_edited_file_is_seen)
{
    for (size_t i = 0; layouts[_i].files[i][0] != NULL; i++)
        site_write(&site, layouts[_i].files[i][0], layouts[_i].files[i][1]);
    site_run(&site, 0, "upgrade");
    site_write(&site, layouts[_i].edited, layouts[_i].edited_text);
    site_run(&site, 0, "check");
    site_prints(&site, layouts[_i].ids[1]);
    site_prints(&site, layouts[_i].edited);
}
END_TEST

START_TEST(a_fault_has_its_place)
{
    for (size_t i = 0; layouts[_i].files[i][0] != NULL; i++)
        site_write(&site, layouts[_i].files[i][0], layouts[_i].files[i][1]);
    site_write(&site, layouts[_i].faulty, layouts[_i].faulty_text);
    site_run(&site, 1, "upgrade");
    site_says(&site, layouts[_i].fault);
    site_says(&site, "\n     2 | SELECT nothing FROM a;");
    site_at(&site, layouts[_i].ids[2]);
}
END_TEST

START_TEST(new_and_merge_are_refused)
{
    for (size_t i = 0; layouts[_i].files[i][0] != NULL; i++)
        site_write(&site, layouts[_i].files[i][0], layouts[_i].files[i][1]);
    site_run(&site, 64, "new", "-m", "more");
    site_says(&site, "the revision files are in the layout of");
}
END_TEST

START_TEST(a_faulty_way_back_is_named)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "1_a.down.sql", "\nDROP TABLE nothing;\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 1, "downgrade", "base");
    site_says(&site, "1_a.down.sql:2:");
    site_at(&site, "1");
}
END_TEST

START_TEST(two_layouts_are_not_guessed_between)
{
    site_write(&site, "1_a.up.sql", "-- migrated:up\nCREATE TABLE a ();\n");
    site_run(&site, 78, "check", "--files");
    site_says(&site, "look like migrated's and like golang-migrate's");
    site_says(&site, "layout = native or layout = golang-migrate");
    site_set(&site, "MIGRATED_LAYOUT=golang-migrate");
    site_run(&site, 0, "heads");
    site_printed(&site, "1 (head)\n");
    site_run(&site, 0, "heads", "--layout", "native");
    site_printed(&site, "1_a.up (head)\n");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *layouts_suite(void)
{
    Suite *suite = suite_create("layouts");
    TCase *tcase = tcase_create("layouts");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, up_and_down_and_up_again, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, an_edited_file_is_seen, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, a_fault_has_its_place, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, new_and_merge_are_refused, 0, ROWS(layouts));
    tcase_add_test(tcase, a_faulty_way_back_is_named);
    tcase_add_test(tcase, two_layouts_are_not_guessed_between);
    suite_add_tcase(suite, tcase);
    return suite;
}
