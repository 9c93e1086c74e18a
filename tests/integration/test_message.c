/* The message that carries a revision, against everything a revision, a role or a neighbour may do to it. */
#include "site.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

Suite *message_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE SCHEMA elsewhere; DO $$ BEGIN CREATE ROLE hostile NOLOGIN; EXCEPTION WHEN "
                        "duplicate_object THEN END $$; GRANT ALL ON SCHEMA public, elsewhere TO hostile");
}

static void teardown(void)
{
    site_close(&site);
}

/* The revision under test, and one behind it that shares its message. */
static void write_pair(const char *up)
{
    site_revision(&site, "a_hostile", "none", up, NULL);
    site_revision(
        &site, "b_after", "a_hostile",
        "CREATE TABLE behind (id int);\n"
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_prepared_statements) OR EXISTS (SELECT FROM pg_cursors WHERE "
        "name <> '') OR EXISTS (SELECT pg_listening_channels()) OR EXISTS (SELECT FROM pg_class WHERE "
        "relpersistence = 't' AND relkind = 'r') THEN RAISE 'something is left'; END IF; END $$;",
        NULL);
}

static const struct {
    const char *what, *up;
} harmless[] = {
    {"another role", "SET ROLE hostile; CREATE TABLE t (id int);"},
    {"another user", "SET SESSION AUTHORIZATION hostile; CREATE TABLE t (id int);"},
    {"another search_path", "SET search_path = elsewhere; CREATE TABLE t (id int);"},
    {"pg_dump's empty search_path", "SELECT pg_catalog.set_config('search_path', '', false);"},
    {"timeouts of its own", "SET lock_timeout = 1; SET statement_timeout = 1; SELECT pg_sleep(0.01);"},
    {"timeouts by function", "SELECT set_config('lock_timeout', '1', false);"},
    {"another encoding", "SET client_encoding = 'UTF8'; SELECT 'ä';"},
    {"settings reset", "RESET ALL;"},
    {"locks given back", "SELECT pg_advisory_unlock_all();"},
    {"a temporary table before the version table", "CREATE TEMP TABLE alembic_version (version_num text);"},
    {"a comment at the end", "SELECT 1; -- the end"},
    {"no semicolon at the end", "CREATE TABLE t (id int)"},
    {"nothing but a comment", "-- nothing"},
    {"a BEGIN and COMMIT around it", "BEGIN;\nCREATE TABLE t (id int);\nCOMMIT;"},
    {"a savepoint", "SAVEPOINT s; CREATE TABLE t (id int); ROLLBACK TO SAVEPOINT s;"},
    {"no strings as the standard wants them",
     "SELECT set_config('standard_conforming_strings', 'off', false); SELECT 1;"},
    {"an operator of its own",
     "CREATE FUNCTION elsewhere.no(text[], text[]) RETURNS bool LANGUAGE sql AS 'SELECT 1/0 = 1';\n"
     "CREATE OPERATOR elsewhere.= (LEFTARG = text[], RIGHTARG = text[], FUNCTION = elsewhere.no);\n"
     "CREATE FUNCTION elsewhere.no(text, text) RETURNS bool LANGUAGE sql AS 'SELECT 1/0 = 1';\n"
     "CREATE OPERATOR elsewhere.= (LEFTARG = text, RIGHTARG = text, FUNCTION = elsewhere.no);\n"
     "SET search_path = elsewhere, pg_catalog, public;"},
    {"session state left behind",
     "LISTEN somebody; PREPARE one AS SELECT 1; DECLARE held CURSOR WITH HOLD FOR SELECT 1;\n"
     "CREATE TEMP TABLE scratch (id int); CREATE TEMP SEQUENCE counter;"},
};

START_TEST(outlives)
{
    write_pair(harmless[_i].up);

    site_run(&site, 0, "upgrade");

    site_at(&site, "b_after");
    site_history(&site, "a_hostile upgrade applied,b_after upgrade applied");
    site_holds(&site, "SELECT schemaname || ' ' || tableowner FROM pg_tables WHERE tablename = 'behind'",
               "public postgres");
}
END_TEST

