/* Revisions that cannot run in a transaction: each statement once, whatever breaks between two of them. */
#include "interrupt.h"

#include "base/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *stepwise_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE TABLE effects (what text);"
                        "CREATE TABLE stock (a int, b int);"
                        "CREATE INDEX old ON stock (a, b);"
                        "INSERT INTO stock SELECT i, i FROM generate_series(1, 100) i");
}

static void teardown(void)
{
    site_close(&site);
}

static const char invalid[] =
    "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid AND indrelid = 'stock'::regclass";
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
    site_holds(&site, invalid, "");
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

/* ---- index builds ---- */

static const char building[] =
    "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE command LIKE '%CONCURRENTLY')";

static void write_build(const char *statement)
{
    site_revision(&site, "0001", "none", statement, "DROP INDEX CONCURRENTLY built;");
}

/* A writer of the table, which a concurrent build waits for. */
static PGconn *start_writer(void)
{
    PGconn *writer = sql_connect(site.url);
    sql_exec(writer, "BEGIN");
    sql_exec(writer, "UPDATE stock SET a = a WHERE a = 1");
    return writer;
}

static struct program *start_build(void)
{
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, building);
    return program;
}

START_TEST(a_build_that_is_killed_is_made_again)
{
    PGconn *writer = start_writer();
    write_build("CREATE INDEX CONCURRENTLY built ON stock (a);");
    interrupt_when(&site, building);
    site_holds(&site, invalid, "built");
    PQfinish(writer);

    site_run(&site, 0, "upgrade");
    site_says(&site, "dropping the invalid index public.built");
    site_holds(&site, invalid, "");
    site_holds(&site, "SELECT count(*) FROM pg_indexes WHERE indexname = 'built'", "1");
}
END_TEST

START_TEST(a_leftover_of_somebody_else_is_built_anew)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    PGresult *refused = PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY built ON stock (a)");
    ck_assert_int_eq(PQresultStatus(refused), PGRES_FATAL_ERROR);
    PQclear(refused);
    site_holds(&site, invalid, "built");
    write_build("CREATE INDEX CONCURRENTLY IF NOT EXISTS built ON stock (a);");
    site_run(&site, 0, "upgrade");
    site_holds(&site, invalid, "");
    site_holds(&site, "SELECT indisunique FROM pg_index WHERE indexrelid = 'built'::regclass", "f");
}
END_TEST

START_TEST(what_a_failed_build_leaves_is_dropped)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    write_build("INSERT INTO effects VALUES ('once');\n\n  CREATE UNIQUE INDEX CONCURRENTLY built ON stock (a);");
    site_run(&site, 1, "upgrade");
    site_says(&site, "statement 2: could not create unique index \"built\"");
    site_says(&site, "SQLSTATE 23505");
    site_says(&site, "0001.sql:5:3");
    site_says(&site, "goes on with statement 2");
    site_holds(&site, invalid, "");
    site_at(&site, "");

    sql_exec(site.conn, "DELETE FROM stock WHERE ctid = (SELECT max(ctid) FROM stock WHERE a = 1)");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects", "once");
    site_holds(&site, invalid, "");
    site_at(&site, "0001");
}
END_TEST

START_TEST(without_a_name_only_its_own_leftover_is_dropped)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY theirs ON stock (a)"));
    write_build("CREATE UNIQUE INDEX CONCURRENTLY ON stock (a);");
    site_run(&site, 1, "upgrade");
    site_holds(&site, invalid, "theirs");
}
END_TEST

