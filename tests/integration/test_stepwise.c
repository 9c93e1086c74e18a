/* Revisions that cannot run in a transaction: each statement once, whatever breaks between two of them. */
#include "stepwise.h"

#include "base/text.h"
#include "support/wait.h"

Suite *stepwise_suite(void);

static struct site site;

static void setup(void)
{
    stepwise_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

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

static const char indexes[] = "SELECT substr(indexdef, strpos(indexdef, 'INDEX')) FROM pg_indexes WHERE tablename = "
                              "'stock' ORDER BY indexname COLLATE \"C\"";

/* ---- all kinds of statements, and every place to break off ---- */

static void write_all(void)
{
    site_revision(&site, "0001", "none", "INSERT INTO effects VALUES ('before');", NULL);
    site_revision(&site, "0002", "0001",
                  "SET search_path = nowhere, public;\n"
                  "INSERT INTO effects VALUES ('first');\n"
                  "CREATE INDEX CONCURRENTLY named ON stock (a) WHERE b > 1;\n"
                  "CREATE UNIQUE INDEX CONCURRENTLY ON stock (b);\n"
                  "INSERT INTO effects VALUES ('second');\n"
                  "DROP INDEX CONCURRENTLY old;\n"
                  "VACUUM stock;\n",
                  NULL);
    site_revision(&site, "0003", "0002", "INSERT INTO effects VALUES ('behind');", NULL);
}

static void all_was_done_once(void)
{
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "before,first,second,behind");
    site_holds(&site, indexes,
               "INDEX named ON public.stock USING btree (a) WHERE (b > 1),INDEX stock_b_idx ON public.stock USING "
               "btree (b)");
    site_holds(&site, stepwise_invalid, "");
    site_at(&site, "0003");
    site_history(&site, "0001 upgrade applied,0002 upgrade applied,0003 upgrade applied");
    site_holds(&site, "SELECT state FROM migrated.journal ORDER BY id DESC LIMIT 1", "closed");
}

START_TEST(runs_statement_by_statement)
{
    write_all();
    site_run(&site, 0, "upgrade");
    site_prints(&site, "Job completed successfully: 3 revisions\n");
    all_was_done_once();
    site_holds(&site, "SELECT ordinal || ' ' || state FROM migrated.journal ORDER BY id",
               "2 done,3 started,3 done,4 started,4 done,5 done,6 started,6 done,7 started,7 done,0 closed");
}
END_TEST

#define FIRST_TURN 4  /* behind the opening */
#define MOST_TURNS 34 /* of a run without a fault; checked below */

START_TEST(a_run_has_so_many_turns)
{
    write_all();
    site_run(&site, 0, "upgrade");
    ck_assert_int_le(relay_turns(relay), MOST_TURNS);
    ck_assert_int_ge(relay_turns(relay), MOST_TURNS - 6);
}
END_TEST

START_TEST(an_answer_is_lost)
{
    write_all();
    relay_lose_answer(relay, _i);
    site_run(&site, 0, "upgrade");
    all_was_done_once();
}
END_TEST

/* The server has done what it was asked; nobody has heard of it. */
START_TEST(the_process_is_killed_before_an_answer)
{
    write_all();
    interrupt_before_answer(&site, relay, _i);

    site_run(&site, 0, "upgrade");
    all_was_done_once();
}
END_TEST

/* Alembic, say, has applied it between our look and its first statement. */
START_TEST(rows_that_moved_are_looked_at_again)
{
    site_revision(&site, "0001", "none", "CREATE TABLE gate ();", NULL);
    site_revision(&site, "0002", "0001", "VACUUM stock;", NULL);
    struct program *program = interrupt_hold(&site, relay, _i, "upgrade", NULL);
    sql_exec(site.conn, "UPDATE alembic_version SET version_num = '0002'");
    relay_release(relay);
    site_ends(program, 0);
    site_at(&site, "0002");
    site_holds(&site, "SELECT count(*) FROM migrated.journal", "0");
}
END_TEST

/* Our lock is given back by what we apply. At each turn behind that, somebody else takes it, goes on, and gives it back. */
static void meet_somebody_at(int turn)
{
    char limit[WAIT_DURATION_SIZE];
    struct program *program = interrupt_hold(&site, relay, turn, "upgrade", NULL);
    site_use_url(&site, "%s", site.url);
    program_result_finish(&site.result);
    program_run(&site.result, &site.options, SITE_DEADLINE_MS, "upgrade", "--timeout", wait_duration(500, limit),
                NULL);
    relay_release(relay);
    program_wait(program, SITE_DEADLINE_MS);
    program_stop(program);
}

START_TEST(what_somebody_did_meanwhile_is_not_done_again)
{
    site_revision(&site, "0001", "none", "SELECT pg_advisory_unlock_all();", NULL);
    site_write(&site, "0002.sql",
               "-- down_revision: 0001\n-- transaction: off\nINSERT INTO effects VALUES ('once');\n"
               "INSERT INTO nowhere VALUES (1);\n");
    meet_somebody_at(_i);
    site_holds(&site, "SELECT what FROM effects", "once");
    site_holds(&site, "SELECT ordinal || ' ' || state FROM migrated.journal", "1 done");
}
END_TEST

