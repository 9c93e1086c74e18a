/* Through PgBouncer: where a session keeps its backend everything works, elsewhere only what does not need that. */
#include "interrupt.h"
#include "serving.h"
#include "support/pooler.h"
#include "support/wait.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *poolers_suite(void);

static struct site site;
static struct pooler *pooler;

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_write(&site, "b.sql",
               "-- revision: b\n-- down_revision: a\n-- migrated:up\nCREATE INDEX CONCURRENTLY ia ON ta (id);\n"
               "-- migrated:down\nDROP INDEX CONCURRENTLY ia;\n");
    site_revision(&site, "c", "b", "CREATE TABLE tc (name text DEFAULT 'Grüße');", "DROP TABLE tc;");
}

static void teardown(void)
{
    site_close(&site);
    pooler_stop(pooler);
    pooler = NULL;
}

static void use_pooler(const char *mode, const char *settings)
{
    pooler = pooler_start_with(cluster_port(cluster_shared()), mode, settings);
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s", pooler_port(pooler), site.database);
}

static const char *pooled_url(void)
{
    return strchr(site.variables[0], '=') + 1;
}

/* ---- the server's own address beside the pooler's ---- */

static const char *const sharing[] = {"transaction", "statement"};

START_TEST(revisions_go_by_migrate_url)
{
    char limit[WAIT_DURATION_SIZE];
    use_pooler(sharing[_i], "");
    site_set(&site, "MIGRATED_MIGRATE_URL=%s", site.url);
    site_run(&site, 3, "check");
    site_run(&site, 0, "upgrade");
    site_prints(&site, "3 revisions");
    site_at(&site, "c");
    site_run(&site, 0, "check");
    site_run(&site, 0, "wait", "--for", wait_duration(10000, limit));
    site_run(&site, 0, "downgrade", "a");
    site_run(&site, 0, "stamp", "base");
    site_at(&site, "");
    site_run(&site, 0, "doctor");
    site_prints(&site, "none in between");
}
END_TEST

START_TEST(the_daemon_reads_by_one_and_applies_by_the_other)
{
    struct serving serving = {.files = site.folder};
    char variable[256];
    use_pooler(sharing[_i], "");
    serving.url = pooled_url();
    snprintf(variable, sizeof variable, "MIGRATED_MIGRATE_URL=%s", site.url);
    serving_start(&serving, variable, "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&serving, "ready", SERVING_MS);
    site_at(&site, "c");
    site_run(&site, 0, "probe", serving.http);
    site_run(&site, 0, "status", serving.http);

    sql_exec(site.conn, "UPDATE alembic_version SET version_num = 'b'"); /* seen without LISTEN */
    serving_wait_state(&serving, "pending", SERVING_MS);
    serving_stop(&serving);
}
END_TEST

/* ---- backends that are shared ---- */

/* Each of these looks to a single client as if it kept the backend, in its own way. */
static const struct {
    const char *mode, *settings, *said;
} not_ours[] = {
    {"transaction", "", "shares backends between sessions"},
    {"statement", "", "shares backends between sessions"},
    {"transaction", "default_pool_size = 1\n", "shares backends between sessions"},
    {"transaction", "server_reset_query_always = 1\n", "shares backends between sessions"},
    {"transaction", "server_round_robin = 1\nmin_pool_size = 2\n", "shares backends between sessions"},
    {"session", "server_reset_query =\n", "does not clean up behind a session"},
    {"session", "server_reset_query = RESET ALL\n", "does not clean up behind a session"},
    {"session", "server_reset_query = SELECT pg_advisory_unlock_all()\n", "does not clean up behind a session"},
};

static void check_nothing_is_left(void)
{
    PGconn *other = sql_connect(pooled_url());
    char *left = sql_value(
        other, "SELECT concat_ws(',', (SELECT string_agg(name, ',') FROM pg_settings WHERE setting <> reset_val AND "
               "source = 'session' AND name <> 'application_name'), (SELECT string_agg(c, ',') FROM "
               "pg_listening_channels() c), (SELECT string_agg(name, ',') FROM pg_prepared_statements))");
    ck_assert_str_eq(left, "");
    free(left);
    PQfinish(other);
    site_wait(&site, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
                     "pg_database WHERE datname = current_database())"); /* the pooler cleans up behind a session */
}

START_TEST(what_is_shared_is_refused)
{
    use_pooler(not_ours[_i].mode, not_ours[_i].settings);
    site_run(&site, 78, "upgrade");
    site_says(&site, not_ours[_i].said);
    site_says(&site, "next: give the server's own address as migrate_url");
    check_nothing_is_left();
    site_run(&site, 78, "stamp", "a");
    site_says(&site, not_ours[_i].said);
    site_run(&site, 3, "check");
    check_nothing_is_left();
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'migrated')", "0");
}
END_TEST

