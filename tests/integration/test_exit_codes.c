/* One test for each exit code that applying can end with. */
#include "site.h"

#include "support/wait.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *exit_codes_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int); ALTER TABLE ta ADD COLUMN more int;",
                  "DROP TABLE tb; ALTER TABLE ta DROP COLUMN more;");
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(in_sync_and_not)
{
    site_run(&site, 3, "check");
    site_prints(&site, "2 revisions pending: a, b");
    site_run(&site, 3, "check", "--json");
    site_prints(&site, "\"pending\":2");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
}
END_TEST

static const struct {
    const char *words[4];
    int status;
} usages[] = {
    {{"upgrade", "nowhere"}, 64},
    {{"upgrade", "--tiemout", "1s"}, 64},
    {{"upgrade", "a", "b"}, 64},
    {{"upgrade", "--timeout", "soon"}, 64},
    {{"upgrade", "--max-retries", "-1"}, 64},
    {{"downgrade"}, 64},
    {{"stamp"}, 64},
    {{"plan", "nowhere"}, 64},
    {{"upgrade", "--lock-timeout", "soon"}, 64},
};

START_TEST(usage)
{
    const char *const *words = usages[_i].words;
    site_run(&site, usages[_i].status, words[0], words[1], words[2], words[3]);
    site_says(&site, "error: ");
}
END_TEST

START_TEST(faulty_files)
{
    site_revision(&site, "c", "nobody", "SELECT 1;", NULL);
    site_run(&site, 65, "upgrade");
    site_run(&site, 65, "plan");
    site_run(&site, 65, "check");
    site_run(&site, 65, "stamp", "a");
    site_run(&site, 65, "downgrade", "base");
    site_run(&site, 65, "upgrade", "--sql");
}
END_TEST

START_TEST(nothing_listens)
{
    site_use_url(&site, "postgresql://postgres@127.0.0.1:1/test");
    site_run(&site, 69, "upgrade");
    site_says(&site, "127.0.0.1:1");
    site_run(&site, 69, "check");
    site_run(&site, 69, "plan");
    site_run(&site, 69, "stamp", "a");
    site_run(&site, 69, "downgrade", "base");
}
END_TEST

START_TEST(no_such_database)
{
    site_use_url(&site, "%s_missing", site.url);
    site_run(&site, 69, "upgrade");
    site_says(&site, "does not exist");
    site_run(&site, 69, "check");
}
END_TEST

START_TEST(no_such_password)
{
    const char *const settings[] = {"password_encryption=scram-sha-256", NULL};
    struct cluster *cluster = cluster_start(&(struct cluster_options){
        .tcp = true, .settings = settings, .hba = "local all all trust\nhost all all all scram-sha-256\n"});
    PGconn *conn = sql_connect(cluster_socket_url(cluster, "postgres"));
    sql_exec(conn, "CREATE ROLE app LOGIN PASSWORD 'right'");
    PQfinish(conn);

    site_use_url(&site, "postgresql://app:wrong-one@127.0.0.1:%d/postgres", cluster_port(cluster));
    site_run(&site, 77, "upgrade");
    site_says(&site, "password authentication failed");
    ck_assert(strstr(site.result.err, "wrong-one") == NULL);
    site_run(&site, 77, "check");
    site_use_url(&site, "postgresql://app@127.0.0.1:%d/postgres", cluster_port(cluster));
    site_run(&site, 77, "upgrade");
    site_use_url(&site, "postgresql://app:right@127.0.0.1:%d/postgres", cluster_port(cluster));
    site_run(&site, 3, "check");
    cluster_destroy(cluster);
}
END_TEST

START_TEST(no_ssl)
{
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s?sslmode=require", cluster_port(cluster_shared()),
                 site.database);
    site_run(&site, 69, "check");
    site_says(&site, "server does not support SSL, but SSL was required");
    site_says(&site, "next: turn SSL on at the server, or, where the way to it is safe, set sslmode=prefer");
}
END_TEST

