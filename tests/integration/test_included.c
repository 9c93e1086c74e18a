/* Files that revisions name: \i, \ir, \copy. */
#include "serving.h"
#include "site.h"

#include <string.h>

Suite *included_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(statements_and_data_of_other_files)
{
    site_write(&site, "sql/tables.sql", "\\echo two tables\nCREATE TABLE t (id int, word text);\n\\ir more/u.sql\n");
    site_write(&site, "sql/more/u.sql", "CREATE TABLE u (id int)");
    site_write(&site, "sql/t.csv", "id,word\n1,\"one;\nmore\"\n2,\n");
    site_revision(&site, "a", "none", "\\set ON_ERROR_STOP on\n\\i sql/tables.sql\n", "DROP TABLE t, u;");
    site_revision(&site, "b", "a", "\\copy t (id, word) from 'sql/t.csv' with (format csv, header)\n", NULL);
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT id || coalesce(word, '-') FROM t ORDER BY id", "1one;\nmore,2-");
    site_holds(&site, "SELECT to_regclass('u') IS NOT NULL", "t");
    site_run(&site, 0, "check");

    site_write(&site, "sql/t.csv", "id,word\n1,\"one\"\n");
    site_run(&site, 3, "wait", "--for", "0", "--on-changed", "fail");
    site_says(&site, "b was edited after it was applied, or one of the files that it includes (");
    site_says(&site, "/sql/t.csv): its checksum was ");
}
END_TEST

START_TEST(an_error_is_told_where_it_stands)
{
    site_write(&site, "sql/bad.sql", "SELECT 1;\n\nSELECT 'ü', nothing\n");
    site_revision(&site, "a", "none", "SELECT 0;\n\\i sql/bad.sql\nSELECT 2;", NULL);
    site_run(&site, 1, "upgrade");
    site_says(&site, "/sql/bad.sql:3:13: error: revision a failed in statement 3: column \"nothing\" does not exist");
    site_says(&site, "     3 | SELECT 'ü', nothing;\n       |             ^\n");

    site_write(&site, "sql/bad.sql", "SELECT 1;\nROLLBACK;\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "/sql/bad.sql:2:1: ROLLBACK: transaction control of its own");
}
END_TEST

START_TEST(statement_by_statement_too)
{
    site_write(&site, "sql/index.sql", "CREATE INDEX CONCURRENTLY i ON t (id);\nSELECT nothing;\n");
    site_revision(&site, "a", "none", "CREATE TABLE t (id int);", NULL);
    site_revision(&site, "b", "a", "SELECT 1;\n\\i sql/index.sql\nCREATE TABLE v (id int);", NULL);
    site_run(&site, 1, "upgrade");
    site_says(&site, "/sql/index.sql:2:8: error: revision b failed in statement 3");
    site_write(&site, "sql/index.sql", "CREATE INDEX CONCURRENTLY i ON t (id);\nSELECT 3;\n");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT to_regclass('v') IS NOT NULL AND to_regclass('i') IS NOT NULL", "t");
}
END_TEST

/* The folder is watched since a revision names a file in it. */
START_TEST(serve_sees_an_edit)
{
    struct serving server;
    serving_create(&server);
    folder_write(server.files, "1.sql", "CREATE TABLE a (id int);\n");
    serving_start(&server, "MIGRATED_APPLY=watch", "MIGRATED_CACHE_TTL=10min", NULL); /* nothing is looked over */
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "sql/b.sql", "ALTER TABLE nothing ADD x int;\n");
    folder_write(server.files, "2.sql", "\\i sql/b.sql\n");
    serving_wait_state(&server, "failed", SERVING_MS);
    folder_write(server.files, "sql/b.sql", "CREATE TABLE b (id int);\n");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "2");
    serving_stop(&server);
    serving_destroy(&server);
    folder_destroy(server.files);
}
END_TEST

Suite *included_suite(void)
{
    Suite *suite = suite_create("included");
    TCase *tests = tcase_create("included");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, statements_and_data_of_other_files);
    tcase_add_test(tests, an_error_is_told_where_it_stands);
    tcase_add_test(tests, statement_by_statement_too);
    tcase_add_test(tests, serve_sees_an_edit);
    suite_add_tcase(suite, tests);
    return suite;
}
