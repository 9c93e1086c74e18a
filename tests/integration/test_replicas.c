/* Many processes at once, and a network that fails: each revision takes effect exactly once. */
#include "interrupt.h"

#include "base/text.h"
#include "support/wait.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *replicas_suite(void);

#define REPLICAS      20
#define REVISIONS     30
#define OPENING_TURNS 3     /* no TLS; who we are; what is there */
#define SILENT_MS     10000 /* far more than a time limit of 3 s and a stop_timeout of 0.5 s */
#define ANNOUNCEMENT  11    /* behind two messages of a whole run, whose answers are the turns before */
#define MOST_TURNS    9     /* the messages of a whole run, all but the announcement at its end */

static struct site site;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE TABLE effects (revision text)");
}

static void teardown(void)
{
    site_close(&site);
}

/* r001 - r002 - ..., each with one effect that can be counted. */
static void write_chain(int count)
{
    for (int i = 1; i <= count; i++) {
        struct text name = {0}, parent = {0}, up = {0};
        text_addf(&name, "r%03d", i);
        text_addf(&parent, i == 1 ? "none" : "r%03d", i - 1);
        text_addf(&up, "INSERT INTO public.effects VALUES ('r%03d');", i);
        site_revision(&site, text_string(&name), text_string(&parent), text_string(&up), NULL);
        text_finish(&name);
        text_finish(&parent);
        text_finish(&up);
    }
}

static void each_took_effect_once(int count)
{
    char *found =
        sql_value(site.conn, "SELECT count(*) || ' ' || count(DISTINCT revision) || ' ' || (SELECT count(*) FROM "
                             "migrated.history WHERE outcome = 'applied') FROM effects");
    struct text expected = {0};
    text_addf(&expected, "%d %d %d", count, count, count);
    ck_assert_str_eq(found, text_string(&expected));
    text_finish(&expected);
    free(found);
}

START_TEST(twenty_together_apply_each_revision_once)
{
    struct program *programs[REPLICAS];
    struct text out = {0};
    write_chain(REVISIONS);
    sql_exec(site.conn, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    for (int i = 0; i < REPLICAS; i++)
        programs[i] = program_start(&site.options, "upgrade", NULL);
    for (int i = 0; i < REPLICAS; i++)
        program_wait_line(programs[i], "waiting for the lock", SITE_DEADLINE_MS);
    sql_exec(site.conn, "SELECT pg_advisory_unlock_all()");

    for (int i = 0; i < REPLICAS; i++) {
        ck_assert_msg(program_wait(programs[i], SITE_DEADLINE_MS) == 0, "%s", program_err(programs[i]));
        text_add(&out, program_out(programs[i]));
        program_stop(programs[i]);
    }
    each_took_effect_once(REVISIONS);
    size_t applied = 0;
    for (const char *at = text_string(&out); (at = strstr(at, " applied\n")) != NULL; at++)
        applied++;
    ck_assert_uint_eq(applied, REVISIONS);
    text_finish(&out);
}
END_TEST

START_TEST(two_targets_together_make_the_books_once)
{
    struct program *programs[2 * 4];
    write_chain(1);
    for (int i = 0; i < 8; i++)
        programs[i] = program_start(&site.options, "upgrade", "--version-table", i % 2 ? "one" : "two", NULL);
    for (int i = 0; i < 8; i++)
        site_ends(programs[i], 0);
    site_holds(&site, "SELECT count(*) FROM effects", "2");
}
END_TEST

/* ---- the network ---- */

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

START_TEST(a_slow_network_costs_few_round_trips)
{
    write_chain(200);
    relay_delay(relay, RELAY_TO_SERVER, 2);
    relay_delay(relay, RELAY_TO_CLIENT, 2);

    site_run(&site, 0, "upgrade");

    long turns = relay_turns(relay);
    ck_assert_msg(turns <= 200 / 8 + 10, "%ld round trips", turns);
    each_took_effect_once(200);
}
END_TEST

/* The n-th answer of a whole run is lost, for every n behind the opening (that one is exit 69: nothing was begun). */
START_TEST(an_answer_is_lost)
{
    write_chain(REVISIONS * 2);
    relay_lose_answer(relay, _i);

    site_run(&site, 0, "upgrade");
    bool again = strstr(site.result.err, "connecting again") != NULL;
    ck_assert_msg(again == (_i < ANNOUNCEMENT), "the announcement is not turn %d: %s", ANNOUNCEMENT, site.result.err);

    each_took_effect_once(REVISIONS * 2);
    site_prints(&site, "r001 applied\n");
    site_prints(&site, "Job completed successfully: 60 revisions\n");
    site_holds(&site, "SELECT version_num FROM alembic_version", "r060");
}
END_TEST

/* A cancel travels by a connection of its own. */
static bool cancelled(void *connections)
{
    return relay_connections(relay) > *(long *)connections;
}

/* A stop at the n-th answer of a run, for every n: the cancel comes too late, as the server has answered already. */
START_TEST(a_stop_between_two_questions)
{
    write_chain(3);
    struct program *program = interrupt_hold(&site, relay, _i, "upgrade", NULL);
    long connections = relay_connections(relay);
    program_signal(program, SIGTERM);
    if (_i > OPENING_TURNS) /* until then there is nothing to cancel: closing is enough */
        ck_assert(wait_until(cancelled, &connections, SITE_DEADLINE_MS));
    relay_release(relay);

    site_ends(program, 143);
    site_run(&site, 0, "upgrade");
    each_took_effect_once(3);
}
END_TEST

static const char sleeping[] =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')";

/* It sleeps in r003; another try of it will not. */
static struct program *start_sleeper(void)
{
    write_chain(2);
    site_revision(&site, "r003", "r002", "INSERT INTO effects VALUES ('r003'); SELECT pg_sleep(60) FROM bed;", NULL);
    sql_exec(site.conn, "CREATE TABLE bed AS SELECT 1");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, sleeping);
    sql_exec(site.conn, "DELETE FROM bed");
    return program;
}