START_TEST(nothing_is_noted_behind_the_end)
{
    site_write(&site, "0001.sql", "-- transaction: off\nDISCARD ALL;\nINSERT INTO effects VALUES ('once');\n");
    meet_somebody_at(_i);
    site_holds(&site, "SELECT what FROM effects", "once");
    site_holds(&site, "SELECT state FROM migrated.journal ORDER BY id DESC LIMIT 1", "closed");
    site_holds(&site, "SELECT count(*) FROM migrated.journal WHERE state = 'closed'", "1");
}
END_TEST

/* ---- found out only by the server ---- */

/* A statement of which only the server knows that it cannot run in a transaction. Before 14 there is none: REINDEX of a
 * partitioned table is a warning there. */
static bool has_such_a_statement(void)
{
    if (PQserverVersion(site.conn) < 140000)
        return false;
    sql_exec(site.conn, "CREATE TABLE parent (a int) PARTITION BY LIST (a);"
                        "CREATE TABLE part PARTITION OF parent FOR VALUES IN (1);"
                        "CREATE INDEX ON parent (a)");
    return true;
}

START_TEST(the_server_says_that_it_cannot_run_in_a_transaction)
{
    if (!has_such_a_statement())
        return;
    site_revision(&site, "0001", "none", "INSERT INTO effects VALUES ('once');\nREINDEX TABLE parent;", NULL);
    site_run(&site, 0, "upgrade");
    site_says(&site, "revision 0001 cannot run in a transaction");
    site_holds(&site, "SELECT what FROM effects", "once");
    site_at(&site, "0001");
}
END_TEST

START_TEST(transaction_on_is_never_taken_apart)
{
    if (!has_such_a_statement())
        return;
    site_write(&site, "0001.sql", "-- transaction: on\nINSERT INTO effects VALUES ('once');\nREINDEX TABLE parent;");
    site_run(&site, 1, "upgrade");
    site_says(&site, "SQLSTATE 25001");
    site_holds(&site, "SELECT count(*) FROM effects", "0");
}
END_TEST

/* Alone it would be refused, or do nothing, for another reason. */
START_TEST(what_is_no_command_is_never_taken_apart)
{
    site_write(&site, "0001.sql",
               "INSERT INTO effects VALUES ('once');\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;");
    site_run(&site, 1, "upgrade");
    site_says(&site, "SQLSTATE 25001");
    site_holds(&site, "SELECT count(*) FROM effects", "0");
}
END_TEST

START_TEST(a_function_cannot_do_it_at_all)
{
    site_revision(&site, "0001", "none", "DO $$ BEGIN EXECUTE 'VACUUM'; END $$;", NULL);
    site_run(&site, 1, "upgrade");
    site_says(&site, "SQLSTATE 25001");
    site_at(&site, "");
}
END_TEST

START_TEST(a_half_detached_partition_is_detached)
{
    if (PQserverVersion(site.conn) < 140000) /* it has no DETACH PARTITION CONCURRENTLY */
        return;
    sql_exec(site.conn, "CREATE TABLE parent (a int) PARTITION BY LIST (a);"
                        "CREATE TABLE part PARTITION OF parent FOR VALUES IN (1)");
    site_revision(&site, "0001", "none", "ALTER TABLE parent DETACH PARTITION part CONCURRENTLY;", NULL);
    PGconn *reader = sql_connect(site.url);
    sql_exec(reader, "BEGIN");
    sql_exec(reader, "SELECT * FROM parent");
    interrupt_when(&site, "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)");
    PQfinish(reader);

    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'part'::regclass", "0");
    site_at(&site, "0001");
}
END_TEST

START_TEST(databases_are_made_and_dropped_once)
{
    struct text up = {0};
    text_addf(&up, "CREATE DATABASE \"%s-x\";\nDROP DATABASE \"%s-x\";", site.database, site.database);
    site_revision(&site, "0001", "none", text_string(&up), NULL);
    text_finish(&up);
    interrupt_before_answer(&site, relay, _i);
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT count(*) FROM pg_database WHERE datname = current_database() || '-x'", "0");
    site_at(&site, "0001");
}
END_TEST

Suite *stepwise_suite(void)
{
    Suite *suite = suite_create("stepwise");
    TCase *plain = tcase_create("plain"), *network = tcase_create("network");
    tcase_set_timeout(plain, 60);
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, runs_statement_by_statement);
    tcase_add_test(plain, the_server_says_that_it_cannot_run_in_a_transaction);
    tcase_add_test(plain, transaction_on_is_never_taken_apart);
    tcase_add_test(plain, what_is_no_command_is_never_taken_apart);
    tcase_add_test(plain, a_function_cannot_do_it_at_all);
    tcase_add_test(plain, a_half_detached_partition_is_detached);
    suite_add_tcase(suite, plain);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_test(network, a_run_has_so_many_turns);
    tcase_add_loop_test(network, an_answer_is_lost, FIRST_TURN, MOST_TURNS);
    tcase_add_loop_test(network, the_process_is_killed_before_an_answer, FIRST_TURN, MOST_TURNS);
    tcase_add_loop_test(network, rows_that_moved_are_looked_at_again, 9, 10);
    tcase_add_loop_test(network, what_somebody_did_meanwhile_is_not_done_again, 8, 13);
    tcase_add_loop_test(network, nothing_is_noted_behind_the_end, 8, 14);
    tcase_add_loop_test(network, databases_are_made_and_dropped_once, 8, 18);
    suite_add_tcase(suite, network);
    return suite;
}
