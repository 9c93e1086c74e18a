/* `migrated resume`: what a person says of a statement holds for the journal that he has seen. */
#include "base/text.h"
#include "stepwise.h"

#include <stdlib.h>
#include <string.h>

Suite *resume_suite(void);

static struct site site;
static struct relay *relay;

static void setup(void)
{
    stepwise_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

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

static const char effects[] = "SELECT what FROM effects ORDER BY ctid";

/* Killed inside the call; behind it something is refused whenever it is run. */
static void break_off_in_a_call(void)
{
    sql_exec(site.conn, "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN COMMIT; PERFORM pg_sleep(60); END $$");
    site_write(&site, "0001.sql", "-- transaction: off\nCALL fill();\nINSERT INTO efects VALUES (1);\n");
    interrupt_when(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
                          "current_database())");
    sql_exec(site.conn,
             "CREATE OR REPLACE PROCEDURE fill() LANGUAGE sql AS $$ INSERT INTO effects VALUES ('call') $$");
}

/* ---- two people ---- */

static const char both_wait[] =
    "SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE "
    "'migrated%' AND query LIKE '%pg_try_advisory_lock%'";

static const struct {
    const char *first, *second;
    const char *effects; /* NULL: one of the two decides */
} words[] = {{"--redo", "--redo", "call"}, {"--mark-done", "--mark-done", ""}, {"--redo", "--mark-done", NULL}};

START_TEST(the_second_word_is_void)
{
    break_off_in_a_call();
    sql_exec(site.conn, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    struct program *first = program_start(&site.options, "resume", words[_i].first, "1", NULL);
    struct program *second = program_start(&site.options, "resume", words[_i].second, "1", NULL);
    site_wait(&site, both_wait);
    sql_exec(site.conn, "SELECT pg_advisory_unlock_all()");
    int statuses[] = {program_wait(first, SITE_DEADLINE_MS), program_wait(second, SITE_DEADLINE_MS)};
    ck_assert_msg(statuses[0] + statuses[1] == 1 + 75, "%s\n%s", program_err(first), program_err(second));
    const char *said = program_err(statuses[0] == 75 ? first : second);
    ck_assert_msg(strstr(said, "revision 0001 meanwhile: statement 1 is done since") != NULL, "%s", said);
    ck_assert_msg(strstr(said, "next: `migrated resume --show`") != NULL, "%s", said);
    if (words[_i].effects != NULL)
        site_holds(&site, effects, words[_i].effects);
    site_holds(&site, "SELECT count(*) FROM migrated.journal WHERE ordinal = 1 AND state = 'done'", "1");
    program_stop(first);
    program_stop(second);
}
END_TEST

/* ---- one person, twice ---- */

static void say_again(int status, const char *row)
{
    site_run(&site, status, "resume", "--redo", "1", "--seen", row);
}

START_TEST(a_done_statement_is_run_again_only_by_who_has_seen_it)
{
    break_off_in_a_call();
    char *early = sql_value(site.conn, "SELECT max(id) FROM migrated.journal");
    site_run(&site, 1, "resume", "--redo", "1");
    site_holds(&site, effects, "call");
    char *now = sql_value(site.conn, "SELECT max(id) FROM migrated.journal");

    site_run(&site, 64, "resume", "--redo", "1");
    site_says(&site, "statement 1 is done since 2");
    site_says(&site, now);
    say_again(75, early);
    site_says(&site, "the journal of revision 0001 has rows that you have not seen: statement 1 is done since 2");
    site_holds(&site, effects, "call");
    say_again(1, now);
    site_holds(&site, effects, "call,call");
    site_run(&site, 64, "resume", "--seen", now);
    site_run(&site, 64, "resume", "--redo", "1", "--seen", "all");
    free(early);
    free(now);
}
END_TEST

START_TEST(show_tells_what_to_say)
{
    break_off_in_a_call();
    char *row = sql_value(site.conn, "SELECT max(id) FROM migrated.journal");
    struct text next = {0}, object = {0};
    text_addf(&next, "`migrated resume --redo 1 --seen %s`\n", row);
    text_addf(&object, "\"row\":%s,\"noted\":\"2", row);
    site_run(&site, 0, "resume", "--show");
    site_prints(&site, "  statement 1 started  CALL fill();\n    row ");
    site_prints(&site, ", by postgres on ");
    site_prints(&site, text_string(&next));
    site_run(&site, 0, "resume", "--show", "--json");
    site_prints(&site, text_string(&object));
    site_prints(&site, "\"role\":\"postgres\"");
    text_finish(&next);
    text_finish(&object);
    say_again(1, row);
    site_run(&site, 0, "resume", "--show");
    site_prints(&site, "next: `migrated resume` goes on\n");
    free(row);
}
END_TEST

/* ---- a bad network ---- */

/* Whichever answer is lost, also that to the note itself: it is noted once, and gone on behind it. */
START_TEST(a_lost_answer_makes_no_word_void)
{
    site_write(
        &site, "0001.sql",
        "-- transaction: off\nSELECT 1;\nINSERT INTO efects VALUES (1);\nINSERT INTO effects VALUES ('last');\n");
    site_run(&site, 1, "upgrade");
    relay_lose_answer(relay, _i);
    program_result_finish(&site.result);
    program_run(&site.result, &site.options, SITE_DEADLINE_MS, "resume", "--mark-done", "2", NULL);
    ck_assert_msg(site.result.status == 0 || site.result.status == 69, "%d: %s", site.result.status, site.result.err);
    if (site.result.status == 69) /* before there was a session */
        site_run(&site, 0, "resume", "--mark-done", "2");
    site_holds(&site, effects, "last");
    site_holds(&site, "SELECT count(*) FROM migrated.journal WHERE ordinal = 2 AND state = 'done'", "1");
    site_at(&site, "0001");
}
END_TEST

Suite *resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *plain = tcase_create("plain"), *network = tcase_create("network");
    tcase_set_timeout(plain, 60);
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_loop_test(plain, the_second_word_is_void, 0, sizeof words / sizeof *words);
    tcase_add_test(plain, a_done_statement_is_run_again_only_by_who_has_seen_it);
    tcase_add_test(plain, show_tells_what_to_say);
    suite_add_tcase(suite, plain);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_loop_test(network, a_lost_answer_makes_no_word_void, 12, 24);
    suite_add_tcase(suite, network);
    return suite;
}
