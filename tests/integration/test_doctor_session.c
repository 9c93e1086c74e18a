/* How the database is reached and as whom: doctor finds what is wrong, and what it says to type next mends it. */
#include "doctor.h"
#include "support/pooler.h"

#include <stdlib.h>
#include <string.h>

Suite *doctor_session_suite(void);

static struct site site;

static void setup(void)
{
    doctor_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

static void make_role(const char *name)
{
    sql_exec(
        site.conn,
        "DO $$ BEGIN DROP OWNED BY %s; EXCEPTION WHEN undefined_object THEN END $$; DROP ROLE IF EXISTS %s; CREATE "
        "ROLE %s LOGIN",
        name, name, name);
    site_use_url(&site, "postgresql://%s@127.0.0.1:%d/%s", name, cluster_port(cluster_shared()), site.database);
}

static void drop_role(const char *name)
{
    sql_exec(site.conn, "DROP OWNED BY %s; DROP ROLE %s", name, name);
}

/* ---- no connection ---- */

START_TEST(without_a_connection_the_files_are_looked_at)
{
    site_use_url(&site, "postgresql://postgres@127.0.0.1:1/test");
    doctor_examine(&site, 69);
    doctor_finds(&site, "fail", "connection", "127.0.0.1");
    doctor_finds(&site, "fail", "connection", "; next: check that the server");
    doctor_finds(&site, "ok", "files", "2 revisions");
    site_run(&site, 69, "doctor", "--json");
    site_prints(&site, "{\"ok\":false,\"checks\":[{\"name\":\"connection\",\"status\":\"fail\"");
    site_use_url(&site, "%s_missing", site.url);
    doctor_examine(&site, 69);
    doctor_finds(&site, "fail", "connection", "does not exist");
}
END_TEST

START_TEST(a_refused_login)
{
    struct cluster *cluster = cluster_start(
        &(struct cluster_options){.tcp = true, .hba = "local all all trust\nhost all all all scram-sha-256\n"});
    site_use_url(&site, "postgresql://nobody:wrong-one@127.0.0.1:%d/postgres", cluster_port(cluster));
    doctor_examine(&site, 77);
    doctor_finds(&site, "fail", "connection", "pg_hba.conf");
    ck_assert(strstr(site.result.out, "wrong-one") == NULL);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(a_standby)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true, .standby = true});
    site_use_url(&site, "%s", cluster_url(cluster, "postgres"));
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "primary", "a standby");
    doctor_finds(&site, "fail", "primary", "target_session_attrs=primary");
    ck_assert(strstr(site.result.out, "skip") == NULL);
    site_set(&site, "MIGRATED_APPLY=never");
    doctor_examine(&site, 0);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(several_hosts)
{
    int port = cluster_port(cluster_shared());
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d,127.0.0.1:%d/%s", port, port, site.database);
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "primary", "target_session_attrs=primary");
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d,127.0.0.1:%d/%s?target_session_attrs=primary", port, port,
                 site.database);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "primary", "a primary");
}
END_TEST

/* ---- a pooler ---- */

static const char *const modes[] = {"transaction", "statement"};

static void let_read_only(struct pooler *pooler)
{
    PGconn *other = sql_connect(strchr(site.variables[0], '=') + 1);
    char *left =
        sql_value(other, "SELECT string_agg(name, ',') FROM pg_settings WHERE setting <> reset_val AND source = "
                         "'session' AND name <> 'application_name'");
    ck_assert_msg(left == NULL || *left == '\0', "settings were left behind: %s", left);
    free(left);
    PQfinish(other);
    site_set(&site, "MIGRATED_APPLY=never");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "pooler", "PgBouncer");
    pooler_stop(pooler);
}

START_TEST(a_pooler_that_shares_backends)
{
    struct pooler *pooler = pooler_start(cluster_port(cluster_shared()), modes[_i]);
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s", pooler_port(pooler), site.database);
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "pooler", "PgBouncer 1.");
    doctor_finds(&site, "fail", "pooler", "shares backends between sessions");
    doctor_finds(&site, "fail", "pooler", "; next: give the server's own address as migrate_url");
    ck_assert(strstr(site.result.out, "skip") == NULL);
    let_read_only(pooler);
}
END_TEST

START_TEST(a_pooler_that_keeps_them)
{
    struct pooler *pooler = pooler_start(cluster_port(cluster_shared()), "session");
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s", pooler_port(pooler), site.database);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "pooler", "PgBouncer 1.");
    doctor_finds(&site, "ok", "pooler", "keeps a session's backend");
    pooler_stop(pooler);
}
END_TEST

static const char *const strangers[] = {"guest", "doctor_pooled"}; /* to the pooler's console */

START_TEST(a_pooler_is_known_by_how_it_refuses)
{
    struct pooler *pooler = pooler_start(cluster_port(cluster_shared()), "transaction");
    make_role(strangers[_i]);
    site_use_url(&site, "postgresql://%s@127.0.0.1:%d/%s", strangers[_i], pooler_port(pooler), site.database);
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "pooler", "PgBouncer stands between us and the server");
    pooler_stop(pooler);
    drop_role(strangers[_i]);
}
END_TEST

/* ---- the role ---- */

START_TEST(an_unprivileged_role_is_told_what_it_lacks)
{
    make_role("doctor_poor");
    sql_exec(site.conn, "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO doctor_poor");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "privileges", "CREATE on schema public");
    doctor_finds(&site, "warn", "privileges", "pg_read_all_stats");
    doctor_finds(&site, "skip", "long_transactions", "GRANT pg_read_all_stats TO \"doctor_poor\"");

    ck_assert_uint_eq(doctor_type_next(&site, "privileges"), 4);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "privileges", "has what it needs to apply revisions");
    site_run(&site, 0, "upgrade");
    site_at(&site, "b");
    drop_role("doctor_poor");
}
END_TEST

