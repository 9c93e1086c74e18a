/* `migrated check`, and what it and the listing commands tell of transactions that are not ours. */
#include "site.h"

#include <string.h>

Suite *check_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(counts_what_it_read)
{
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "1 revision, no faults\n");
    ck_assert_str_eq(site.result.err, "");
    site_revision(&site, "b", "a", "SELECT 1;", NULL);
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "2 revisions, no faults\n");
    site_revision(&site, "c", "a", "SELECT 1;", NULL);
    site_run(&site, 65, "check", "--files");
    site_says(&site, "2 heads: b, c");
    site_run(&site, 0, "check", "--files", "--allow-heads");
}
END_TEST

START_TEST(tells_what_runs_outside_a_transaction)
{
    static const char outside[] = "i.sql:4:1)";
    site_revision(&site, "i", "a", "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON ta (id);", NULL);
    site_run(&site, 0, "check", "--files");
    site_says(&site, "i.sql:4:1: note: the up section of i runs outside a transaction (CREATE INDEX "
                     "CONCURRENTLY)");
    site_run(&site, 0, "show", "i");
    site_prints(&site, "Transaction: none (outside a transaction: CREATE INDEX CONCURRENTLY at ");
    site_prints(&site, outside);
    site_run(&site, 0, "history");
    site_prints(&site, "i (head) <- a (outside a transaction: CREATE INDEX CONCURRENTLY at ");
    site_prints(&site, outside);
    site_run(&site, 0, "show", "i", "--json");
    site_prints(&site, "\"not_transactional\":{\"statement\":\"CREATE INDEX CONCURRENTLY\",\"line\":4,\"column\":1}");

    site_run(&site, 0, "plan");
    site_prints(&site, "a upgrade\ni upgrade (outside a transaction: CREATE INDEX CONCURRENTLY at ");
    site_prints(&site, outside);
    site_run(&site, 0, "plan", "--json");
    site_prints(&site, "\"transactional\":false,\"not_transactional\":{\"statement\":\"CREATE INDEX CONCURRENTLY\"");
    site_revision(&site, "i", "a\n-- transaction: off", "SELECT 1;", NULL);
    site_run(&site, 0, "check", "--files");
    site_says(&site, "i.sql:2:17: note: the up section of i runs outside a transaction (transaction: off)");
}
END_TEST

START_TEST(tells_whose_begin_is_taken_off)
{
    static const char note[] = "1 revision has a BEGIN and COMMIT of its own, which are taken off: w";
    site_revision(&site, "w", "a", "BEGIN;\nCREATE TABLE tw (id int);\nCOMMIT;", NULL);
    site_run(&site, 0, "check", "--files");
    site_says(&site, note);
    site_run(&site, 0, "upgrade", "a");
    ck_assert_ptr_null(strstr(site.result.err, note));
    site_run(&site, 0, "upgrade");
    site_says(&site, note);
    site_revision(&site, "v", "w", "BEGIN;\nSELECT 1;\nCOMMIT;", NULL);
    site_run(&site, 0, "check", "--files");
    site_says(&site, "2 revisions have a BEGIN and COMMIT of their own, which are taken off: v, w");
}
END_TEST

START_TEST(finds_ids_that_the_column_cannot_hold)
{
    site_run(&site, 0, "upgrade");
    sql_exec(site.conn, "ALTER TABLE alembic_version ALTER version_num TYPE varchar(8)");
    site_revision(&site, "much_too_long", "a", "SELECT 1;", "SELECT 1;");
    site_revision(&site, "just_fit", "a", "SELECT 1;", "SELECT 1;");
    site_run(&site, 65, "check");
    site_prints(&site, "2 revisions pending: ");
    site_says(&site, "much_too_long.sql:1:1: the id much_too_long has 13 characters, but the version column holds 8");
    site_says(&site, "1 fault in the revision files");
    site_run(&site, 65, "check", "--json");
    site_prints(&site, "\"faults\":[{\"file\":\"");
    site_run(&site, 65, "plan"); /* all of it, and then why it is refused */
    site_prints(&site, "just_fit upgrade\nmuch_too_long upgrade\n");
    site_says(&site, "much_too_long.sql:1:1: error: ");
    site_run(&site, 65, "plan", "--json");
    site_prints(&site, "\"revision\":\"just_fit\"");
    site_prints(&site, "\"error\":{\"code\":\"files\"");
    sql_exec(site.conn, "ALTER TABLE alembic_version ALTER version_num TYPE text");
    site_run(&site, 3, "check");
}
END_TEST

static void write_below(const char *name)
{
    folder_write(site.folder, name, "SELECT 1;\n");
}

START_TEST(overlooks_no_file)
{
    write_below("seeds/1.txt");
    site_run(&site, 0, "check", "--files");
    ck_assert_str_eq(site.result.err, "");
    write_below("more/b.sql");
    site_run(&site, 0, "check", "--files");
    site_says(&site, "/more: note: the .sql files in this folder are not read: ");
    ck_assert_ptr_null(strstr(site.result.err, "seeds"));
    site_run(&site, 0, "check", "--files", "--json");
    site_prints(&site, "/more\"],\"faults\":[]");

    site_write(&site, "c.SQL", "-- down_revision: a\nSELECT 1;\n");
    site_run(&site, 65, "check", "--files");
    site_says(&site, "c.SQL:1:1: its name ends in .SQL: give it one that ends in .sql\n1 fault in");
    site_run(&site, 65, "upgrade");
    folder_remove(site.folder, "c.SQL");
    site_run(&site, 0, "upgrade");
    site_at(&site, "a");
}
END_TEST

START_TEST(an_empty_database_is_shown_as_such)
{
    static const char *const commands[][2] = {{"current", NULL}, {"show", "current"}};
    for (size_t i = 0; i < 2; i++) {
        site_run(&site, 0, commands[i][0], commands[i][1]);
        ck_assert_str_eq(site.result.err, "no revision is applied: the database is at base\n");
    }
    site_run(&site, 0, "show", "current", "--json");
    ck_assert_str_eq(site.result.err, "");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "show", "current");
    ck_assert_str_eq(site.result.err, "");
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("check");
    TCase *tests = tcase_create("check");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, counts_what_it_read);
    tcase_add_test(tests, tells_what_runs_outside_a_transaction);
    tcase_add_test(tests, tells_whose_begin_is_taken_off);
    tcase_add_test(tests, finds_ids_that_the_column_cannot_hold);
    tcase_add_test(tests, overlooks_no_file);
    tcase_add_test(tests, an_empty_database_is_shown_as_such);
    suite_add_tcase(suite, tests);
    return suite;
}
