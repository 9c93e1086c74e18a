/* What is said when a revision is stopped that goes statement by statement: what is done of it stays. */
#include "stepwise.h"

#include "base/text.h"
#include "support/wait.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *stepwise_stop_suite(void);

static struct site site;

static void setup(void)
{
    stepwise_open(&site);
    sql_exec(site.conn, "CREATE PROCEDURE nap() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO effects VALUES ('part'); "
                        "COMMIT; PERFORM pg_sleep(60); END $$");
}

static void teardown(void)
{
    site_close(&site);
}

static const char sleeping[] =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')";

static const struct {
    const char *up, *words, *again;
} stops[] = {
    {"INSERT INTO effects VALUES ('1');\nINSERT INTO effects VALUES ('2');\nSELECT pg_sleep(60);\nSELECT 4;",
     "statement 3 of 4 of 0001 was cancelled, 1 to 2 stay done", "`migrated resume` goes on"},
    {"INSERT INTO effects VALUES ('1');\nSELECT pg_sleep(60);",
     "statement 2 of 2 of 0001 was cancelled, 1 stays done", "`migrated resume` goes on"},
    {"SELECT pg_sleep(60);\nVACUUM effects;", "statement 1 of 2 of 0001 was cancelled", "run the command again"},
    {"INSERT INTO effects VALUES ('1');\nCALL nap();",
     "statement 2 of 2 of 0001 was begun, and how far it came is not noted, 1 stays done",
     "`migrated resume` goes on"},
};

static void write_revision(const char *up)
{
    struct text text = {0};
    text_addf(&text, "-- transaction: off\n%s\n", up);
    site_write(&site, "0001.sql", text_string(&text));
    text_finish(&text);
}

/* In the report and in the history. */
static void check_words(struct program *program, const char *why, int i)
{
    struct text next = {0}, message = {0};
    text_addf(&next, "next: %s, 1 revision is left; %s\n", stops[i].words, stops[i].again);
    text_addf(&message, "%s; %s", why, stops[i].words);
    ck_assert_msg(strstr(program_err(program), text_string(&next)) != NULL, "%s", program_err(program));
    site_holds(&site, "SELECT message FROM migrated.history ORDER BY id DESC LIMIT 1", text_string(&message));
    text_finish(&next);
    text_finish(&message);
}

START_TEST(a_signal_tells_what_stays)
{
    write_revision(stops[_i].up);
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, sleeping);
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    check_words(program, "SIGTERM: asked to stop", _i);
    site_history(&site, "0001 upgrade cancelled");
    program_stop(program);
}
END_TEST

START_TEST(the_time_limit_tells_what_stays)
{
    char limit[WAIT_DURATION_SIZE];
    write_revision(stops[_i].up);
    struct program *program = program_start(&site.options, "upgrade", "--timeout", wait_duration(1000, limit), NULL);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 1);
    check_words(program, "the time limit was reached while a revision was running", _i);
    program_stop(program);
}
END_TEST

/* Another runner has brought in the first meanwhile, and what is stopped is the second. */
START_TEST(a_signal_tells_of_the_revision_that_runs)
{
    sql_exec(site.conn, "CREATE PROCEDURE pause() LANGUAGE plpgsql AS $$ BEGIN COMMIT; PERFORM "
                        "pg_advisory_xact_lock(7); END $$");
    sql_exec(site.conn, "SELECT pg_advisory_lock(7)");
    site_write(&site, "0001.sql", "-- transaction: off\n-- down_revision: none\nCALL pause();\nSELECT 2;\n");
    site_revision(&site, "0002", "0001", "SELECT pg_sleep(60);", NULL);
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)");
    sql_exec(site.conn, "INSERT INTO alembic_version VALUES ('0001')");
    sql_exec(site.conn, "SELECT pg_advisory_unlock(7)");
    site_wait(&site, sleeping);
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    ck_assert_msg(strstr(program_err(program),
                         "next: 0002 was cancelled and rolled back, 1 revision is left; run the "
                         "command again\n") != NULL,
                  "%s", program_err(program));
    site_holds(&site, "SELECT message FROM migrated.history ORDER BY id DESC LIMIT 1", "SIGTERM: asked to stop");
    program_stop(program);
}
END_TEST

Suite *stepwise_stop_suite(void)
{
    Suite *suite = suite_create("stepwise_stop");
    TCase *tests = tcase_create("stepwise_stop");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_signal_tells_what_stays, 0, sizeof stops / sizeof *stops);
    tcase_add_loop_test(tests, the_time_limit_tells_what_stays, 0, sizeof stops / sizeof *stops);
    tcase_add_test(tests, a_signal_tells_of_the_revision_that_runs);
    suite_add_tcase(suite, tests);
    return suite;
}