static const struct {
    const char *what, *up, *says;
} harmful[] = {
    {"the version table dropped", "DROP TABLE alembic_version;", "42P01"},
    {"a stray version row", "INSERT INTO alembic_version VALUES ('stray');", "changes the version rows itself"},
    {"the version rows moved", "INSERT INTO public.alembic_version VALUES ('b_after');", "changes the version rows"},
    {"a read-only transaction", "CREATE TABLE t (id int); SET TRANSACTION READ ONLY;", "25006"},
    {"COMMIT in a DO", "CREATE TABLE t (id int); DO $$ BEGIN COMMIT; END $$;", "2D000"},
    {"COMMIT in a procedure",
     "CREATE TABLE t (id int); CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'; CALL p();", "2D000"},
    {"the history row gone", "CREATE TABLE t (id int); DELETE FROM migrated.history;", "ended its own transaction"},
    {"a deferred constraint",
     "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES "
     "(1, 2);",
     "failed at its end"},
    {"the books dropped", "DROP SCHEMA migrated CASCADE;", "42P01"},
};

START_TEST(refuses)
{
    write_pair(harmful[_i].up);

    site_run(&site, 1, "upgrade");

    site_says(&site, harmful[_i].says);
    site_says(&site, "a_hostile");
    site_at(&site, "");
    site_history(&site, "a_hostile upgrade failed");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE tablename IN ('t', 'behind')", "0");
}
END_TEST

START_TEST(outlives_the_defaults_of_a_database)
{
    static const char *const settings[] = {
        "default_transaction_isolation = serializable",
        "default_transaction_read_only = on",
        "default_transaction_deferrable = on",
        "statement_timeout = '150ms'",
        "lock_timeout = 1",
        "idle_in_transaction_session_timeout = 1",
        "synchronous_commit = off",
        "search_path = public, elsewhere",
        "bytea_output = escape",
        "extra_float_digits = -15",
        "DateStyle = 'SQL, DMY'",
        "IntervalStyle = iso_8601",
        "row_security = off",
        "quote_all_identifiers = on",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        sql_exec(site.conn, "ALTER DATABASE %s SET %s", site.database, settings[i]);
    if (PQserverVersion(site.conn) >= 140000)
        sql_exec(site.conn, "ALTER DATABASE %s SET idle_session_timeout = '30s'", site.database);
    if (PQserverVersion(site.conn) >= 170000)
        sql_exec(site.conn, "ALTER DATABASE %s SET transaction_timeout = '150ms'", site.database);
    write_pair("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NEW; "
               "END';\n"
               "CREATE TABLE t (id int);\n"
               "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
               "FUNCTION slow();\n"
               "INSERT INTO t VALUES (1);\nSELECT pg_sleep(0.2);");

    site_run(&site, 0, "upgrade", "b_after", "--max-message", "1kB");
    site_at(&site, "b_after");
    site_run(&site, 0, "check");
    site_run(&site, 0, "stamp", "a_hostile");
    site_run(&site, 0, "stamp", "--purge", "b_after");
    site_history(&site,
                 "a_hostile upgrade applied,b_after upgrade applied,a_hostile stamp stamped,b_after stamp stamped");
}
END_TEST

/* Deferred triggers run at COMMIT, behind RESET ALL: the role's own lock_timeout must not be back by then. */
/* First of all, behind the RESET ALL of another, and where no transaction holds them. */
START_TEST(the_server_notices_a_network_that_is_gone)
{
    static const char *const noting =
        "INSERT INTO noted SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings "
        "WHERE name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', "
        "'tcp_keepalives_count', 'tcp_user_timeout');";
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true});
    struct site remote;
    site_open_on(&remote, cluster);
    sql_exec(remote.conn, "CREATE TABLE noted (settings text)");
    site_revision(&remote, "a", "none", noting, NULL);
    site_revision(&remote, "b", "a", noting, NULL);
    struct text outside = {0};
    text_addf(&outside, "-- revision: c\n-- down_revision: b\n-- transaction: off\n%s", noting);
    site_write(&remote, "c.sql", text_string(&outside));
    text_finish(&outside);
    site_run(&remote, 0, "upgrade", NULL);
    char *noted = sql_names(remote.conn, "SELECT settings FROM noted");
    ck_assert_str_eq(noted, "4 15 5 30000,4 15 5 30000,4 15 5 30000");
    free(noted);
    site_close(&remote);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(waits_at_commit_as_long_as_configured)
{
    sql_exec(site.conn, "ALTER DATABASE %s SET lock_timeout = 1", site.database);
    sql_exec(site.conn, "SELECT pg_advisory_lock(7)");
    write_pair("CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7); "
               "RETURN NULL; END';\n"
               "CREATE TABLE t (id int);\n"
               "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
               "FUNCTION late();\nINSERT INTO t VALUES (1);");
    struct program *program =
        program_start(&site.options, "upgrade", "--lock-timeout", "30s", "--max-retries", "0", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
                     "wait_event = 'advisory' AND now() - query_start > '100ms')");
    sql_exec(site.conn, "SELECT pg_advisory_unlock(7)");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    site_at(&site, "b_after");
    program_stop(program);
}
END_TEST

