/*
 * Before a table is locked: whoever will keep it is waited for, and nobody queues meanwhile. The server logs every wait of
 * a millisecond.
 */
#include "base/text.h"
#include "site.h"
#include "support/relay.h"
#include "support/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *preflight_suite(void);

static const char *const settings[] = {"max_prepared_transactions=4", "log_lock_waits=on", "deadlock_timeout=1ms",
                                       "autovacuum_naptime=1s", NULL};

static struct cluster *cluster;
static struct site site;
static PGconn *holder;

static void setup(void)
{
    cluster = cluster_start(&(struct cluster_options){.tcp = true, .settings = settings});
    site_open_on(&site, cluster);
    sql_exec(site.conn, "CREATE TABLE stock (a int) WITH (autovacuum_enabled = off)");
    sql_exec(site.conn, "INSERT INTO stock SELECT generate_series(1, 10000)");
    site_revision(&site, "0001", "none", "ALTER TABLE stock ADD COLUMN b int;", NULL);
    holder = sql_connect(site.url);
}

static void teardown(void)
{
    PQfinish(holder);
    site_close(&site);
    cluster_destroy(cluster);
}

static void wait_until_old(void)
{
    site_wait(&site, "SELECT bool_or(clock_timestamp() - began > '1100ms') FROM (SELECT xact_start AS began FROM "
                     "pg_stat_activity WHERE application_name = 'report' UNION ALL SELECT prepared FROM "
                     "pg_prepared_xacts) AS x");
}

static void hold(const char *sql)
{
    sql_exec(holder, "SET application_name = 'report'");
    sql_exec(holder, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    sql_exec(holder, "%s", sql);
}

/* Did anybody wait for this table's lock? */
static bool somebody_queued(void)
{
    char *log = cluster_log(cluster);
    bool queued = strstr(log, "still waiting for AccessExclusiveLock") != NULL ||
                  strstr(log, "still waiting for ShareLock") != NULL ||
                  strstr(log, "still waiting for ShareRowExclusiveLock") != NULL;
    free(log);
    return queued;
}

static struct program *wait_for_two_tries(const char *words)
{
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, words, SITE_DEADLINE_MS);
    program_wait_line(program, "trying again: revision 0001 would wait for a lock on stock", SITE_DEADLINE_MS);
    return program;
}

