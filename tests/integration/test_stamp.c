/* `migrated stamp`: the version rows without running anything, under the same lock. */
#include "interrupt.h"

#include "support/wait.h"

#include <string.h>

Suite *stamp_suite(void);

static struct site site;

/* a - b and a - c, and d alone */
static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", "DROP TABLE tb;");
    site_revision(&site, "c", "a", "CREATE TABLE tc (id int);", "DROP TABLE tc;");
    site_revision(&site, "d", "none", "CREATE TABLE td (id int);", "DROP TABLE td;");
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(sets_rows_and_runs_nothing)
{
    site_run(&site, 0, "stamp", "heads", "--reason", "restored from a dump");
    site_printed(&site, "b stamped\nc stamped\nd stamped\n");
    site_says(&site, "4 revisions are taken as applied without running: a, b, c, d\n");
    site_at(&site, "b,c,d");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 't_'", "0");
    site_holds(&site, "SELECT count(*) FROM migrated.revision", "4");
    site_holds(&site, "SELECT direction || ' ' || outcome || ': ' || reason FROM migrated.history",
               "stamp stamped: restored from a dump");
    site_run(&site, 0, "check");

    site_run(&site, 0, "stamp", "base");
    ck_assert_str_eq(site.result.err, "the version table is empty now\n"
                                      "4 revisions are pending now, and nothing was taken back: a, b, c, d\n");
    site_at(&site, "");
    site_run(&site, 0, "stamp", "d");
    site_says(&site, "1 revision is taken as applied without running: d\n");
    site_run(&site, 0, "stamp", "a", "d");
    site_says(&site, "1 revision is taken as applied without running: a\n");
    site_at(&site, "a,d");
    site_run(&site, 3, "check");
    site_holds(&site, "SELECT count(*) FROM migrated.history", "4");
}
END_TEST

START_TEST(purges_rows_that_nothing_explains)
{
    site_run(&site, 0, "stamp", "b", "d");
    sql_exec(site.conn, "INSERT INTO alembic_version VALUES ('f00d')");

    site_run(&site, 65, "stamp", "c");
    site_says(&site, "f00d");
    site_at(&site, "b,d,f00d");
    site_run(&site, 0, "stamp", "--purge", "c");
    site_at(&site, "c");
    site_run(&site, 64, "stamp", "nowhere");
    site_run(&site, 64, "stamp");
}
END_TEST

/* Its version column is Alembic's. */
START_TEST(refuses_an_id_that_does_not_fit_before_anything_is_written)
{
    static const char id[] = "0001_a_name_that_is_longer_than_thirty_two_characters";
    sql_exec(site.conn, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)");
    site_revision(&site, id, "none", "CREATE TABLE tl (id int);", NULL);
    site_run(&site, 65, "stamp", "heads");
    site_says(&site, "has 53 characters, but the version column holds 32");
    site_says(&site, "0001_a_name_that_is_longer_than_thirty_two_characters.sql:1:1");
    site_holds(&site, "SELECT to_regnamespace('migrated') IS NULL", "t");
    site_run(&site, 0, "stamp", "b");
    site_at(&site, "b");
}
END_TEST

START_TEST(waits_for_the_lock)
{
    char limit[WAIT_DURATION_SIZE];
    PGconn *holder = sql_connect(site.url);
    sql_exec(holder, "SET application_name = 'a neighbour'; SELECT pg_advisory_lock(%lld)", site_lock_key(&site));

    site_run(&site, 75, "stamp", "a", "--timeout", wait_duration(200, limit));
    site_says(&site, "a neighbour");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");

    struct program *program = program_start(&site.options, "stamp", "a", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name LIKE 'migrated %')");
    sql_exec(holder, "SELECT pg_advisory_unlock_all()");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    site_at(&site, "a");
    program_stop(program);
    PQfinish(holder);
}
END_TEST

