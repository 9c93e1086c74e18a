/* What the journal holds of a revision goes on: with a mended file, with a person's word, in the same direction. */
#include "stepwise.h"

Suite *stepwise_journal_suite(void);

static struct site site;

static void setup(void)
{
    stepwise_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

/* ---- what cannot be decided ---- */

static void write_procedure(void)
{
    sql_exec(site.conn, "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO effects VALUES ('called'); "
                        "COMMIT; PERFORM pg_sleep(60 * (SELECT count(*) FROM stock WHERE a = -1)); END $$");
    site_write(&site, "0001.sql",
               "-- transaction: off\nINSERT INTO effects VALUES ('first');\nCALL fill();\nINSERT INTO effects VALUES "
               "('last');\n");
}

static void break_off_in_the_procedure(void)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (-1, -1)");
    write_procedure();
    interrupt_when(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
                          "current_database())");
    sql_exec(site.conn, "DELETE FROM stock WHERE a = -1");
    sql_exec(site.conn,
             "CREATE OR REPLACE PROCEDURE fill() LANGUAGE sql AS $$ INSERT INTO effects VALUES ('called') $$");
    site_run(&site, 1, "upgrade");
    site_says(&site, "statement 2 of revision 0001 was begun, and nothing in the catalog tells whether it was done");
    site_says(&site, "migrated resume --mark-done 2");
    site_says(&site, "0001.sql:3:1");
}

START_TEST(a_procedure_may_commit)
{
    write_procedure();
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,called,last");
}
END_TEST

