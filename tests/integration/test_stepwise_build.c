/* Concurrent index builds: what breaks off is dropped and made again, what is stopped leaves nothing. */
#include "stepwise.h"

#include "base/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *stepwise_build_suite(void);

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
    site_holds(&site, stepwise_invalid, "built");
    PQfinish(writer);

    site_run(&site, 0, "upgrade");
    site_says(&site, "dropping the invalid index public.built");
    site_holds(&site, stepwise_invalid, "");
    site_holds(&site, "SELECT count(*) FROM pg_indexes WHERE indexname = 'built'", "1");
}
END_TEST

/* Of every index of the schema, also of the table behind it that holds long values; and nothing else. */
static const char *const reindexes[] = {"REINDEX SCHEMA CONCURRENTLY public;", "REINDEX TABLE CONCURRENTLY stock;"};

#define MANY_INDEXES 12

/* Before 14 the server does not see that its client is gone. */
static void end_reindexing(void)
{
    sql_exec(site.conn,
             "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX%%' "
             "AND datname = current_database(); END $$");
    site_wait(&site, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'REINDEX%' AND datname = "
                     "current_database())");
}

static const char invalid_in_all[] = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

START_TEST(what_a_reindex_left_is_dropped)
{
    sql_exec(site.conn, "ALTER TABLE stock ADD COLUMN c text");
    for (int i = 0; i < MANY_INDEXES; i++)
        sql_exec(site.conn, "CREATE INDEX many_%d ON stock (a, (b + %d))", i, i);
    PGconn *writer = start_writer();
    site_revision(&site, "0001", "none", reindexes[_i], NULL);
    interrupt_when(&site, building);
    end_reindexing();
    PQfinish(writer);
    site_holds(&site,
               "SELECT count(*) FROM pg_index x JOIN pg_class i ON i.oid = indexrelid WHERE NOT indisvalid AND "
               "i.relname LIKE '%\\_ccnew' AND (i.relname LIKE 'pg_toast%' OR indrelid = 'stock'::regclass)",
               "14");

    site_run(&site, 0, "upgrade");
    site_says(&site, "dropping the invalid index public.many_11_ccnew");
    site_says(&site, "dropping the invalid index pg_toast.");
    site_holds(&site, invalid_in_all, "0");
    site_at(&site, "0001");
}
END_TEST

START_TEST(another_roles_leftover_is_named_and_kept)
{
    char role[96];
    snprintf(role, sizeof role, "reindexer_%s", site.database);
    sql_exec(site.conn, "CREATE SCHEMA other; CREATE TABLE other.theirs AS SELECT a FROM stock UNION ALL SELECT 1");
    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY theirs_ccnew ON other.theirs (a)"));
    sql_exec(site.conn, "CREATE ROLE \"%s\" LOGIN; ALTER DATABASE \"%s\" OWNER TO \"%s\"", role, site.database, role);
    sql_exec(site.conn, "GRANT CREATE ON SCHEMA public TO \"%s\"", role);
    site_use_url(&site, "postgresql://%s@127.0.0.1:%d/%s", role, cluster_port(cluster_shared()), site.database);
    struct text up = {0};
    text_addf(&up, "REINDEX DATABASE CONCURRENTLY \"%s\";", site.database);
    site_revision(&site, "0001", "none", text_string(&up), NULL);
    text_finish(&up);
    site_run(&site, 0, "upgrade");
    site_says(&site, "left the invalid index other.theirs_ccnew, which this role may not drop; its owner (in "
                     "pg_toast a superuser) should: DROP "
                     "INDEX CONCURRENTLY other.theirs_ccnew");
    site_holds(&site, invalid_in_all, "1");
}
END_TEST

START_TEST(a_leftover_of_somebody_else_is_built_anew)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    PGresult *refused = PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY built ON stock (a)");
    ck_assert_int_eq(PQresultStatus(refused), PGRES_FATAL_ERROR);
    PQclear(refused);
    site_holds(&site, stepwise_invalid, "built");
    write_build("CREATE INDEX CONCURRENTLY IF NOT EXISTS built ON stock (a);");
    site_run(&site, 0, "upgrade");
    site_holds(&site, stepwise_invalid, "");
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
    site_holds(&site, stepwise_invalid, "");
    site_at(&site, "");

    sql_exec(site.conn, "DELETE FROM stock WHERE ctid = (SELECT max(ctid) FROM stock WHERE a = 1)");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT what FROM effects", "once");
    site_holds(&site, stepwise_invalid, "");
    site_at(&site, "0001");
}
END_TEST

START_TEST(without_a_name_only_its_own_leftover_is_dropped)
{
    sql_exec(site.conn, "INSERT INTO stock VALUES (1, 1)");
    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY theirs ON stock (a)"));
    write_build("CREATE UNIQUE INDEX CONCURRENTLY ON stock (a);");
    site_run(&site, 1, "upgrade");
    site_holds(&site, stepwise_invalid, "theirs");
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
        site_prints(&site, "0001 is half applied\n"
                           "  statement 1 started  CREATE INDEX CONCURRENTLY built ON stock ((a + 1)) WHERE b > 0;\n"
                           "    row ");
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

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

/* A time limit, then a signal: the grace goes on, and does not begin anew. */
START_TEST(a_build_is_stopped_but_once)
{
    static const char grace[] = "a concurrent index build is under way";
    PGconn *reader = start_reader();
    site_set(&site, "MIGRATED_STOP_TIMEOUT=4s");
    write_build("CREATE INDEX CONCURRENTLY built ON stock (a);");
    struct program *program = program_start(&site.options, "upgrade", "--timeout", "1s", NULL);
    program_wait_line(program, grace, SITE_DEADLINE_MS);
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 1);
    ck_assert_uint_eq(count_of(program_err(program), grace), 1);
    program_stop(program);
    PQfinish(reader);
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
    site_holds(&site, stepwise_invalid, "");
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

Suite *stepwise_build_suite(void)
{
    Suite *suite = suite_create("stepwise_build");
    TCase *plain = tcase_create("plain"), *network = tcase_create("network");
    tcase_set_timeout(plain, 60);
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, a_build_that_is_killed_is_made_again);
    tcase_add_loop_test(plain, what_a_reindex_left_is_dropped, 0, sizeof reindexes / sizeof *reindexes);
    tcase_add_test(plain, another_roles_leftover_is_named_and_kept);
    tcase_add_test(plain, a_leftover_of_somebody_else_is_built_anew);
    tcase_add_test(plain, what_a_failed_build_leaves_is_dropped);
    tcase_add_test(plain, without_a_name_only_its_own_leftover_is_dropped);
    tcase_add_test(plain, a_stopped_build_leaves_nothing);
    tcase_add_test(plain, a_build_is_stopped_but_once);
    tcase_add_test(plain, a_stopped_build_ends_in_time_all_the_same);
    tcase_add_test(plain, a_stopped_build_may_end_within_its_grace);
    tcase_add_test(plain, a_build_waits_longer_than_a_role_allows);
    tcase_add_test(plain, the_lock_is_had_again_for_what_has_no_transaction);
    suite_add_tcase(suite, plain);

    tcase_set_timeout(network, 60);
    tcase_add_checked_fixture(network, setup_relay, teardown_relay);
    tcase_add_loop_test(network, the_definition_decides, 0, 2);
    suite_add_tcase(suite, network);
    return suite;
}