START_TEST(no_privilege)
{
    sql_exec(site.conn, "DO $$ BEGIN CREATE ROLE powerless LOGIN; EXCEPTION WHEN duplicate_object THEN END $$");
    site_set(&site, "PGOPTIONS=");
    site_use_url(&site, "postgresql://powerless@127.0.0.1:%d/%s", cluster_port(cluster_shared()), site.database);

    site_run(&site, 77, "upgrade");
    site_says(&site, "the version table and the bookkeeping cannot be made: permission denied for ");
    site_says(&site, "(SQLSTATE 42501)\nnext: `migrated doctor` tells what to GRANT\n");
    site_run(&site, 3, "check");
    site_run(&site, 77, "stamp", "a");
    site_says(&site, "the version table and the bookkeeping cannot be made: permission denied for ");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
    sql_exec(site.conn, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)");
    static const char *const readers[] = {"check", "current", "upgrade", "plan"};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        site_run(&site, 77, readers[i]);
        site_says(&site, "the version table");
        site_says(&site, "cannot be read: permission denied for table alembic_version (SQLSTATE 42501)\n"
                         "next: `migrated doctor` tells what to GRANT\n");
    }
}
END_TEST

START_TEST(a_standby)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true, .standby = true});
    site_use_url(&site, "%s", cluster_url(cluster, "postgres"));
    site_run(&site, 78, "upgrade");
    site_says(&site, "standby");
    site_run(&site, 78, "stamp", "a");
    site_run(&site, 3, "check");
    cluster_destroy(cluster);
}
END_TEST

START_TEST(bad_configuration)
{
    site_write(&site, "migrated.conf", "[migrated]\ncache_tll = 60s\n  listen = nowhere\n");
    site_run(&site, 78, "upgrade", "--config", folder_file(site.folder, "migrated.conf"), "--ahead", "never");
    site_says(&site, "migrated.conf:2:1: error: unknown option cache_tll\nnext: did you mean cache_ttl?");
    site_says(&site, "migrated.conf:3:12: error: listen is \"nowhere\"");
    site_says(&site, "error: --ahead is \"never\"");
    site_says(&site, "3 faults in the configuration\n");
    site_set(&site, "MIGRATED_LOCK_TIMEOUT=soon");
    site_run(&site, 78, "upgrade");
    site_says(&site, "MIGRATED_LOCK_TIMEOUT");
}
END_TEST

/* ---- locks ---- */

START_TEST(our_lock_is_held)
{
    char limit[WAIT_DURATION_SIZE];
    sql_exec(site.conn, "SET application_name = 'somebody'; SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    site_run(&site, 75, "upgrade", "--timeout", wait_duration(300, limit));
    site_says(&site, "somebody");
    char *pid = sql_value(site.conn, "SELECT 'pid ' || pg_backend_pid()");
    site_says(&site, pid);
    free(pid);
    site_holds(&site, "SELECT to_regclass('ta') IS NULL", "t");
}
END_TEST

static const struct {
    const char *what, *table;
} tables[] = {{"of the revision", "ta"},
              {"the version table", "alembic_version"},
              {"the history", "migrated.history"},
              {"the graph", "migrated.revision"}};

START_TEST(a_table_is_locked)
{
    char limit[WAIT_DURATION_SIZE];
    PGconn *holder = sql_connect(site.url);
    site_run(&site, 0, "upgrade", "a");
    sql_exec(holder, "BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", tables[_i].table);

    site_run(&site, 75, "upgrade", "--timeout", wait_duration(700, limit));
    sql_exec(holder, "ROLLBACK");
    site_at(&site, "a");
    site_holds(&site, "SELECT to_regclass('tb') IS NULL", "t");
    site_run(&site, 0, "upgrade");
    PQfinish(holder);
}
END_TEST

START_TEST(a_table_is_locked_and_no_retry_wanted)
{
    PGconn *holder = sql_connect(site.url);
    site_run(&site, 0, "upgrade", "a");
    sql_exec(holder, "BEGIN; LOCK TABLE ta IN ACCESS SHARE MODE");

    site_run(&site, 75, "upgrade", "--max-retries", "0", "--lock-timeout", "50ms");
    site_says(&site, "b.sql:3:27: error: ");
    site_says(&site, "55P03");
    site_holds(&site, "SELECT sqlstate FROM migrated.history WHERE outcome = 'failed'", "55P03");
    PQfinish(holder);
}
END_TEST

START_TEST(a_locked_table_is_waited_for)
{
    PGconn *holder = sql_connect(site.url);
    site_run(&site, 0, "upgrade", "a");
    sql_exec(holder, "BEGIN; LOCK TABLE ta IN ACCESS SHARE MODE");
    struct program *program = program_start(&site.options, "upgrade", "--lock-timeout", "100ms", NULL);

    program_wait_line(program, "trying again", SITE_DEADLINE_MS);
    program_wait_line(program, "trying again", SITE_DEADLINE_MS);
    sql_exec(holder, "ROLLBACK");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    site_at(&site, "b");
    program_stop(program);
    PQfinish(holder);
}
END_TEST

START_TEST(a_deadlock_is_tried_again)
{
    PGconn *neighbour = sql_connect(site.url);
    site_run(&site, 0, "upgrade", "a");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", NULL);
    sql_exec(site.conn, "CREATE TABLE other (id int)");
    site_revision(&site, "c", "b", "LOCK TABLE other; LOCK TABLE ta;", NULL);
    sql_exec(neighbour, "SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE ta");
    struct program *program = program_start(&site.options, "upgrade", "--lock-timeout", "30s", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'ta'::regclass AND NOT granted)");
    sql_exec(neighbour, "LOCK TABLE other; COMMIT");

    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    ck_assert_msg(strstr(program_err(program), "deadlock") != NULL, "%s", program_err(program));
    site_at(&site, "c");
    program_stop(program);
    PQfinish(neighbour);
}
END_TEST

/* ---- time and signals ---- */

static const char sleeping[] =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')";

START_TEST(the_time_limit_while_running)
{
    char limit[WAIT_DURATION_SIZE];
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int); SELECT pg_sleep(60);", NULL);
    site_run(&site, 1, "upgrade", "--timeout", wait_duration(500, limit));
    site_at(&site, "a");
    site_history(&site, "a upgrade applied,b upgrade cancelled");
    site_holds(&site, "SELECT to_regclass('tb') IS NULL", "t");
}
END_TEST