static void ends_well(struct program *program)
{
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    ck_assert_msg(strstr(program_out(program), "Job completed successfully: 3 revisions\n") != NULL, "%s",
                  program_out(program));
    each_took_effect_once(3);
    program_stop(program);
}

static void end_sleeper(void)
{
    sql_exec(site.conn,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
             "wait_event = 'PgSleep'");
}

/* A server that answers nothing any more, not even to the cancel: the command ends all the same, and says what it knows. */
static void ends_against_silence(struct program *program, int status, const char *reason)
{
    ck_assert_msg(program_wait(program, SILENT_MS) == status, "%s", program_err(program));
    const char *says = program_err(program);
    ck_assert_msg(strstr(says, reason) != NULL, "%s", says);
    ck_assert_msg(strstr(says, "the server did not answer, not even to the request to cancel") != NULL, "%s", says);
    ck_assert_str_eq(program_out(program), "");
    program_stop(program);
    end_sleeper();
}

static struct program *start_long_one(const char *timeout)
{
    site_revision(&site, "r001", "none", "SELECT pg_sleep(60);", NULL);
    site_set(&site, "MIGRATED_STOP_TIMEOUT=500ms");
    struct program *program = program_start(&site.options, "upgrade", "--timeout", timeout, NULL);
    site_wait(&site, sleeping);
    relay_stall(relay);
    return program;
}

START_TEST(a_stop_against_a_silent_server)
{
    struct program *program = start_long_one("10min");
    program_signal(program, SIGTERM);
    ends_against_silence(program, 143, "SIGTERM: asked to stop");
}
END_TEST

START_TEST(the_time_limit_against_a_silent_server)
{
    char limit[WAIT_DURATION_SIZE];
    struct program *program = start_long_one(wait_duration(3000, limit));
    ends_against_silence(program, 1, "the time limit was reached while a revision was running");
}
END_TEST

START_TEST(a_cut_in_the_middle)
{
    struct program *program = start_sleeper();
    relay_cut(relay);
    interrupt_end_orphan(&site);
    program_wait_line(program, "connecting again", SITE_DEADLINE_MS);
    ends_well(program);
}
END_TEST

START_TEST(a_terminated_backend)
{
    struct program *program = start_sleeper();
    end_sleeper();
    ends_well(program);
}
END_TEST

START_TEST(a_process_that_is_killed)
{
    struct program *program = start_sleeper();
    interrupt_kill(program);
    interrupt_end_orphan(&site);

    site_run(&site, 0, "upgrade");
    each_took_effect_once(3);
}
END_TEST

START_TEST(a_server_that_crashes)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true});
    teardown();
    site_open_on(&site, cluster);
    sql_exec(site.conn, "CREATE TABLE effects (revision text)");
    struct program *program = start_sleeper();

    cluster_restart(cluster, true);

    PQfinish(site.conn);
    site.conn = sql_connect(site.url);
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    each_took_effect_once(3);
    program_stop(program);
    PQreset(site.conn);
    teardown();
    cluster_destroy(cluster);
    setup();
}
END_TEST

Suite *replicas_suite(void)
{
    Suite *suite = suite_create("replicas");
    TCase *together = tcase_create("together"), *network = tcase_create("network");
    tcase_set_timeout(together, 60);
    tcase_add_checked_fixture(together, setup, teardown);
    tcase_add_test(together, twenty_together_apply_each_revision_once);
    tcase_add_test(together, two_targets_together_make_the_books_once);
    tcase_add_test(together, a_process_that_is_killed);
    tcase_add_test(together, a_terminated_backend);
    tcase_add_test(together, a_server_that_crashes);
    suite_add_tcase(suite, together);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_test(network, a_slow_network_costs_few_round_trips);
    tcase_add_loop_test(network, an_answer_is_lost, OPENING_TURNS + 1, ANNOUNCEMENT + 1);
    tcase_add_loop_test(network, a_stop_between_two_questions, 1, MOST_TURNS + 1);
    tcase_add_test(network, a_stop_against_a_silent_server);
    tcase_add_test(network, the_time_limit_against_a_silent_server);
    tcase_add_test(network, a_cut_in_the_middle);
    suite_add_tcase(suite, network);
    return suite;
}
