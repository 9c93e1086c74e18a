/* Two addresses: by database_url is read, by migrate_url applied, and both must lead to the same database. */
#include "doctor.h"
#include "serving.h"
#include "site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *migrate_url_suite(void);

static struct site site;
static const char *other; /* another database of the server */

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    other = cluster_create_database(cluster_shared());
}

static void teardown(void)
{
    site_close(&site);
}

static void check_untouched(const char *database)
{
    PGconn *conn = sql_connect(cluster_url(cluster_shared(), database));
    char *tables = sql_value(conn, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'migrated')");
    ck_assert_str_eq(tables, "0");
    free(tables);
    PQfinish(conn);
}

static void migrate_other(void)
{
    site_set(&site, "MIGRATED_MIGRATE_URL=%s", cluster_url(cluster_shared(), other));
}

static const char *const writing[][4] = {
    {"upgrade"},
    {"downgrade", "base"},
    {"stamp", "a"},
    {"repair", "--checksum", "a"},
};

START_TEST(another_database_is_refused)
{
    char both[2][128];
    migrate_other();
    site_run(&site, 78, writing[_i][0], writing[_i][1], writing[_i][2], writing[_i][3]);
    snprintf(both[0], sizeof both[0], "migrate_url leads to database %s (", other);
    snprintf(both[1], sizeof both[1], "and database_url to database %s (", site.database);
    site_says(&site, both[0]);
    site_says(&site, both[1]);
    site_says(&site, "these are two databases\nnext: change migrate_url");
    check_untouched(other);
    check_untouched(site.database);
}
END_TEST

/* The table is there, or would be made there. */
START_TEST(another_schema_is_refused)
{
    char said[160];
    sql_exec(site.conn, "CREATE SCHEMA other");
    if (_i == 1)
        sql_exec(site.conn, "CREATE TABLE alembic_version (version_num varchar(32))");
    site_set(&site, "MIGRATED_MIGRATE_URL=%s?options=-csearch_path%%3Dother", site.url);
    site_run(&site, 78, "upgrade");
    snprintf(said, sizeof said,
             "migrate_url (role postgres) leads to the version table other.alembic_version, and database_url (role "
             "postgres) to public.alembic_version: ");
    site_says(&site, said);
    site_says(&site, "next: set version_schema, or give both roles the same search_path, and USAGE on its schemas");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('other', 'migrated')", "0");
    site_set(&site, "MIGRATED_VERSION_SCHEMA=public");
    site_run(&site, 0, "upgrade");
    site_at(&site, "a");
}
END_TEST

START_TEST(a_table_that_both_will_find_may_be_made)
{
    sql_exec(site.conn, "CREATE SCHEMA other");
    site_set(&site, "MIGRATED_MIGRATE_URL=%s?options=-csearch_path%%3Dother", site.url);
    site_use_url(&site, "%s?options=-csearch_path%%3Dpublic,other", site.url);
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_holds(&site, "SELECT schemaname FROM pg_tables WHERE tablename = 'alembic_version'", "other");
}
END_TEST

START_TEST(the_doctor_tells_it)
{
    migrate_other();
    site_run(&site, 78, "doctor");
    doctor_finds(&site, "fail", "connection", "these are two databases; next: change migrate_url");
}
END_TEST

START_TEST(the_daemon_tells_it)
{
    struct serving serving = {.files = site.folder, .url = site.url};
    char variable[256];
    snprintf(variable, sizeof variable, "MIGRATED_MIGRATE_URL=%s", cluster_url(cluster_shared(), other));
    serving_start(&serving, variable, NULL);
    serving_wait_state(&serving, "failed", SERVING_MS);
    char *message = serving_value(&serving, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, "these are two databases") != NULL, "%s", message);
    free(message);
    check_untouched(other);
    serving_stop(&serving);
}
END_TEST

/* ---- what is no reason ---- */

START_TEST(an_address_that_is_not_needed_may_be_dead)
{
    site_set(&site, "MIGRATED_MIGRATE_URL=%s", site.url);
    site_use_url(&site, "postgresql://postgres@127.0.0.1:1/%s", site.database);
    site_run(&site, 0, "upgrade");
    site_says(&site, "whether migrate_url and database_url lead to the same database is not known: ");
    site_at(&site, "a");
}
END_TEST

/* Who may not ask for the system identifier compares what is left. */
static const bool same[] = {true, false};

START_TEST(a_role_with_few_rights_compares_too)
{
    char role[96];
    snprintf(role, sizeof role, "reader_%s", site.database);
    char *create = PQescapeIdentifier(site.conn, role, strlen(role));
    sql_exec(site.conn, "CREATE ROLE %s LOGIN; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", create);
    PQfreemem(create);

    site_set(&site, "MIGRATED_MIGRATE_URL=%s", cluster_url(cluster_shared(), same[_i] ? site.database : other));
    site_use_url(&site, "postgresql://%s@127.0.0.1:%d/%s", role, cluster_port(cluster_shared()), site.database);
    site_run(&site, same[_i] ? 0 : 78, "upgrade");
    ck_assert_ptr_null(strstr(site.result.err, "is not known"));
}
END_TEST

START_TEST(a_standby_is_the_same_database_until_it_is_promoted)
{
    struct cluster *primary = cluster_start(&(struct cluster_options){.tcp = true});
    struct cluster *standby = cluster_start_standby(primary);
    site_set(&site, "MIGRATED_MIGRATE_URL=%s", cluster_url(primary, "postgres"));
    site_use_url(&site, "%s", cluster_url(standby, "postgres"));
    site_run(&site, 0, "upgrade");
    site_prints(&site, "1 revision");
    cluster_promote(standby);
    site_run(&site, 78, "downgrade", "base");
    site_says(&site, "these are two databases of the same name");
    cluster_destroy(standby);
    cluster_destroy(primary);
}
END_TEST

Suite *migrate_url_suite(void)
{
    Suite *suite = suite_create("migrate_url");
    TCase *tests = tcase_create("migrate_url");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, another_database_is_refused, 0, sizeof writing / sizeof *writing);
    tcase_add_loop_test(tests, another_schema_is_refused, 0, 2);
    tcase_add_test(tests, a_table_that_both_will_find_may_be_made);
    tcase_add_test(tests, the_doctor_tells_it);
    tcase_add_test(tests, the_daemon_tells_it);
    tcase_add_test(tests, an_address_that_is_not_needed_may_be_dead);
    tcase_add_loop_test(tests, a_role_with_few_rights_compares_too, 0, sizeof same / sizeof *same);
    tcase_add_test(tests, a_standby_is_the_same_database_until_it_is_promoted);
    suite_add_tcase(suite, tests);
    return suite;
}
