/* Revisions that broke off between two statements: what is noted of them, who finishes them, and what must wait. */
#include "interrupt.h"

#include "base/text.h"
#include "support/wait.h"

#include <stdlib.h>

Suite *half_done_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE TABLE effects (what text)");
}

static void teardown(void)
{
    site_close(&site);
}

/* The second statement of either side is refused until there is a table `gate`. */
static const char broken[] = "-- transaction: off\n"
                             "-- migrated:up\n"
                             "INSERT INTO effects VALUES ('up');\n"
                             "INSERT INTO gate VALUES ('up');\n"
                             "-- migrated:down\n"
                             "INSERT INTO effects VALUES ('down');\n"
                             "DELETE FROM gate;\n";

static const char states[] = "SELECT ordinal || ' ' || state FROM migrated.journal ORDER BY id";

static void open_the_gate(void)
{
    sql_exec(site.conn, "CREATE TABLE gate (what text)");
}

static void close_the_gate(void)
{
    sql_exec(site.conn, "DROP TABLE gate");
}

/* ---- what is noted as begun ---- */

START_TEST(a_refused_setting_begins_nothing)
{
    static const char *const statements[] = {"VACUUM effects;", "CALL fill();"};
    struct text up = {0};
    sql_exec(site.conn, "CREATE PROCEDURE fill() LANGUAGE sql AS $$ INSERT INTO effects VALUES ('called') $$");
    text_addf(&up, "-- transaction: off\nSET work_mem = 'much';\n%s\n", statements[_i]);
    site_write(&site, "0001.sql", text_string(&up));
    site_run(&site, 1, "upgrade");
    site_holds(&site, states, "");
    site_says(&site, "0001.sql:2:");
    site_says(&site, "SQLSTATE 22023");
    site_says(&site, "nothing of this revision was kept");
    site_run(&site, 0, "resume");
    site_printed(&site, "nothing is half done\n");

    text_finish(&up);
    text_addf(&up, "-- transaction: off\nSET work_mem = '1MB';\n%s\n", statements[_i]);
    site_write(&site, "0001.sql", text_string(&up));
    site_run(&site, 0, "upgrade");
    site_at(&site, "0001");
    text_finish(&up);
}
END_TEST

START_TEST(what_was_only_refused_is_not_half_done)
{
    site_write(&site, "0001.sql", "-- transaction: off\nVACUUM nowhere;\n");
    site_run(&site, 1, "upgrade");
    site_holds(&site, states, "1 started,1 failed");
    site_run(&site, 0, "resume");
    site_printed(&site, "nothing is half done\n");
    site_run(&site, 0, "resume", "--show");
    site_prints(&site, "0001 was refused, and nothing of it is done\n");
    site_run(&site, 0, "resume", "--mark-done", "1");
    site_at(&site, "0001");
}
END_TEST

/* ---- finished by somebody else ---- */

static void break_off_on_the_way_up(void)
{
    site_write(&site, "0001.sql", broken);
    site_run(&site, 1, "upgrade");
    site_holds(&site, states, "1 done");
}

/* As `alembic upgrade` or `alembic stamp` does: the row, and nothing in our books. */
static void somebody_applies_it(void)
{
    sql_exec(site.conn, "INSERT INTO alembic_version VALUES ('0001')");
    open_the_gate();
}

static void there_and_back_again(void)
{
    site_run(&site, 0, "downgrade", "0001@base");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down,up");
    site_holds(&site, "SELECT what FROM gate", "up");
}

START_TEST(the_next_run_settles_what_somebody_applied)
{
    break_off_on_the_way_up();
    somebody_applies_it();
    site_write(&site, "0002.sql", "-- migrated:up\nCREATE TABLE second ();\n-- migrated:down\nDROP TABLE second;\n");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "0002 applied\nJob completed successfully: 1 revision\n");
    site_says(&site, "the version rows say that somebody else has finished it");
    site_holds(&site, states, "1 done,0 closed");
    site_holds(&site, "SELECT reason FROM migrated.journal WHERE state = 'closed'",
               "the version rows say that somebody else has finished it");
    site_holds(&site, "SELECT what FROM effects", "up");
    there_and_back_again();
}
END_TEST