START_TEST(a_procedure_that_broke_off_is_not_called_again)
{
    sql_exec(site.conn, "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO effects VALUES ('part'); "
                        "COMMIT; RAISE 'not now' USING ERRCODE = 'serialization_failure'; END $$");
    site_write(&site, "0001.sql",
               "-- transaction: off\nINSERT INTO effects VALUES ('first');\nCALL fill();\nINSERT INTO effects VALUES "
               "('last');\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "0001.sql:3:1");
    site_says(&site, "statement 2 of revision 0001 commits as it goes, and broke off, perhaps half done");
    site_says(&site, "not now");
    site_says(&site, "migrated resume --mark-done 2");
    site_run(&site, 1, "upgrade");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,part");
    site_run(&site, 0, "resume", "--mark-done", "2");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,part,last");
}
END_TEST

START_TEST(a_person_says_it_was_done)
{
    break_off_in_the_procedure();
    site_run(&site, 64, "resume", "--mark-done", "9");
    site_says(&site, "revision 0001 has no statement 9");
    site_run(&site, 0, "resume", "--mark-done", "2", "--reason", "looked at it");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,called,last");
    site_holds(&site, "SELECT state FROM migrated.journal WHERE reason = 'looked at it' ORDER BY id LIMIT 1", "done");
    site_at(&site, "0001");
}
END_TEST

/* By hand, maybe; or it is the wrong number. */
START_TEST(a_person_is_told_that_a_statement_was_never_begun)
{
    break_off_in_the_procedure();
    site_run(&site, 1, "resume", "--mark-done", "3");
    site_says(&site,
              "statement 3 of 0001 was never begun, as the journal has it: it counts as done now, and is not run");
    site_run(&site, 0, "resume", "--mark-done", "2");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,called");
}
END_TEST

START_TEST(a_person_says_run_it_again)
{
    break_off_in_the_procedure();
    site_run(&site, 0, "resume", "--redo", "2");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,called,called,last");
    site_at(&site, "0001");
}
END_TEST

static const char *const defaults[] = {"default_transaction_isolation = serializable",
                                       "default_transaction_read_only = on"};

START_TEST(a_word_is_noted_whatever_a_database_defaults_to)
{
    site_write(&site, "0001.sql", "-- transaction: off\nSELECT 1;\nINSERT INTO efects VALUES (1);\n");
    site_run(&site, 1, "upgrade");
    sql_exec(site.conn, "ALTER DATABASE %s SET %s", site.database, defaults[_i]);
    site_run(&site, 0, "resume", "--mark-done", "2");
    site_at(&site, "0001");
}
END_TEST

/* ---- the file and the journal ---- */

START_TEST(a_failed_statement_may_be_mended)
{
    site_write(&site, "0001.sql",
               "-- transaction: off\nINSERT INTO effects VALUES ('first');\nINSERT INTO efects VALUES (1);\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "0001.sql:3:13");
    site_write(&site, "0001.sql",
               "-- transaction: off\n\nINSERT  INTO effects -- as before\nVALUES ('first');\nINSERT INTO effects "
               "VALUES ('second');\n");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,second");
}
END_TEST

START_TEST(a_done_statement_may_not_be_another)
{
    site_write(&site, "0001.sql",
               "-- transaction: off\nINSERT INTO effects VALUES ('first');\nINSERT INTO efects VALUES (1);\n");
    site_run(&site, 1, "upgrade");
    site_write(
        &site, "0001.sql",
        "-- transaction: off\nINSERT INTO effects VALUES ('other');\nINSERT INTO effects VALUES ('second');\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "0001.sql:2:1");
    site_says(&site, "its statement 1 was done when it read: INSERT INTO effects VALUES ('first');");
    site_holds(&site, "SELECT what FROM effects", "first");
}
END_TEST

/* What was begun statement by statement goes on so, whatever the file says now. */
START_TEST(a_mended_file_may_need_no_more_than_a_transaction)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    site_revision(&site, "0001", "none",
                  "INSERT INTO effects VALUES ('once');\nCREATE UNIQUE INDEX CONCURRENTLY built ON stock (a);", NULL);
    site_run(&site, 1, "upgrade");
    site_revision(&site, "0001", "none", "INSERT INTO effects VALUES ('once');\nCREATE INDEX built ON stock (a);",
                  NULL);
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects", "once");
    site_at(&site, "0001");
}
END_TEST

START_TEST(a_stamp_settles_what_was_begun)
{
    site_write(
        &site, "0001.sql",
        "-- transaction: off\n-- migrated:up\nINSERT INTO effects VALUES ('first');\nINSERT INTO efects VALUES (1);\n"
        "-- migrated:down\nDELETE FROM effects;\n");
    site_run(&site, 1, "upgrade");
    site_run(&site, 0, "stamp", "0001");
    site_says(&site, "revision 0001 is half applied: what is not done of it is forgotten with its journal");
    site_run(&site, 0, "resume");
    site_printed(&site, "nothing is half done\n");
    site_run(&site, 0, "downgrade", "base");
    sql_exec(site.conn, "CREATE TABLE efects (a int)");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects", "first");
}
END_TEST

START_TEST(the_other_direction_waits_until_it_is_settled)
{
    site_write(&site, "0001.sql",
               "-- migrated:up\nCREATE INDEX CONCURRENTLY built ON stock (a);\n-- migrated:down\nDROP INDEX "
               "CONCURRENTLY built;\n"
               "VACUUM nothing;\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 1, "downgrade", "base");
    site_at(&site, "0001");
    site_run(&site, 0, "resume", "--show");
    site_prints(&site, "0001 is half taken back\n");
    sql_exec(site.conn, "CREATE TABLE nothing ()");
    site_run(&site, 0, "resume");
    site_at(&site, "");
    site_history(&site, "0001 upgrade applied,0001 downgrade failed,0001 downgrade applied");
}
END_TEST

Suite *stepwise_journal_suite(void)
{
    Suite *suite = suite_create("stepwise_journal");
    TCase *tests = tcase_create("stepwise_journal");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_procedure_may_commit);
    tcase_add_test(tests, a_procedure_that_broke_off_is_not_called_again);
    tcase_add_test(tests, a_person_says_it_was_done);
    tcase_add_test(tests, a_person_is_told_that_a_statement_was_never_begun);
    tcase_add_test(tests, a_person_says_run_it_again);
    tcase_add_loop_test(tests, a_word_is_noted_whatever_a_database_defaults_to, 0,
                        sizeof defaults / sizeof *defaults);
    tcase_add_test(tests, a_failed_statement_may_be_mended);
    tcase_add_test(tests, a_done_statement_may_not_be_another);
    tcase_add_test(tests, a_mended_file_may_need_no_more_than_a_transaction);
    tcase_add_test(tests, a_stamp_settles_what_was_begun);
    tcase_add_test(tests, the_other_direction_waits_until_it_is_settled);
    suite_add_tcase(suite, tests);
    return suite;
}