/* The crash fell behind the build: what is there is the index, or it is another of the same name. */
START_TEST(the_definition_decides)
{
    write_build("CREATE INDEX CONCURRENTLY built ON stock ((a + 1)) WHERE b > 0;");
    interrupt_before_answer(&site, relay, 12);
    interrupt_wait_alone(&site);
    site_holds(&site, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('built')", "t");
    site_holds(&site, "SELECT state FROM migrated.journal ORDER BY id DESC LIMIT 1", "started");
    if (_i == 1) {
        sql_exec(site.conn, "DROP INDEX built");
        sql_exec(site.conn, "CREATE INDEX built ON stock ((a + 2)) WHERE b > 0");
        site_run(&site, 1, "upgrade");
        site_says(&site, "public.built, which came since, is not what it would have made");
        site_run(&site, 0, "resume", "--show");
        site_printed(&site,
                     "0001 is half applied\n"
                     "  statement 1 started  CREATE INDEX CONCURRENTLY built ON stock ((a + 1)) WHERE b > 0;\n");
        site_run(&site, 0, "resume", "--mark-done", "1");
    } else {
        site_run(&site, 0, "upgrade");
    }
    site_at(&site, "0001");
    site_run(&site, 0, "resume");
    site_printed(&site, "nothing is half done\n");
}
END_TEST

/* An old snapshot, which a concurrent build waits for at its end, and dropping an index does not. */
static PGconn *start_reader(void)
{
    PGconn *reader = sql_connect(site.url);
    sql_exec(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    sql_exec(reader, "SELECT * FROM effects");
    return reader;
}

static void stop_a_build(void)
{
    site_set(&site, "MIGRATED_STOP_TIMEOUT=1s");
    write_build("CREATE INDEX CONCURRENTLY built ON stock (a);");
    struct program *program = start_build();
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    ck_assert_ptr_nonnull(strstr(program_err(program), "a concurrent index build is under way"));
    program_stop(program);
}

START_TEST(a_stopped_build_leaves_nothing)
{
    PGconn *reader = start_reader();
    stop_a_build();
    site_holds(&site, "SELECT count(*) FROM pg_class WHERE relname = 'built'", "0");
    site_holds(&site, "SELECT state FROM migrated.journal ORDER BY id DESC LIMIT 1", "failed");
    PQfinish(reader);
    site_run(&site, 0, "upgrade");
    site_at(&site, "0001");
}
END_TEST

/* What a writer keeps from being dropped is dropped by the next run. */
START_TEST(a_stopped_build_ends_in_time_all_the_same)
{
    PGconn *writer = start_writer();
    stop_a_build();
    PQfinish(writer);
    interrupt_wait_alone(&site);
    site_run(&site, 0, "upgrade");
    site_holds(&site, invalid, "");
    site_at(&site, "0001");
}
END_TEST

START_TEST(a_stopped_build_may_end_within_its_grace)
{
    PGconn *writer = start_writer();
    write_build("CREATE INDEX CONCURRENTLY built ON stock (a);\nINSERT INTO effects VALUES ('not begun');");
    struct program *program = start_build();
    program_signal(program, SIGTERM);
    program_wait_line(program, "a concurrent index build is under way", SITE_DEADLINE_MS);
    PQfinish(writer);
    site_ends(program, 143);
    site_holds(&site, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('built')", "t");
    site_holds(&site, "SELECT count(*) FROM effects", "0");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT count(*) FROM effects", "1");
}
END_TEST

START_TEST(a_build_waits_longer_than_a_role_allows)
{
    sql_exec(site.conn, "ALTER DATABASE %s SET lock_timeout = '50ms'", site.database);
    sql_exec(site.conn, "ALTER DATABASE %s SET statement_timeout = '100ms'", site.database);
    PGconn *writer = start_writer();
    write_build("CREATE INDEX CONCURRENTLY built ON stock (a);");
    struct program *program = start_build();
    site_wait(&site,
              "SELECT clock_timestamp() - query_start > '300ms' FROM pg_stat_activity WHERE query LIKE 'CREATE "
              "INDEX CONCURRENTLY built%'");
    PQfinish(writer);
    site_ends(program, 0);
}
END_TEST

/* An earlier revision has given back the lock; somebody else takes it and applies the rest meanwhile. */
START_TEST(the_lock_is_had_again_for_what_has_no_transaction)
{
    PGconn *writer = start_writer();
    site_revision(&site, "0001", "none", "SELECT pg_advisory_unlock_all();", NULL);
    site_revision(&site, "0002", "0001", "CREATE INDEX CONCURRENTLY built ON stock (a);", NULL);
    struct program *program = start_build();
    char *held = sql_value(site.conn,
                           "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND "
                           "granted AND classid::bigint << 32 | objid::bigint = %lld",
                           site_lock_key(&site));
    ck_assert_str_eq(held, "1");
    free(held);
    PQfinish(writer);
    site_ends(program, 0);
    site_at(&site, "0002");
}
END_TEST

/* Alembic, say, has applied it between our look and its first statement. */
START_TEST(rows_that_moved_are_looked_at_again)
{
    site_revision(&site, "0001", "none", "CREATE TABLE gate ();", NULL);
    site_revision(&site, "0002", "0001", "VACUUM stock;", NULL);
    struct program *program = interrupt_hold(&site, relay, _i);
    sql_exec(site.conn, "UPDATE alembic_version SET version_num = '0002'");
    relay_release(relay);
    site_ends(program, 0);
    site_at(&site, "0002");
    site_holds(&site, "SELECT count(*) FROM migrated.journal", "0");
}
END_TEST

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

START_TEST(a_person_says_run_it_again)
{
    break_off_in_the_procedure();
    site_run(&site, 0, "resume", "--redo", "2");
    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "first,called,called,last");
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
    write_build("INSERT INTO effects VALUES ('once');\nCREATE UNIQUE INDEX CONCURRENTLY built ON stock (a);");
    site_run(&site, 1, "upgrade");
    write_build("INSERT INTO effects VALUES ('once');\nCREATE INDEX built ON stock (a);");
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
    tcase_add_test(plain, a_build_that_is_killed_is_made_again);
    tcase_add_test(plain, a_leftover_of_somebody_else_is_built_anew);
    tcase_add_test(plain, what_a_failed_build_leaves_is_dropped);
    tcase_add_test(plain, without_a_name_only_its_own_leftover_is_dropped);
    tcase_add_test(plain, a_stopped_build_leaves_nothing);
    tcase_add_test(plain, a_stopped_build_ends_in_time_all_the_same);
    tcase_add_test(plain, a_stopped_build_may_end_within_its_grace);
    tcase_add_test(plain, a_build_waits_longer_than_a_role_allows);
    tcase_add_test(plain, the_lock_is_had_again_for_what_has_no_transaction);
    tcase_add_test(plain, a_procedure_may_commit);
    tcase_add_test(plain, a_person_says_it_was_done);
    tcase_add_test(plain, a_person_says_run_it_again);
    tcase_add_test(plain, a_failed_statement_may_be_mended);
    tcase_add_test(plain, a_done_statement_may_not_be_another);
    tcase_add_test(plain, a_mended_file_may_need_no_more_than_a_transaction);
    tcase_add_test(plain, a_stamp_settles_what_was_begun);
    tcase_add_test(plain, transaction_on_is_never_taken_apart);
    tcase_add_test(plain, what_is_no_command_is_never_taken_apart);
    tcase_add_test(plain, the_other_direction_waits_until_it_is_settled);
    tcase_add_test(plain, the_server_says_that_it_cannot_run_in_a_transaction);
    tcase_add_test(plain, a_function_cannot_do_it_at_all);
    tcase_add_test(plain, a_half_detached_partition_is_detached);
    suite_add_tcase(suite, plain);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_test(network, a_run_has_so_many_turns);
    tcase_add_loop_test(network, an_answer_is_lost, FIRST_TURN, MOST_TURNS);
    tcase_add_loop_test(network, the_process_is_killed_before_an_answer, FIRST_TURN, MOST_TURNS);
    tcase_add_loop_test(network, the_definition_decides, 0, 2);
    tcase_add_loop_test(network, rows_that_moved_are_looked_at_again, 9, 10);
    tcase_add_loop_test(network, databases_are_made_and_dropped_once, 8, 18);
    suite_add_tcase(suite, network);
    return suite;
}