static const struct {
    int signal, status;
} signals[] = {{SIGINT, 130}, {SIGTERM, 143}};

START_TEST(a_signal_while_running)
{
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int); SELECT pg_sleep(60);", NULL);
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, sleeping);

    program_signal(program, signals[_i].signal);

    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), signals[_i].status);
    program_stop(program);
    site_wait(&site, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
                     "pg_database WHERE datname = current_database())");
    site_at(&site, "a");
    site_history(&site, "a upgrade applied,b upgrade cancelled");
    site_holds(&site, "SELECT to_regclass('tb') IS NULL", "t");
}
END_TEST

START_TEST(a_signal_while_waiting)
{
    sql_exec(site.conn, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, "waiting for the lock", SITE_DEADLINE_MS);

    program_signal(program, SIGTERM);

    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    program_stop(program);
    site_holds(&site, "SELECT to_regclass('ta') IS NULL", "t");
}
END_TEST

START_TEST(a_signal_before_a_locked_version_table)
{
    PGconn *holder = sql_connect(site.url);
    site_run(&site, 0, "upgrade", "a");
    sql_exec(holder, "BEGIN; LOCK TABLE alembic_version");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site,
              "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'alembic_version'::regclass AND NOT granted)");

    program_signal(program, SIGTERM);

    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    ck_assert_msg(strstr(program_err(program), "nothing was begun") != NULL, "%s", program_err(program));
    program_stop(program);
    PQfinish(holder);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, in_sync_and_not);
    tcase_add_loop_test(tests, usage, 0, sizeof usages / sizeof *usages);
    tcase_add_test(tests, faulty_files);
    tcase_add_test(tests, nothing_listens);
    tcase_add_test(tests, no_such_database);
    tcase_add_test(tests, no_such_password);
    tcase_add_test(tests, no_ssl);
    tcase_add_test(tests, no_privilege);
    tcase_add_test(tests, a_standby);
    tcase_add_test(tests, bad_configuration);
    tcase_add_test(tests, our_lock_is_held);
    tcase_add_loop_test(tests, a_table_is_locked, 0, sizeof tables / sizeof *tables);
    tcase_add_test(tests, a_table_is_locked_and_no_retry_wanted);
    tcase_add_test(tests, a_locked_table_is_waited_for);
    tcase_add_test(tests, a_deadlock_is_tried_again);
    tcase_add_test(tests, the_time_limit_while_running);
    tcase_add_loop_test(tests, a_signal_while_running, 0, sizeof signals / sizeof *signals);
    tcase_add_test(tests, a_signal_while_waiting);
    tcase_add_test(tests, a_signal_before_a_locked_version_table);
}

Suite *exit_codes_suite(void)
{
    Suite *suite = suite_create("exit_codes");
    TCase *tests = tcase_create("exit_codes");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    add_tests(tests);
    suite_add_tcase(suite, tests);
    return suite;
}