/* That a second session waits proves nothing: it may wait at another pooler behind the same address. */
START_TEST(a_full_pool_is_refused)
{
    use_pooler("session", _i == 0 ? "default_pool_size = 1\n" : "default_pool_size = 1\nserver_reset_query =\n");
    site_run(&site, 75, "upgrade", "--timeout", "20s");
    site_says(&site, "has no second backend for us");
    site_says(&site, "next: enlarge its pool, or give the server's own address as migrate_url");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'migrated')", "0");
}
END_TEST

START_TEST(a_refusal_names_the_pooler)
{
    use_pooler("transaction", "");
    site_run(&site, 78, "upgrade");
    site_says(&site, "PgBouncer 1.");
    site_says(&site, " stands between us and the server at 127.0.0.1:");
}
END_TEST

START_TEST(who_may_not_see_its_own_session_is_told)
{
    use_pooler("session", "");
    sql_exec(site.conn,
             "DROP ROLE IF EXISTS pooled_login; DROP ROLE IF EXISTS pooled_owner; CREATE ROLE pooled_owner; CREATE "
             "ROLE pooled_login LOGIN IN ROLE pooled_owner; ALTER ROLE pooled_login SET role = pooled_owner; GRANT "
             "ALL ON SCHEMA public TO pooled_owner; GRANT CREATE ON DATABASE \"%s\" TO pooled_owner",
             site.database);
    site_use_url(&site, "postgresql://pooled_login@127.0.0.1:%d/%s", pooler_port(pooler), site.database);
    site_run(&site, 78, "upgrade");
    site_says(&site, "GRANT pg_read_all_stats TO \"pooled_owner\"");
    sql_exec(site.conn, "GRANT pg_read_all_stats TO pooled_owner");
    site_run(&site, 0, "upgrade");
    site_at(&site, "c");
    pooler_stop(pooler);
    pooler = NULL;
    sql_exec(site.conn, "DROP OWNED BY pooled_owner; DROP ROLE pooled_login; DROP ROLE pooled_owner");
}
END_TEST

/* ---- a backend of one's own ---- */

static const char *const keeping[] = {"", "server_reset_query_always = 1\n", "server_round_robin = 1\n",
                                      "server_reset_query = RESET ALL; SELECT pg_advisory_unlock_all()\n"};

START_TEST(session_pooling_is_as_good_as_none)
{
    use_pooler("session", keeping[_i]);
    site_run(&site, 0, "upgrade");
    site_prints(&site, "3 revisions");
    site_at(&site, "c");
    site_holds(&site, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ia'::regclass", "t");
    site_run(&site, 0, "check");
    site_run(&site, 0, "downgrade", "base");
    site_run(&site, 0, "stamp", "c");
    site_at(&site, "c");
    check_nothing_is_left();
}
END_TEST

/* RESET ALL goes back to what the pooler's own session began with. */
START_TEST(each_revision_finds_the_encoding_of_the_first)
{
    sql_exec(site.conn, "CREATE DATABASE pooled_latin1 ENCODING LATIN1 TEMPLATE template0");
    use_pooler("session", "");
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/pooled_latin1", pooler_port(pooler));
    site_run(&site, 0, "upgrade");
    PGconn *conn = sql_connect(pooled_url());
    char *found = sql_value(conn, "SELECT position('Gr' || chr(252) || chr(223) || 'e' IN column_default) > 0 FROM "
                                  "information_schema.columns WHERE table_name = 'tc'");
    ck_assert_str_eq(found, "t");
    free(found);
    PQfinish(conn);
    pooler_stop(pooler);
    pooler = NULL;
    sql_exec(site.conn, "DROP DATABASE pooled_latin1 WITH (FORCE)");
}
END_TEST

#define SLEEPS                                                                                                       \
    "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"

/* It sleeps the first time that it runs. */
static struct program *start_slow_upgrade(void)
{
    site_run(&site, 0, "upgrade", "c");
    sql_exec(site.conn, "CREATE TABLE gate AS SELECT 600 AS seconds");
    site_revision(&site, "d", "c", "CREATE TABLE td (id int); SELECT pg_sleep(seconds) FROM gate;", "DROP TABLE td;");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, SLEEPS);
    sql_exec(site.conn, "DELETE FROM gate");
    return program;
}

