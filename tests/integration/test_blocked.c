/* Somebody holds a lock that a revision needs. */
#include "site.h"

#include "base/text.h"
#include "support/wait.h"

#include <stdio.h>
#include <string.h>

Suite *blocked_suite(void);

static struct site site;
static PGconn *holder;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE TABLE stock (a int)");
    site_revision(&site, "0001", "none", "ALTER TABLE stock ADD COLUMN b int;", NULL);
    holder = sql_connect(site.url);
    sql_exec(holder, "SET application_name = 'report'");
    sql_exec(holder, "BEGIN");
    sql_exec(holder, "SELECT * FROM stock");
}

static void teardown(void)
{
    PQfinish(holder);
    site_close(&site);
}

START_TEST(says_who_it_is_and_tries_again)
{
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, "waiting for a lock held by pid", SITE_DEADLINE_MS);
    ck_assert_ptr_nonnull(strstr(program_err(program), "(report, postgres) idle in transaction for "));
    ck_assert_ptr_nonnull(strstr(program_err(program), ": SELECT * FROM stock"));
    sql_exec(holder, "COMMIT");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
}
END_TEST

START_TEST(gives_up_when_it_is_told_to)
{
    site_run(&site, 75, "upgrade", "--on-blocked", "fail");
    site_says(&site, "SQLSTATE 55P03");
    site_says(&site, "\nblocked by pid ");
    site_says(&site, "(report, postgres) idle in transaction");
    site_at(&site, "");
}
END_TEST

/* What runs online, statement by statement, and has a lock_timeout waits as any other does. */
START_TEST(gives_up_with_what_runs_online)
{
    char wait[WAIT_DURATION_SIZE];
    struct text file = {0};
    sql_exec(holder, "COMMIT; BEGIN; LOCK TABLE stock IN SHARE UPDATE EXCLUSIVE MODE");
    text_addf(&file, "-- transaction: off\n-- lock_timeout: %s\nANALYZE stock;\n", wait_duration(500, wait));
    site_write(&site, "0001.sql", text_string(&file));
    text_finish(&file);
    site_run(&site, 75, "upgrade", "--on-blocked", "fail", "--max-retries", "5");
    site_says(&site, "\nblocked by pid ");
    site_says(&site, "(report, postgres) ");
    site_says(&site, "see in pg_stat_activity and pg_locks who holds what it waits for");
    site_at(&site, "");
}
END_TEST

/* The time limit of the run is what ends the wait. */
START_TEST(the_time_limit_names_who_holds_up_what_runs_online)
{
    char limit[WAIT_DURATION_SIZE];
    sql_exec(holder, "COMMIT; BEGIN; LOCK TABLE stock IN SHARE UPDATE EXCLUSIVE MODE");
    site_write(&site, "0001.sql", "-- transaction: off\nANALYZE stock;\n");
    site_run(&site, 75, "upgrade", "--timeout", wait_duration(3000, limit), "--max-retries", "0");
    site_says(&site, "a statement that runs online waits for pid ");
    site_says(&site, "\nwaited for pid ");
    site_at(&site, "");
}
END_TEST

static void write_with_wait(const char *name, const char *wait, const char *table)
{
    struct text file = {0};
    text_addf(&file, "-- lock_timeout: %s\nALTER TABLE %s ADD COLUMN b int;\n", wait, table);
    site_write(&site, name, text_string(&file));
    text_finish(&file);
}

/* Its lock was had after all. Of who is in the way of the next one nothing is known, in so short a wait. */
START_TEST(who_is_gone_is_not_blamed_for_the_next)
{
    char wait[WAIT_DURATION_SIZE], gone[64];
    PGconn *second = sql_connect(site.url);
    sql_exec(site.conn, "CREATE TABLE other (a int)");
    sql_exec(second, "BEGIN; SELECT * FROM other");
    write_with_wait("0001.sql", wait_duration(1000, wait), "stock");
    write_with_wait("0002.sql", "1ms", "other");
    struct program *program = program_start(&site.options, "upgrade", "--max-retries", "2", NULL);
    program_wait_line(program, "waiting for a lock held by pid", SITE_DEADLINE_MS);
    sql_exec(holder, "COMMIT");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 75, "%s", program_err(program));
    snprintf(gone, sizeof gone, "blocked by pid %d ", PQbackendPID(holder));
    ck_assert_ptr_nonnull(strstr(program_err(program), "0002.sql:2:"));
    ck_assert_msg(strstr(program_err(program), gone) == NULL, "%s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
    PQfinish(second);
}
END_TEST

START_TEST(ends_who_is_idle_when_it_is_told_to)
{
    site_run(&site, 0, "upgrade", "--on-blocked", "cancel_idle");
    site_says(&site, "on_blocked = cancel_idle: ending the session of pid");
    site_at(&site, "0001");
    PQclear(PQexec(holder, "SELECT 1"));
    ck_assert_int_eq(PQstatus(holder), CONNECTION_BAD);
}
END_TEST

Suite *blocked_suite(void)
{
    Suite *suite = suite_create("blocked");
    TCase *tests = tcase_create("blocked");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, says_who_it_is_and_tries_again);
    tcase_add_test(tests, gives_up_when_it_is_told_to);
    tcase_add_test(tests, gives_up_with_what_runs_online);
    tcase_add_test(tests, the_time_limit_names_who_holds_up_what_runs_online);
    tcase_add_test(tests, who_is_gone_is_not_blamed_for_the_next);
    tcase_add_test(tests, ends_who_is_idle_when_it_is_told_to);
    suite_add_tcase(suite, tests);
    return suite;
}
