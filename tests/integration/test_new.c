/* `migrated new`: the first file of a project, and what stands in it. */
#include "site.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *new_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(makes_the_directory_and_says_so)
{
    char *directory = strdup(folder_file(site.folder, "db/migrations/"));
    site_run(&site, 64, "new", "--migrations", directory);
    ck_assert_int_ne(access(directory, F_OK), 0); /* a refused command leaves nothing behind */

    site_run(&site, 0, "new", "-m", "guests", "--migrations", directory);
    site_prints(&site, "db/migrations/0001_guests.sql\n");
    site_says(&site, "was not there: made");
    site_run(&site, 0, "new", "-m", "rooms", "--migrations", directory);
    ck_assert_str_eq(site.result.err, "");
    site_run(&site, 0, "check", "--files", "--migrations", directory);
    site_printed(&site, "2 revisions, no faults\n");

    site_run(&site, 78, "new", "-m", "x", "--migrations", "/proc/nowhere");
    site_says(&site, "/proc/nowhere can't be made");
    site_run(&site, 78, "merge", "-m", "x", "--migrations", "/proc/nowhere");
    free(directory);
}
END_TEST

START_TEST(writes_a_template_that_is_no_way_back)
{
    site_run(&site, 0, "new", "-m", "guests");
    char *text = folder_read(site.folder, "0001_guests.sql");
    ck_assert_ptr_nonnull(strstr(text, "\n-- migrated:up\n-- "));
    ck_assert_ptr_nonnull(strstr(text, "\n-- migrated:down\n-- "));
    free(text);
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "downgrade", "base"); /* nothing was done, nothing is to be taken back */

    site_write(&site, "0001_guests.sql",
               "-- down_revision: none\n-- migrated:up\nCREATE TABLE guests ();\n-- migrated:down\n-- later\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 64, "downgrade", "base");
    site_says(&site, "revision 0001_guests has an empty down section");
    site_at(&site, "0001_guests");
}
END_TEST

START_TEST(each_asks_for_its_own_message)
{
    site_run(&site, 64, "merge");
    site_says(&site, "merge needs -m TEXT: why the heads are joined");
    site_says(&site, "next: migrated merge -m \"merge heads\"");
    site_run(&site, 64, "new");
    site_says(&site, "new needs -m TEXT: what the revision does");
    site_says(&site, "next: migrated new -m \"add a note to bookings\"");
}
END_TEST

Suite *new_suite(void)
{
    Suite *suite = suite_create("new");
    TCase *tests = tcase_create("new");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, makes_the_directory_and_says_so);
    tcase_add_test(tests, writes_a_template_that_is_no_way_back);
    tcase_add_test(tests, each_asks_for_its_own_message);
    suite_add_tcase(suite, tests);
    return suite;
}