START_TEST(resume_settles_what_somebody_applied)
{
    break_off_on_the_way_up();
    somebody_applies_it();
    site_run(&site, 0, "resume");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_says(&site, "somebody else has finished it");
    site_run(&site, 0, "resume");
    site_printed(&site, "nothing is half done\n");
    site_holds(&site, "SELECT what FROM effects", "up");
    there_and_back_again();
}
END_TEST

START_TEST(a_downgrade_settles_what_somebody_applied)
{
    break_off_on_the_way_up();
    somebody_applies_it();
    there_and_back_again();
}
END_TEST

START_TEST(resume_settles_what_somebody_took_back)
{
    site_write(&site, "0001.sql", broken);
    open_the_gate();
    site_run(&site, 0, "upgrade");
    close_the_gate();
    site_run(&site, 1, "downgrade", "base");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down");
    sql_exec(site.conn, "DELETE FROM alembic_version");
    open_the_gate();
    site_run(&site, 0, "resume");
    site_says(&site, "somebody else has finished it");
    site_at(&site, "");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down,up");
}
END_TEST

/* ---- what must wait ---- */

START_TEST(what_a_half_applied_revision_stands_on_is_not_taken_back)
{
    site_revision(&site, "a", "none", "CREATE TABLE first ();", "DROP TABLE first;");
    site_revision(&site, "b", "a", "CREATE TABLE second ();", "DROP TABLE second;");
    site_revision(&site, "z", "none", "CREATE TABLE third ();", "DROP TABLE third;");
    site_run(&site, 0, "upgrade");
    site_write(&site, "c.sql",
               "-- down_revision: b\n-- transaction: off\n-- migrated:up\nINSERT INTO effects VALUES ('up');\n"
               "INSERT INTO gate VALUES (1);\n-- migrated:down\n");
    site_run(&site, 1, "upgrade");
    site_run(&site, 1, "downgrade", "b@base");
    site_says(&site, "revision c is half applied, and stands on b, which would be taken back");
    site_says(&site, "`migrated resume` to go on with c first");
    site_run(&site, 1, "downgrade", "b@base", "--dry-run");
    site_says(&site, "revision c is half applied, and stands on b, which would be taken back");
    site_at(&site, "b,z");
    site_run(&site, 0, "downgrade", "z@base"); /* nowhere near */
    site_at(&site, "b");
    open_the_gate();
    site_run(&site, 0, "resume");
    site_at(&site, "c");
    site_holds(&site, "SELECT what FROM effects", "up");
}
END_TEST

START_TEST(nothing_is_put_on_top_of_what_is_half_taken_back)
{
    site_write(&site, "0001.sql", broken);
    open_the_gate();
    site_run(&site, 0, "upgrade");
    close_the_gate();
    site_run(&site, 1, "downgrade", "base");
    site_write(&site, "0002.sql", "CREATE TABLE second ();");
    site_run(&site, 1, "upgrade");
    site_says(&site, "revision 0001 is half taken back, and 0002, which would be applied, stands on it");
    site_says(&site, "`migrated resume` to go on with 0001 first");
    site_at(&site, "0001");
    open_the_gate();
    site_run(&site, 0, "resume");
    site_run(&site, 0, "upgrade");
    site_at(&site, "0002");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down,up");
}
END_TEST

START_TEST(a_stamp_of_another_branch_says_nothing_of_it)
{
    site_revision(&site, "z", "none", "CREATE TABLE third ();", "DROP TABLE third;");
    site_write(&site, "c.sql",
               "-- down_revision: none\n-- transaction: off\n-- migrated:up\n"
               "INSERT INTO effects VALUES ('up');\nINSERT INTO gate VALUES (1);\n");
    site_run(&site, 1, "upgrade", "c");
    site_run(&site, 0, "stamp", "z");
    site_printed(&site, "z stamped\n");
    site_says(&site, "revision c is half applied, and stays so: this stamp is not about it");
    site_run(&site, 0, "stamp", "z@base", "--json");
    site_prints(&site, "\"half_done\":[\"c\"]");
    open_the_gate();
    site_run(&site, 0, "upgrade");
    site_at(&site, "c,z");
    site_holds(&site, "SELECT what FROM effects", "up");
}
END_TEST