static void goes_through(struct program *program)
{
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    ck_assert_msg(!somebody_queued(), "%s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
}

static const struct {
    const char *held, *up;
} conflicts[] = {
    {"SELECT * FROM stock", "ALTER TABLE stock ADD COLUMN b int;"},
    {"SELECT * FROM stock", "CREATE TABLE fresh (a int); ALTER TABLE fresh ADD b int; TRUNCATE fresh, stock;"},
    {"SELECT * FROM stock", "CREATE TABLE IF NOT EXISTS stock (a int); ALTER TABLE stock ADD IF NOT EXISTS b int;"},
    {"INSERT INTO stock VALUES (1)", "CREATE INDEX ON public.stock (a);"},
    {"INSERT INTO stock VALUES (1)", "SET search_path = public; CREATE TRIGGER t BEFORE INSERT ON stock EXECUTE "
                                     "FUNCTION suppress_redundant_updates_trigger();"},
    {"DECLARE c CURSOR FOR SELECT * FROM stock",
     "SELECT set_config('standard_conforming_strings', 'off', false); DROP TABLE \"stock\";"},
};

START_TEST(a_long_transaction_is_waited_for)
{
    site_revision(&site, "0001", "none", conflicts[_i].up, NULL);
    hold(conflicts[_i].held);
    wait_until_old();
    struct program *program = wait_for_two_tries("waiting for a lock held by pid");
    ck_assert_ptr_nonnull(strstr(program_err(program), "(report, postgres) idle in transaction for "));
    site_holds(&site, "SELECT count(*) >= 10000 FROM stock", "t");
    sql_exec(holder, "COMMIT");
    goes_through(program);
}
END_TEST

/* What does not conflict, is young, or is the revision's own. */
static const struct {
    const char *held, *up;
} peaceful[] = {
    {"SELECT * FROM stock", "CREATE INDEX ON stock (a);"},
    {"SELECT * FROM stock", "ALTER TABLE stock ALTER a SET STATISTICS 100;"},
    {"SELECT * FROM stock", "CREATE TABLE parts (a int PRIMARY KEY); ALTER TABLE parts ADD COLUMN b int;"},
    {"SELECT * FROM other.stock", "ALTER TABLE stock ADD COLUMN b int;"},
};

/* Where one long transaction follows the other, there is never a moment without: the next is met by the ladder. */
START_TEST(who_comes_after_him_is_not_waited_for)
{
    hold("SELECT * FROM stock");
    wait_until_old();
    struct program *program = wait_for_two_tries("report");
    PGconn *next = sql_connect(site.url);
    sql_exec(next, "SET application_name = 'next'");
    sql_exec(next, "BEGIN");
    sql_exec(next, "SELECT * FROM stock");
    site_wait(&site, "SELECT bool_or(clock_timestamp() - xact_start > '1100ms') FROM pg_stat_activity WHERE "
                     "application_name = 'next'");
    sql_exec(holder, "COMMIT");
    program_wait_line(program, "canceling statement due to lock timeout", SITE_DEADLINE_MS);
    sql_exec(next, "COMMIT");
    PQfinish(next);
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
}
END_TEST

START_TEST(nobody_waits_without_need)
{
    site_revision(&site, "0001", "none", peaceful[_i].up, NULL);
    sql_exec(site.conn, "CREATE SCHEMA other; CREATE TABLE other.stock (a int)");
    hold(peaceful[_i].held);
    wait_until_old();
    site_run(&site, 0, "upgrade", "--max-retries", "0");
    ck_assert(!somebody_queued());
}
END_TEST

START_TEST(a_name_means_what_it_means_where_it_stands)
{
    sql_exec(site.conn, "CREATE SCHEMA other; CREATE TABLE other.stock (a int)");
    site_revision(&site, "0001", "none", "SET search_path = other; ALTER TABLE stock ADD COLUMN b int;", NULL);
    hold("SELECT * FROM public.stock");
    wait_until_old();
    site_run(&site, 0, "upgrade", "--max-retries", "0");
    site_holds(&site, "SELECT attname FROM pg_attribute WHERE attrelid = 'other.stock'::regclass AND attnum = 2",
               "b");
}
END_TEST

/* A partition, a partition's own, a table that inherits, and what inherits from it; the revision names the first alone. */
static const struct {
    const char *tables, *held;
} families[] = {
    {"CREATE TABLE sales (a int) PARTITION BY LIST (a); CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1)",
     "sales_1"},
    {"CREATE TABLE sales (a int) PARTITION BY LIST (a); CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1) "
     "PARTITION BY LIST (a); CREATE TABLE sales_1_1 PARTITION OF sales_1 FOR VALUES IN (1)",
     "sales_1_1"},
    {"CREATE TABLE sales (a int); CREATE TABLE sales_old () INHERITS (sales)", "sales_old"},
    {"CREATE TABLE sales (a int); CREATE TABLE sales_old () INHERITS (sales); CREATE TABLE sales_oldest () INHERITS "
     "(sales_old)",
     "sales_oldest"},
};

START_TEST(what_is_below_a_table_is_a_part_of_it)
{
    struct text held = {0}, said = {0};
    sql_exec(site.conn, "%s", families[_i].tables);
    site_revision(&site, "0001", "none", "ALTER TABLE sales ADD COLUMN b int;", NULL);
    text_addf(&held, "SELECT * FROM %s", families[_i].held);
    text_addf(&said, "0001.sql:3:1: error: revision 0001 would wait for a lock on %s, and", families[_i].held);
    hold(text_string(&held));
    wait_until_old();
    site_run(&site, 75, "upgrade", "--max-retries", "0");
    site_says(&site, text_string(&said));
    site_says(&site, "55P03");
    ck_assert(!somebody_queued());
    text_finish(&held);
    text_finish(&said);
}
END_TEST

START_TEST(a_prepared_transaction_is_waited_for)
{
    sql_exec(holder, "BEGIN; INSERT INTO stock VALUES (1); PREPARE TRANSACTION 'transfer'");
    wait_until_old();
    struct program *program =
        wait_for_two_tries("waiting for a lock held by the prepared transaction 'transfer' (postgres)");
    sql_exec(holder, "COMMIT PREPARED 'transfer'");
    goes_through(program);
}
END_TEST

static int major_of_pg_dump(void)
{
    struct program_result result;
    program_run(&result, &(struct program_options){.path = "pg_dump"}, SITE_DEADLINE_MS, "--version", NULL);
    const char *number = strpbrk(result.out, "0123456789");
    int major = number == NULL ? 0 : atoi(number);
    program_result_finish(&result);
    return major;
}

/* It holds one table, and waits for the other one, which the holder has: from its first moment on. */
START_TEST(a_dump_is_waited_for)
{
    if (PQserverVersion(site.conn) / 10000 > major_of_pg_dump())
        return;
    sql_exec(site.conn, "CREATE TABLE tail (a int)");
    sql_exec(holder, "BEGIN; LOCK TABLE tail");
    struct program *dump = program_start(&(struct program_options){.path = "pg_dump"}, "-d", site.url, NULL);
    site_wait(&site, "SELECT count(*) = 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE relation = "
                     "'stock'::regclass AND application_name = 'pg_dump'");
    struct program *program = wait_for_two_tries("waiting for a lock held by pid");
    ck_assert_ptr_nonnull(strstr(program_err(program), "(pg_dump, postgres)"));
    ck_assert_ptr_nonnull(strstr(program_err(program), "a dump, it keeps its locks to its end); behind pid "));
    sql_exec(holder, "COMMIT");
    ck_assert_msg(program_wait(dump, SITE_DEADLINE_MS) == 0, "%s", program_err(dump));
    program_stop(dump);
    goes_through(program);
}
END_TEST

/* A real one, which takes its time. */
START_TEST(a_vacuum_against_wraparound_is_waited_for)
{
    sql_exec(site.conn, "SET synchronous_commit = off");
    sql_exec(site.conn,
             "ALTER TABLE stock SET (autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100, "
             "autovacuum_vacuum_cost_limit = 1)");
    sql_exec(site.conn,
             "DO $$ BEGIN FOR i IN 1 .. 100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    site_wait(&site,
              "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM %stock (to prevent "
              "wraparound)'");
    struct program *program = wait_for_two_tries("it prevents wraparound and gives way to nobody");
    sql_exec(site.conn, "UPDATE pg_class SET reloptions = '{autovacuum_enabled=off}' WHERE oid = 'stock'::regclass");
    sql_exec(site.conn,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'autovacuum: %%stock %%'");
    goes_through(program);
}
END_TEST

/* An ordinary one would take minutes: the server ends it for those who wait longer than its deadlock_timeout. */
START_TEST(a_vacuum_is_waited_out_until_the_server_ends_it)
{
    sql_exec(site.conn, "ALTER DATABASE %s SET deadlock_timeout = '700ms'", site.database);
    sql_exec(site.conn, "INSERT INTO stock SELECT generate_series(1, 200000)");
    sql_exec(site.conn, "DELETE FROM stock");
    sql_exec(site.conn, "ALTER TABLE stock SET (autovacuum_enabled = on, autovacuum_vacuum_cost_delay = 100, "
                        "autovacuum_vacuum_cost_limit = 1)");
    site_wait(&site, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM %stock'");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    ck_assert_ptr_nonnull(strstr(program_err(program), "it gives way to who waits longer than deadlock_timeout"));
    program_stop(program);
    site_at(&site, "0001");
    char *log = cluster_log(cluster);
    ck_assert_ptr_nonnull(strstr(log, "canceling autovacuum task"));
    free(log);
}
END_TEST

/* A role that owns the table, and may not see what others do. */
static void become_plain(void)
{
    sql_exec(
        site.conn,
        "CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA public TO plain; GRANT CREATE ON DATABASE %s TO plain; ALTER "
        "TABLE stock OWNER TO plain",
        site.database);
    site_use_url(&site, "postgresql://plain@127.0.0.1:%d/%s", cluster_port(cluster), site.database);
}

START_TEST(a_dump_is_seen_by_everybody)
{
    become_plain();
    sql_exec(holder, "SET application_name = 'pg_dump'");
    sql_exec(holder, "BEGIN; LOCK TABLE stock IN ACCESS SHARE MODE");
    struct program *program = wait_for_two_tries("waiting for a lock held by pid");
    ck_assert_ptr_nonnull(
        strstr(program_err(program), "(pg_dump, postgres), the rest needs GRANT pg_read_all_stats"));
    sql_exec(holder, "COMMIT");
    goes_through(program);
}
END_TEST

/* ---- what it costs, and where it cannot help ---- */

static long turns_of(struct relay *relay, const char *up)
{
    long before = relay_turns(relay);
    site_revision(&site, "0001", "none", up, NULL);
    site_run(&site, 0, "upgrade");
    long turns = relay_turns(relay) - before;
    sql_exec(site.conn, "DROP SCHEMA migrated CASCADE; DROP TABLE alembic_version");
    return turns;
}

START_TEST(it_costs_no_round_trip)
{
    char target[64];
    snprintf(target, sizeof target, "127.0.0.1:%d", cluster_port(cluster));
    struct relay *relay = relay_start(target);
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s", relay_port(relay), site.database);
    long without = turns_of(relay, "SELECT 1;");
    ck_assert_int_eq(turns_of(relay, "ALTER TABLE stock ADD COLUMN b int;"), without);
    relay_stop(relay);
}
END_TEST

#define MANY 2000

/* Each name is looked up once, not once for each lock of the server. */
START_TEST(many_names_and_many_locks_are_looked_through_at_once)
{
    struct text up = {0};
    sql_exec(site.conn,
             "DO $$ BEGIN FOR i IN 1 .. %d LOOP EXECUTE format('CREATE TABLE other_%%s ()', i); END LOOP; END $$",
             MANY);
    hold("DO $$ BEGIN FOR i IN 1 .. 2000 LOOP EXECUTE format('LOCK TABLE other_%s IN ACCESS SHARE MODE', i); END "
         "LOOP; END $$");
    wait_until_old();
    for (int i = 0; i < MANY; i++)
        text_addf(&up, "DROP TABLE IF EXISTS gone_%d;\n", i);
    site_revision(&site, "0001", "none", text_string(&up), NULL);
    text_finish(&up);
    site_run(&site, 0, "upgrade", "--statement-timeout", "1500ms");
    ck_assert_ptr_null(strstr(site.result.err, "cannot be seen"));
}
END_TEST

START_TEST(the_ladder_is_left_where_nobody_may_look)
{
    become_plain();
    sql_exec(site.conn, "REVOKE EXECUTE ON FUNCTION pg_prepared_xact() FROM PUBLIC");
    hold("SELECT * FROM stock");
    wait_until_old();
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, "who holds a table cannot be seen before it is locked: revision 0001",
                      SITE_DEADLINE_MS);
    program_wait_line(program, "canceling statement due to lock timeout", SITE_DEADLINE_MS);
    sql_exec(holder, "COMMIT");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
}
END_TEST

START_TEST(a_long_lock_timeout_is_patience_enough)
{
    hold("SELECT * FROM stock");
    wait_until_old();
    struct program *program = program_start(&site.options, "upgrade", "--lock-timeout", "1min", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'stock'::regclass AND NOT granted)");
    sql_exec(holder, "COMMIT");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
}
END_TEST

/* ---- what on_blocked makes of it ---- */

START_TEST(gives_up_when_it_is_told_to)
{
    hold("SELECT * FROM stock");
    wait_until_old();
    site_run(&site, 75, "upgrade", "--on-blocked", "fail");
    site_says(&site, "0001.sql:3:1: error: revision 0001 would wait for a lock on stock");
    site_says(&site, "\nblocked by pid ");
    site_says(&site, "(report, postgres) idle in transaction for ");
    site_history(&site, "0001 upgrade failed");
    ck_assert(!somebody_queued());
}
END_TEST

START_TEST(ends_who_is_idle_when_it_is_told_to)
{
    hold("SELECT * FROM stock");
    wait_until_old();
    site_run(&site, 0, "upgrade", "--on-blocked", "cancel_idle");
    site_says(&site, "on_blocked = cancel_idle: ending the session of pid");
    ck_assert(!somebody_queued());
    site_at(&site, "0001");
}
END_TEST

START_TEST(the_time_limit_ends_it)
{
    char limit[WAIT_DURATION_SIZE];
    hold("SELECT * FROM stock");
    wait_until_old();
    site_run(&site, 75, "upgrade", "--timeout", wait_duration(2000, limit));
    site_says(&site, "would wait for a lock on stock");
    site_at(&site, "");
    ck_assert(!somebody_queued());
}
END_TEST

START_TEST(statement_by_statement_too)
{
    site_write(
        &site, "0001.sql",
        "-- down_revision: none\n-- transaction: off\nCREATE TABLE first (a int);\nALTER TABLE stock ADD b int;\n");
    hold("SELECT * FROM stock");
    wait_until_old();
    struct program *program = wait_for_two_tries("waiting for a lock held by pid");
    site_holds(&site, "SELECT to_regclass('first') IS NOT NULL", "t");
    sql_exec(holder, "COMMIT");
    goes_through(program);
}
END_TEST

Suite *preflight_suite(void)
{
    Suite *suite = suite_create("preflight");
    TCase *tests = tcase_create("preflight");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_long_transaction_is_waited_for, 0, sizeof conflicts / sizeof *conflicts);
    tcase_add_test(tests, who_comes_after_him_is_not_waited_for);
    tcase_add_loop_test(tests, nobody_waits_without_need, 0, sizeof peaceful / sizeof *peaceful);
    tcase_add_test(tests, a_name_means_what_it_means_where_it_stands);
    tcase_add_loop_test(tests, what_is_below_a_table_is_a_part_of_it, 0, sizeof families / sizeof *families);
    tcase_add_test(tests, a_prepared_transaction_is_waited_for);
    tcase_add_test(tests, a_dump_is_waited_for);
    tcase_add_test(tests, a_dump_is_seen_by_everybody);
    tcase_add_test(tests, a_vacuum_against_wraparound_is_waited_for);
    tcase_add_test(tests, a_vacuum_is_waited_out_until_the_server_ends_it);
    tcase_add_test(tests, it_costs_no_round_trip);
    tcase_add_test(tests, many_names_and_many_locks_are_looked_through_at_once);
    tcase_add_test(tests, the_ladder_is_left_where_nobody_may_look);
    tcase_add_test(tests, a_long_lock_timeout_is_patience_enough);
    tcase_add_test(tests, gives_up_when_it_is_told_to);
    tcase_add_test(tests, ends_who_is_idle_when_it_is_told_to);
    tcase_add_test(tests, the_time_limit_ends_it);
    tcase_add_test(tests, statement_by_statement_too);
    suite_add_tcase(suite, tests);
    return suite;
}
