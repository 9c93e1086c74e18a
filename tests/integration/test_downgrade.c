/* `migrated downgrade`: how far back, what is refused, and the rows of a merge point. */
#include "site.h"

#include <string.h>

Suite *downgrade_suite(void);

static struct site site;

/*
 * a - b - c ----- m    m merges c and e; label "side" on d
 *  \- d(side) - e /
 */
static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", "DROP TABLE tb;");
    site_revision(&site, "c", "b", "CREATE TABLE tc (id int);", "DROP TABLE tc;");
    site_revision(&site, "d", "a\n-- labels: side", "CREATE TABLE td (id int);", "DROP TABLE td;");
    site_revision(&site, "e", "d", "CREATE TABLE te (id int);", "DROP TABLE te;");
    site_revision(&site, "m", "c, e", "", "");
    site_run(&site, 0, "upgrade");
    site_at(&site, "m");
}

static void teardown(void)
{
    site_close(&site);
}

static void tables_are(const char *tables)
{
    site_holds(&site, "SELECT tablename FROM pg_tables WHERE tablename LIKE 't_' ORDER BY 1", tables);
}

START_TEST(over_a_merge_point_and_on)
{
    site_run(&site, 64, "downgrade", "-1");
    site_says(&site, "ambiguous walk");
    site_run(&site, 0, "downgrade", "c");
    site_printed(&site, "m taken back\nJob completed successfully: 1 revision\n");
    site_at(&site, "c,e");
    tables_are("ta,tb,tc,td,te");

    site_run(&site, 0, "downgrade", "-1"); /* of several rows Alembic takes the first */
    site_at(&site, "b,e");
    site_run(&site, 0, "upgrade", "c");
    site_at(&site, "c,e");

    site_run(&site, 0, "downgrade", "side@-1");
    site_at(&site, "c,d");
    site_run(&site, 0, "downgrade", "b");
    site_at(&site, "b,d");
    tables_are("ta,tb,td");
    site_run(&site, 0, "downgrade", "base");
    site_at(&site, "");
    tables_are("");
    site_holds(&site, "SELECT count(*) FROM migrated.history WHERE direction = 'downgrade' AND outcome = 'applied'",
               "7");
    site_holds(&site, "SELECT count(*) FROM migrated.revision", "6");
}
END_TEST

START_TEST(to_an_id_to_a_prefix_and_to_base)
{
    site_run(&site, 0, "downgrade", "a");
    site_at(&site, "a");
    tables_are("ta");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "downgrade", "m");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_run(&site, 0, "downgrade", "base", "--dry-run");
    site_at(&site, "m");
    site_run(&site, 0, "downgrade", "base");
    tables_are("");
    site_run(&site, 0, "upgrade");
    site_at(&site, "m");
}
END_TEST

START_TEST(refuses_a_revision_without_a_way_back_before_anything_runs)
{
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", NULL);
    site_run(&site, 64, "downgrade", "a");
    site_says(&site, "b.sql: error: revision b has no down section");
    site_at(&site, "m");
    tables_are("ta,tb,tc,td,te");

    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", "-- to be written");
    site_run(&site, 64, "downgrade", "a", "--dry-run");
    site_prints(&site, "b downgrade (no way back)");
    site_run(&site, 64, "downgrade", "--sql", "b:a");
    site_says(&site, "b.sql: error: revision b has no way back");
    site_run(&site, 64, "downgrade", "a");
    site_says(&site, "b.sql: error: revision b has an empty down section: there is no way back over it");
    site_says(&site, "SELECT 1;");
    site_at(&site, "m");

    site_revision(&site, "b", "a\n-- irreversible: the past is gone", "CREATE TABLE tb (id int);", NULL);
    site_run(&site, 64, "downgrade", "base");
    site_says(&site, "revision b is irreversible: the past is gone");
    site_at(&site, "m");
    site_run(&site, 64, "downgrade", "base", "--dry-run");
    site_run(&site, 0, "downgrade", "c");
    site_at(&site, "c,e");
}
END_TEST

START_TEST(a_failing_way_back_keeps_what_came_before)
{
    sql_exec(site.conn, "CREATE VIEW v AS SELECT * FROM tb");

    site_run(&site, 1, "downgrade", "a");

    site_says(&site, "b.sql:5:1: error: revision b failed in statement 1");
    site_says(&site, "2BP01");
    site_says(&site, "`migrated downgrade`");
    site_holds(&site, "SELECT outcome FROM migrated.history WHERE revision = 'b' AND direction = 'downgrade'",
               "failed");
    sql_exec(site.conn, "DROP VIEW v");
    site_run(&site, 0, "downgrade", "base");
    site_at(&site, "");
}
END_TEST

START_TEST(refuses_targets_that_make_no_sense)
{
    site_run(&site, 64, "downgrade");
    site_run(&site, 64, "downgrade", "nowhere");
    site_run(&site, 64, "downgrade", "-9");
    site_run(&site, 64, "downgrade", "+1");
    site_says(&site, "next: `migrated downgrade -1` goes back, `migrated upgrade +1` forward");
    site_at(&site, "m");
}
END_TEST

Suite *downgrade_suite(void)
{
    Suite *suite = suite_create("downgrade");
    TCase *tests = tcase_create("downgrade");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, over_a_merge_point_and_on);
    tcase_add_test(tests, to_an_id_to_a_prefix_and_to_base);
    tcase_add_test(tests, refuses_a_revision_without_a_way_back_before_anything_runs);
    tcase_add_test(tests, a_failing_way_back_keeps_what_came_before);
    tcase_add_test(tests, refuses_targets_that_make_no_sense);
    suite_add_tcase(suite, tests);
    return suite;
}