START_TEST(a_role_without_rights_on_the_books_is_told_which)
{
    site_run(&site, 0, "upgrade", "a");
    make_role("doctor_books");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "privileges", "SELECT on public.alembic_version");
    doctor_finds(&site, "fail", "privileges", "DELETE, INSERT, UPDATE on public.alembic_version");
    doctor_finds(&site, "fail", "privileges", "USAGE on schema migrated");
    doctor_finds(&site, "warn", "privileges", "SELECT on migrated.revision");
    doctor_finds(&site, "skip", "version_rows", "permission denied");

    ck_assert_uint_gt(doctor_type_next(&site, "privileges"), 5);
    doctor_examine(&site, 0);
    site_run(&site, 0, "upgrade");
    drop_role("doctor_books");
}
END_TEST

START_TEST(a_role_that_only_reads_needs_no_more)
{
    site_run(&site, 0, "upgrade");
    make_role("doctor_reader");
    sql_exec(site.conn,
             "GRANT USAGE ON SCHEMA migrated TO doctor_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, "
             "migrated TO doctor_reader");
    doctor_examine(&site, 3);
    site_set(&site, "MIGRATED_APPLY=never");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "privileges", "pg_read_all_stats");
    ck_assert(strstr(site.result.out, "CREATE on") == NULL);
    drop_role("doctor_reader");
}
END_TEST

START_TEST(tables_of_another_role)
{
    make_role("doctor_other");
    sql_exec(site.conn, "CREATE TABLE theirs (id int)");
    doctor_examine(&site, 3);
    doctor_finds(&site, "warn", "ownership", "1 relation of the schema belongs to postgres (theirs)");
    doctor_finds(&site, "warn", "ownership", "GRANT postgres TO doctor_other");
    sql_exec(site.conn, "ALTER TABLE theirs OWNER TO doctor_other");
    doctor_examine(&site, 3);
    doctor_finds(&site, "ok", "ownership", "");
    drop_role("doctor_other");
}
END_TEST

static const struct {
    const char *of;
    bool of_database;
    const char *setting, *said;
} defaults[] = {
    {"ROLE doctor_defaults", false, "statement_timeout = '5s'", "statement_timeout = 5000ms"},
    {"ROLE doctor_defaults", false, "lock_timeout = '5s'", "lock_timeout = 5000ms"},
    {"ROLE doctor_defaults", false, "idle_in_transaction_session_timeout = '5s'",
     "idle_in_transaction_session_timeout"},
    {"ROLE doctor_defaults", false, "default_transaction_read_only = on", "default_transaction_read_only = on"},
    {"ROLE doctor_defaults", false, "default_transaction_isolation = serializable", "serializable"},
    {"DATABASE ", true, "statement_timeout = '5s'", "statement_timeout = 5000ms"},
    {"ROLE doctor_defaults IN DATABASE ", true, "statement_timeout = '5s'", "statement_timeout = 5000ms"},
};

START_TEST(a_default_of_role_or_database_and_how_to_take_it_back)
{
    make_role("doctor_defaults");
    sql_exec(site.conn, "ALTER ROLE doctor_defaults SUPERUSER");
    sql_exec(site.conn, "ALTER %s%s SET %s", defaults[_i].of, defaults[_i].of_database ? site.database : "",
             defaults[_i].setting);

    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "defaults", defaults[_i].said);
    ck_assert_uint_eq(doctor_type_next(&site, "defaults"), 1);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "defaults", "");
    drop_role("doctor_defaults");
}
END_TEST

START_TEST(a_schema_of_search_path_that_is_not_there)
{
    sql_exec(site.conn, "ALTER DATABASE %s SET search_path = nowhere, public", site.database);
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "search_path", "schema nowhere is not there");
    sql_exec(site.conn, "CREATE SCHEMA nowhere");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "search_path", "nowhere, public");
}
END_TEST

START_TEST(connections_nearly_used_up)
{
    make_role("doctor_few");
    sql_exec(site.conn, "ALTER ROLE doctor_few CONNECTION LIMIT 1");
    doctor_examine(&site, 3);
    doctor_finds(&site, "warn", "connections", "1 of 1 connections of the role doctor_few");
    drop_role("doctor_few");
}
END_TEST

Suite *doctor_session_suite(void)
{
    Suite *suite = suite_create("doctor_session");
    TCase *tests = tcase_create("doctor_session");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_a_connection_the_files_are_looked_at);
    tcase_add_test(tests, a_refused_login);
    tcase_add_test(tests, a_standby);
    tcase_add_test(tests, several_hosts);
    tcase_add_test(tests, an_unprivileged_role_is_told_what_it_lacks);
    tcase_add_test(tests, a_role_without_rights_on_the_books_is_told_which);
    tcase_add_test(tests, a_role_that_only_reads_needs_no_more);
    tcase_add_test(tests, tables_of_another_role);
    tcase_add_loop_test(tests, a_default_of_role_or_database_and_how_to_take_it_back, 0,
                        sizeof defaults / sizeof *defaults);
    tcase_add_test(tests, a_schema_of_search_path_that_is_not_there);
    tcase_add_test(tests, connections_nearly_used_up);
    tcase_add_loop_test(tests, a_pooler_that_shares_backends, 0, sizeof modes / sizeof *modes);
    tcase_add_test(tests, a_pooler_that_keeps_them);
    tcase_add_loop_test(tests, a_pooler_is_known_by_how_it_refuses, 0, sizeof strangers / sizeof *strangers);
    suite_add_tcase(suite, tests);
    return suite;
}