START_TEST(notices_that_somebody_was_quicker)
{
    PGconn *neighbour = sql_connect(site.url);
    site_run(&site, 0, "stamp", "a");
    sql_exec(neighbour, "BEGIN; LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE");
    struct program *program = program_start(&site.options, "stamp", "b", NULL);
    site_wait(&site,
              "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'alembic_version'::regclass AND NOT granted)");
    sql_exec(neighbour, "UPDATE alembic_version SET version_num = 'c'; COMMIT");

    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 75);
    ck_assert_msg(strstr(program_err(program), "{c}") != NULL, "%s", program_err(program));
    site_at(&site, "c");
    program_stop(program);
    PQfinish(neighbour);
}
END_TEST

#define ANNOUNCEMENT 8 /* behind the opening of two, what is there, lock, rows, graph, and the rows again */

START_TEST(is_done_though_nobody_hears_of_it)
{
    site_run(&site, 0, "stamp", "b");
    struct relay *relay = interrupt_relay(&site);
    relay_lose_answer(relay, ANNOUNCEMENT);
    site_run(&site, 0, "stamp", "a");
    ck_assert_int_eq(relay_turns(relay), ANNOUNCEMENT);
    site_printed(&site, "a stamped\n");
    site_at(&site, "a");
    relay_stop(relay);
}
END_TEST

START_TEST(tells_what_it_changed)
{
    site_run(&site, 0, "stamp", "b", "d");
    site_printed(&site, "b stamped\nd stamped\n");
    site_run(&site, 0, "stamp", "c");
    site_printed(&site, "c stamped\n");
    site_run(&site, 0, "stamp", "c");
    site_printed(&site, "");
    ck_assert_str_eq(site.result.err, "nothing to stamp: the version table holds b, c, d already\n");
    site_run(&site, 0, "stamp", "--purge", "a");
    site_printed(&site, "a stamped\n");
    ck_assert_str_eq(site.result.err, "3 revisions are pending now, and nothing was taken back: b, c, d\n");
    site_run(&site, 0, "stamp", "base", "--json");
    site_prints(&site, "\"taken_as_applied\":[],\"pending_now\":[\"a\"]");
    site_run(&site, 0, "stamp", "base");
    ck_assert_str_eq(site.result.err, "nothing to stamp: the version table holds no row already\n");
}
END_TEST

/* A table, a column, a role. */
START_TEST(is_named_where_the_work_was_done_before)
{
    static const char next[] = "if its work was done by other means, `migrated stamp a` takes it as applied";
    sql_exec(site.conn, "CREATE TABLE ta (id int)");
    site_run(&site, 1, "upgrade");
    site_says(&site, "SQLSTATE 42P07");
    site_says(&site, next);
    site_revision(&site, "a", "none", "ALTER TABLE ta ADD COLUMN id int;",
                  "CREATE TABLE td (id int); CREATE ROLE postgres;");
    site_run(&site, 1, "upgrade");
    site_says(&site, next);
    site_run(&site, 0, "stamp", "a");
    site_run(&site, 0, "upgrade", "heads");
    site_run(&site, 1, "downgrade", "base");
    ck_assert_ptr_null(strstr(site.result.err, next));
    site_revision(&site, "a", "none", "SELECT 1;\nCREATE ROLE postgres;", NULL);
    site_run(&site, 0, "stamp", "base");
    site_run(&site, 1, "upgrade");
    site_says(&site, "SQLSTATE 42710");
    site_says(&site, next);
}
END_TEST

Suite *stamp_suite(void)
{
    Suite *suite = suite_create("stamp");
    TCase *tests = tcase_create("stamp");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, sets_rows_and_runs_nothing);
    tcase_add_test(tests, purges_rows_that_nothing_explains);
    tcase_add_test(tests, refuses_an_id_that_does_not_fit_before_anything_is_written);
    tcase_add_test(tests, waits_for_the_lock);
    tcase_add_test(tests, notices_that_somebody_was_quicker);
    tcase_add_test(tests, is_done_though_nobody_hears_of_it);
    tcase_add_test(tests, tells_what_it_changed);
    tcase_add_test(tests, is_named_where_the_work_was_done_before);
    suite_add_tcase(suite, tests);
    return suite;
}