/* ---- neighbours ---- */

/* A neighbour holds the version table as Alembic does while it writes, until the upgrade stands before it. */
static struct program *start_behind_neighbour(PGconn *neighbour)
{
    site_revision(&site, "a_one", "none", "CREATE TABLE one (id int);", NULL);
    site_run(&site, 0, "upgrade");
    site_revision(&site, "b_two", "a_one", "CREATE TABLE two (id int);", NULL);
    site_revision(&site, "c_three", "b_two", "CREATE TABLE three (id int);", NULL);
    sql_exec(neighbour, "BEGIN; LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site,
              "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'alembic_version'::regclass AND NOT granted)");
    return program;
}

START_TEST(plans_again_when_the_rows_have_moved)
{
    PGconn *neighbour = sql_connect(site.url);
    struct program *program = start_behind_neighbour(neighbour);

    sql_exec(neighbour, "UPDATE alembic_version SET version_num = 'b_two'; COMMIT");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    ck_assert_str_eq(program_out(program), "c_three applied\nJob completed successfully: 1 revision\n");
    site_at(&site, "c_three");
    site_holds(&site, "SELECT to_regclass('two') IS NULL", "t");
    program_stop(program);
    PQfinish(neighbour);
}
END_TEST

START_TEST(stops_before_rows_that_it_does_not_know)
{
    PGconn *neighbour = sql_connect(site.url);
    struct program *program = start_behind_neighbour(neighbour);

    sql_exec(neighbour, "INSERT INTO alembic_version VALUES ('f00d'); COMMIT");

    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 65);
    ck_assert_msg(strstr(program_err(program), "f00d") != NULL, "%s", program_err(program));
    site_at(&site, "a_one,f00d");
    site_holds(&site, "SELECT to_regclass('two') IS NULL", "t");
    program_stop(program);
    PQfinish(neighbour);
}
END_TEST

/* The file lets the session lock go; somebody else has it when the next revision comes. */
START_TEST(waits_for_a_lock_that_it_has_lost)
{
    PGconn *neighbour = sql_connect(site.url);
    site_revision(&site, "a_one", "none",
                  "SELECT pg_advisory_unlock_all();\nSELECT pg_advisory_unlock_all() FROM pg_sleep(0.01);", NULL);
    site_run(&site, 0, "upgrade");
    sql_exec(neighbour, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    site_revision(&site, "b_two", "a_one", "CREATE TABLE two (id int);", NULL);

    struct program *program = program_start(&site.options, "upgrade", NULL);
    const char *line = program_wait_line(program, "waiting for the lock", SITE_DEADLINE_MS);
    char *pid = sql_value(neighbour, "SELECT 'pid ' || pg_backend_pid()");
    ck_assert_msg(strstr(line, pid) != NULL, "%s", line);
    sql_exec(neighbour, "SELECT pg_advisory_unlock_all()");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    site_at(&site, "b_two");
    program_stop(program);
    PQfinish(neighbour);
    free(pid);
}
END_TEST

Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tests = tcase_create("message");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, outlives, 0, sizeof harmless / sizeof *harmless);
    tcase_add_loop_test(tests, refuses, 0, sizeof harmful / sizeof *harmful);
    tcase_add_test(tests, outlives_the_defaults_of_a_database);
    tcase_add_test(tests, the_server_notices_a_network_that_is_gone);
    tcase_add_test(tests, waits_at_commit_as_long_as_configured);
    tcase_add_test(tests, plans_again_when_the_rows_have_moved);
    tcase_add_test(tests, stops_before_rows_that_it_does_not_know);
    tcase_add_test(tests, waits_for_a_lock_that_it_has_lost);
    suite_add_tcase(suite, tests);
    return suite;
}
