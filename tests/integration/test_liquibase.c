/* Liquibase's formatted SQL: a file of several changesets, applied one by one, taken back, applied again; edited, refused. */
#include "site.h"

#include <string.h>

Suite *liquibase_suite(void);

static struct site site;

#define HEADER "--liquibase formatted sql\n"
#define TABLES "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c', 'i') ORDER BY 1"

#define FIRST                                                                                                        \
    HEADER "\n--changeset me:1\nCREATE TABLE a (id int);\n\n"                                                        \
           "--changeset me:2\n--comment: the second\nCREATE TABLE b (id int);\n--rollback DROP TABLE b;\n"           \
           "--changeset me:other dbms:mysql\nCREATE TABLE a ENGINE=InnoDB;\n"                                        \
           "--changeset me:3 runInTransaction:false\nCREATE INDEX CONCURRENTLY i ON b (id);\n"                       \
           "/* liquibase rollback\nDROP INDEX i;\n*/\n"

static void setup(void)
{
    site_open(&site);
    site_write(&site, "more/2.sql",
               HEADER "--changeset me:1\nCREATE TABLE c (id int);\n--rollback DROP TABLE c;\n--rollback SELECT 1;\n");
    site_write(&site, "1.sql", FIRST);
    site_write(&site, "README.md", "it's no changelog\n");
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(up_and_down_and_up_again)
{
    site_run(&site, 0, "check", "--files");
    site_prints(&site, "4 revisions, no faults\n");
    site_run(&site, 0, "show", "1/me/2");
    site_prints(&site, "the second");
    site_run(&site, 0, "upgrade", "+2");
    site_at(&site, "1/me/2");
    site_holds(&site, TABLES, "a,b");
    site_run(&site, 0, "upgrade");
    site_at(&site, "more/2/me/1");
    site_holds(&site, TABLES, "a,b,c,i");
    site_run(&site, 0, "check");
    site_run(&site, 0, "downgrade", "1/me/1");
    site_holds(&site, TABLES, "a");
    site_run(&site, 64, "downgrade", "base");
    site_says(&site, "there is no way back over it");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b,c,i");
    site_history(&site, "1/me/1 upgrade applied,1/me/2 upgrade applied,1/me/3 upgrade applied,"
                        "more/2/me/1 upgrade applied,more/2/me/1 downgrade applied,1/me/3 downgrade applied,"
                        "1/me/2 downgrade applied,1/me/2 upgrade applied,1/me/3 upgrade applied,"
                        "more/2/me/1 upgrade applied");
    site_run(&site, 0, "downgrade", "--sql", "1/me/3:1/me/1");
    site_prints(&site, "DROP INDEX i;");
    site_prints(&site, "DROP TABLE b;");
    site_run(&site, 64, "new", "-m", "more");
    site_says(&site, "the revision files are in the layout of Liquibase");
}
END_TEST

/* The others of its file are what they were. */
START_TEST(an_edited_changeset_is_seen)
{
    site_run(&site, 0, "upgrade");
    site_write(&site, "1.sql",
               HEADER "--changeset me:1\nCREATE TABLE a (id int);\n\n"
                      "--changeset me:2\nCREATE TABLE b (id bigint);\n--rollback DROP TABLE b;\n"
                      "--changeset me:3 runInTransaction:false\nCREATE INDEX CONCURRENTLY i ON b (id);\n"
                      "--rollback DROP INDEX i;\n");
    site_run(&site, 0, "check");
    site_prints(&site, "1/me/2");
    ck_assert_ptr_null(strstr(site.result.out, "1/me/1"));
    ck_assert_ptr_null(strstr(site.result.out, "1/me/3"));
}
END_TEST

START_TEST(faults_have_their_places)
{
    site_write(&site, "3.sql", HEADER "--changeset me:1\nSELECT 1;\n--rollback SELECT 2;\n  SELECT nothing;\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "3.sql:5:10: error: revision 3/me/1 failed in statement 2");
    site_says(&site, "\n     5 |   SELECT nothing;");
    site_at(&site, "1/me/3");

    site_write(&site, "3.sql", HEADER "--changeset me:1\nSELECT 1;\n--rollback SELECT 2,\n--rollback  nothing;\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 1, "downgrade", "1/me/1");
    site_says(&site, "3.sql:5:13: error: revision 3/me/1 failed in statement 1");
}
END_TEST

START_TEST(what_is_not_done_is_refused)
{
    site_write(&site, "3.sql", HEADER "--changeset me:1 runOnChange:true\nSELECT 1;\n");
    site_write(&site, "master.xml", "<databaseChangeLog/>\n");
    site_write(&site, "more/2.sql", HEADER "--changeset me:1\nSELECT 1;\n--changeset me:1\nSELECT 1;\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "3.sql:2:18: runOnChange: it would run again whenever it is edited");
    site_says(&site, "master.xml:1:1: is not read here");
    site_says(&site, "more/2.sql:4:1: ");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
}
END_TEST

Suite *liquibase_suite(void)
{
    Suite *suite = suite_create("liquibase");
    TCase *tcase = tcase_create("liquibase");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, up_and_down_and_up_again);
    tcase_add_test(tcase, an_edited_changeset_is_seen);
    tcase_add_test(tcase, faults_have_their_places);
    tcase_add_test(tcase, what_is_not_done_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
