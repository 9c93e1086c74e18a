/* The books of a database are made by whoever comes first; who comes second goes on with what is there. */
#include "site.h"

#include <stdlib.h>

Suite *books_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    site_write(&site, "0001.sql", "SELECT 1;");
    site_run(&site, 0, "stamp", "base");
    site_run(&site, 0, "stamp", "0001");
    site_run(&site, 0, "stamp", "base");
}

static void teardown(void)
{
    site_close(&site);
}

/* Another target, which has made them and not committed yet. */
static PGconn *make_books_again(void)
{
    sql_exec(site.conn, "ALTER SCHEMA migrated RENAME TO away");
    PGconn *other = sql_connect(site.url);
    sql_exec(other, "BEGIN");
    sql_exec(other, "ALTER SCHEMA away RENAME TO migrated");
    return other;
}

/* Somebody who may make a schema and write to these tables, but does not own them. */
static void become_a_user(void)
{
    sql_exec(site.conn,
             "CREATE ROLE %s_user LOGIN; GRANT CREATE ON DATABASE %s TO %s_user;"
             "GRANT SELECT, INSERT, UPDATE, DELETE ON alembic_version TO %s_user;"
             "GRANT USAGE ON SCHEMA migrated TO %s_user;"
             "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA migrated TO %s_user",
             site.database, site.database, site.database, site.database, site.database, site.database);
    site_use_url(&site, "postgresql://%s_user@127.0.0.1:%d/%s", site.database, cluster_port(cluster_shared()),
                 site.database);
}

static const struct {
    const char *command;
    bool owner;
} runners[] = {{"upgrade", true}, {"stamp", true}, {"upgrade", false}, {"stamp", false}};

START_TEST(appear_while_they_are_made)
{
    if (!runners[_i].owner)
        become_a_user();
    PGconn *other = make_books_again();
    struct program *program = program_start(&site.options, runners[_i].command, "0001", NULL);
    site_wait(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'transactionid' AND "
                     "datname = current_database() AND application_name LIKE 'migrated%')");
    sql_exec(other, "COMMIT");
    site_ends(program, 0);
    site_at(&site, "0001");
    PQfinish(other);
}
END_TEST

Suite *books_suite(void)
{
    Suite *suite = suite_create("books");
    TCase *tests = tcase_create("books");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, appear_while_they_are_made, 0, sizeof runners / sizeof *runners);
    suite_add_tcase(suite, tests);
    return suite;
}