static const struct {
    int signal, status;
} ends[] = {{SIGKILL, 137}, {SIGTERM, 143}, {SIGINT, 130}};

START_TEST(a_run_that_ends_too_early_leaves_nothing)
{
    use_pooler("session", "");
    struct program *program = start_slow_upgrade();
    program_signal(program, ends[_i].signal);
    site_ends(program, ends[_i].status);
    interrupt_end_orphan(&site);
    site_run(&site, 0, "upgrade");
    site_at(&site, "d");
    check_nothing_is_left();
}
END_TEST

START_TEST(a_lost_connection_is_made_good)
{
    use_pooler("session", "");
    struct program *program = start_slow_upgrade();
    sql_exec(site.conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                        "datname = current_database()");
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 0);
    program_stop(program);
    site_at(&site, "d");
    check_nothing_is_left();
}
END_TEST

#define AT_ONCE_MS 2000 /* less than is waited for a pooler's backend */

START_TEST(a_run_can_be_stopped_while_the_pooler_is_examined)
{
    use_pooler("session", "default_pool_size = 1\n");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    site_wait(&site, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%AS nonce%' AND datname = "
                     "current_database() AND pid <> pg_backend_pid() AND state = 'idle' AND state_change < "
                     "clock_timestamp() - interval '200 ms'"); /* the second session is not served */
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, AT_ONCE_MS), 143);
    program_stop(program);
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'migrated')", "0");
}
END_TEST

static const char *const sizes[] = {"", "default_pool_size = 4\n"};

START_TEST(two_replicas_start_together)
{
    struct serving one = {.files = site.folder}, two = {.files = site.folder};
    use_pooler("session", sizes[_i]);
    one.url = two.url = pooled_url();
    serving_start(&one, "MIGRATED_CACHE_TTL=1s", NULL);
    serving_start(&two, "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&one, "ready", 2 * SERVING_MS);
    serving_wait_state(&two, "ready", 2 * SERVING_MS);
    site_at(&site, "c");
    site_history(&site, "a upgrade applied,b upgrade applied,c upgrade applied");
    serving_stop(&one);
    serving_stop(&two);
    check_nothing_is_left();
}
END_TEST

Suite *poolers_suite(void)
{
    Suite *suite = suite_create("poolers");
    TCase *tests = tcase_create("poolers");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, revisions_go_by_migrate_url, 0, sizeof sharing / sizeof *sharing);
    tcase_add_loop_test(tests, the_daemon_reads_by_one_and_applies_by_the_other, 0, sizeof sharing / sizeof *sharing);
    tcase_add_loop_test(tests, what_is_shared_is_refused, 0, sizeof not_ours / sizeof *not_ours);
    tcase_add_loop_test(tests, a_full_pool_is_refused, 0, 2);
    tcase_add_test(tests, a_refusal_names_the_pooler);
    tcase_add_test(tests, who_may_not_see_its_own_session_is_told);
    tcase_add_loop_test(tests, session_pooling_is_as_good_as_none, 0, sizeof keeping / sizeof *keeping);
    tcase_add_test(tests, each_revision_finds_the_encoding_of_the_first);
    tcase_add_loop_test(tests, a_run_that_ends_too_early_leaves_nothing, 0, sizeof ends / sizeof *ends);
    tcase_add_test(tests, a_lost_connection_is_made_good);
    tcase_add_test(tests, a_run_can_be_stopped_while_the_pooler_is_examined);
    tcase_add_loop_test(tests, two_replicas_start_together, 0, sizeof sizes / sizeof *sizes);
    suite_add_tcase(suite, tests);
    return suite;
}