START_TEST(a_stamp_says_nothing_of_what_has_no_file)
{
    break_off_on_the_way_up();
    site_write(&site, "0002.sql", "CREATE TABLE second ();");
    folder_remove(site.folder, "0001.sql");
    site_run(&site, 0, "stamp", "0002");
    site_says(&site, "revision 0001 is half applied, and stays so: this stamp is not about it");
    site_holds(&site, states, "1 done");
    site_run(&site, 0, "stamp", "--purge", "0002");
    site_holds(&site, states, "1 done,0 closed");
}
END_TEST

/* ---- books that vanish ---- */

static struct relay *relay;

static void setup_relay(void)
{
    setup();
    relay = interrupt_relay(&site);
}

static void teardown_relay(void)
{
    relay_stop(relay);
    teardown();
}

static bool holds(void *context)
{
    (void)context;
    return relay_holds(relay);
}

/* Between our look at what is half done and the lock, somebody has gone on with it, and taken it back since. */
START_TEST(resume_leaves_alone_what_somebody_has_gone_on_with)
{
    break_off_on_the_way_up();
    relay_hold_answer(relay, 8);
    struct program *program = program_start(&site.options, "resume", "--mark-done", "2", NULL);
    ck_assert(wait_until(holds, NULL, SITE_DEADLINE_MS));
    site_use_url(&site, "%s", site.url);
    open_the_gate();
    site_run(&site, 0, "resume");
    site_run(&site, 0, "downgrade", "base");
    relay_release(relay);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 75);
    ck_assert_ptr_nonnull(strstr(program_err(program),
                                 "settled revision 0001 meanwhile: statement 2 was neither marked nor run again"));
    program_stop(program);
    site_at(&site, "");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "up,down");
}
END_TEST

/* Somebody drops our schema while the lock is being taken: the graph is then kept in an open transaction. */
static void drop_the_books_before(const char *command, int turn)
{
    struct program *program = interrupt_hold(&site, relay, turn, command, "0002");
    sql_exec(site.conn, "DROP SCHEMA migrated CASCADE");
    relay_release(relay);
    site_ends(program, 0);
    site_at(&site, "0002");
    site_holds(&site, "SELECT revision FROM migrated.revision ORDER BY 1", "0001,0002");
}

static void apply_the_first(void)
{
    site_write(&site, "0001.sql", "CREATE TABLE first ();");
    site_run(&site, 0, "upgrade");
    site_write(&site, "0002.sql", "CREATE TABLE second ();");
}

START_TEST(an_upgrade_makes_books_anew_that_vanished)
{
    apply_the_first();
    drop_the_books_before("upgrade", _i);
}
END_TEST

START_TEST(a_stamp_makes_books_anew_that_vanished)
{
    apply_the_first();
    drop_the_books_before("stamp", _i);
}
END_TEST

Suite *half_done_suite(void)
{
    Suite *suite = suite_create("half_done");
    TCase *plain = tcase_create("plain"), *network = tcase_create("network");
    tcase_set_timeout(plain, 60);
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_loop_test(plain, a_refused_setting_begins_nothing, 0, 2);
    tcase_add_test(plain, what_was_only_refused_is_not_half_done);
    tcase_add_test(plain, the_next_run_settles_what_somebody_applied);
    tcase_add_test(plain, resume_settles_what_somebody_applied);
    tcase_add_test(plain, a_downgrade_settles_what_somebody_applied);
    tcase_add_test(plain, resume_settles_what_somebody_took_back);
    tcase_add_test(plain, what_a_half_applied_revision_stands_on_is_not_taken_back);
    tcase_add_test(plain, nothing_is_put_on_top_of_what_is_half_taken_back);
    tcase_add_test(plain, a_stamp_of_another_branch_says_nothing_of_it);
    tcase_add_test(plain, a_stamp_says_nothing_of_what_has_no_file);
    suite_add_tcase(suite, plain);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_test(network, resume_leaves_alone_what_somebody_has_gone_on_with);
    tcase_add_loop_test(network, an_upgrade_makes_books_anew_that_vanished, 1, 6);
    tcase_add_loop_test(network, a_stamp_makes_books_anew_that_vanished, 1, 6);
    suite_add_tcase(suite, network);
    return suite;
}
