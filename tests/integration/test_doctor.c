/* What others do, and what the schema and the files hold: doctor finds it, and what it says to type next mends it. */
#include "doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

Suite *doctor_suite(void);

static struct site site;

static void setup(void)
{
    doctor_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

/* ---- nothing is wrong ---- */

START_TEST(all_is_well_and_nothing_is_changed)
{
    doctor_examine(&site, 0);
    for (const char *line = site.result.out; *line != '\0'; line = strchr(line, '\n') + 1)
        ck_assert_msg(strncmp(line, "ok ", 3) == 0, "%.60s", line);
    doctor_finds(&site, "ok", "connection", "PostgreSQL ");
    doctor_finds(&site, "ok", "pooler", "none");
    doctor_finds(&site, "ok", "version_rows", "2 revisions pending: a, b");
    site_holds(&site, "SELECT nspname FROM pg_namespace WHERE nspname = 'migrated'", "");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
    site_run(&site, 0, "upgrade");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "version_rows", "migrations in sync");
}
END_TEST

START_TEST(json_has_a_name_and_a_status_for_each)
{
    size_t i;
    json_t *finding;
    site_run(&site, 0, "doctor", "--json");
    json_t *body = json_loads(site.result.out, 0, NULL), *checks = json_object_get(body, "checks");
    ck_assert(json_is_true(json_object_get(body, "ok")));
    ck_assert_uint_eq(json_array_size(checks), 25);
    json_array_foreach(checks, i, finding)
    {
        ck_assert(json_is_string(json_object_get(finding, "name")));
        ck_assert_str_eq(json_string_value(json_object_get(finding, "status")), "ok");
        ck_assert(json_is_string(json_object_get(finding, "message")));
        ck_assert(json_is_null(json_object_get(finding, "next")));
    }
    json_decref(body);
}
END_TEST

START_TEST(a_time_must_be_one)
{
    site_run(&site, 64, "doctor", "--older-than", "long");
    site_says(&site, "--older-than long");
}
END_TEST

/* ---- what others do ---- */

START_TEST(an_idle_transaction)
{
    char expected[64];
    PGconn *holder = sql_connect(site.url);
    sql_exec(holder, "SET application_name = 'forgotten'");
    sql_exec(holder, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    sql_exec(holder, "SELECT count(*) FROM pg_class");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "long_transactions", "(forgotten, postgres) idle in transaction");
    doctor_finds(&site, "warn", "long_transactions", "SELECT count(*) FROM pg_class");
    snprintf(expected, sizeof expected, "SELECT pg_terminate_backend(%d)", PQbackendPID(holder));
    doctor_finds(&site, "warn", "long_transactions", expected);

    site_run(&site, 0, "doctor");
    doctor_finds(&site, "ok", "long_transactions", "");
    ck_assert_uint_eq(doctor_type_next(&site, "long_transactions"), 1);
    site_wait(&site, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'forgotten')");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "long_transactions", "");
    PQfinish(holder);
}
END_TEST

START_TEST(our_lock_is_held)
{
    char expected[64];
    doctor_examine(&site, 0);
    snprintf(expected, sizeof expected, "key %lld", site_lock_key(&site));
    doctor_finds(&site, "ok", "lock", expected);
    sql_exec(site.conn, "SET application_name = 'somebody'; SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    doctor_examine(&site, 0);
    snprintf(expected, sizeof expected, "pid %d (somebody, postgres) holds the lock", PQbackendPID(site.conn));
    doctor_finds(&site, "warn", "lock", expected);
}
END_TEST

START_TEST(the_version_table_is_locked_and_somebody_waits)
{
    char expected[128];
    PGconn *holder = sql_connect(site.url), *waiter = sql_connect(site.url);
    site_run(&site, 0, "upgrade");
    sql_exec(holder, "BEGIN; LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE");
    ck_assert(PQsendQuery(waiter, "SELECT * FROM alembic_version"));
    site_wait(&site,
              "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'alembic_version'::regclass");

    doctor_examine(&site, 0);

    snprintf(expected, sizeof expected, "pid %d (postgres) holds AccessExclusiveLock on public.alembic_version",
             PQbackendPID(holder));
    doctor_finds(&site, "warn", "table_locks", expected);
    snprintf(expected, sizeof expected, "for a lock that pid %d holds", PQbackendPID(holder));
    doctor_finds(&site, "warn", "blocked", expected);
    doctor_finds(&site, "skip", "version_rows", "lock timeout");
    PQfinish(holder);
    PQfinish(waiter);
}
END_TEST

/* ---- the server ---- */

START_TEST(prepared_transactions_slots_and_standbys_that_are_not_there)
{
    const char *const settings[] = {"max_prepared_transactions=3", NULL};
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true, .settings = settings});
    struct site shared = site;
    site_open_on(&site, cluster);
    site_revision(&site, "a", "none", "SELECT 1;", NULL);
    sql_exec(site.conn, "CREATE TABLE t (id int)");
    sql_exec(site.conn, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s'");
    sql_exec(site.conn, "SELECT pg_create_physical_replication_slot('left', true)");

    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "prepared", "ROLLBACK PREPARED 'it''s'");
    doctor_finds(&site, "warn", "slots", "the physical slot left is used by nobody");
    doctor_finds(&site, "warn", "slots", "SELECT pg_drop_replication_slot('left')");
    doctor_finds(&site, "ok", "synchronous", "waits for no standby");

    sql_exec(site.conn, "ROLLBACK PREPARED 'it''s'");
    sql_exec(site.conn, "SELECT pg_drop_replication_slot('left')");
    PQclear(PQexec(site.conn, "ALTER SYSTEM SET synchronous_standby_names = 'ghost'"));
    sql_exec(site.conn, "SELECT pg_reload_conf()");
    site_wait(&site, "SELECT current_setting('synchronous_standby_names') = 'ghost'");
    doctor_examine(&site, 3);
    doctor_finds(&site, "ok", "prepared", "");
    doctor_finds(&site, "ok", "slots", "");
    doctor_finds(&site, "fail", "synchronous", "ghost");
    site_close(&site);
    cluster_destroy(cluster);
    site = shared;
}
END_TEST

/* ---- the schema ---- */

START_TEST(an_invalid_index)
{
    sql_exec(site.conn, "CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)");
    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY twice_id ON twice (id)"));
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "indexes", "public.twice_id on public.twice is not valid");
    doctor_finds(&site, "warn", "indexes", "DROP INDEX CONCURRENTLY public.twice_id, then");
    sql_exec(site.conn, "ALTER INDEX twice_id RENAME TO twice_id_ccnew");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "indexes", "remains of a REINDEX CONCURRENTLY");
    ck_assert_uint_eq(doctor_type_next(&site, "indexes"), 1);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "indexes", "all are valid");
}
END_TEST

START_TEST(a_constraint_that_was_never_validated)
{
    sql_exec(site.conn, "CREATE TABLE t (id int); ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "constraints", "1 was never validated: positive of public.t");
    ck_assert_uint_eq(doctor_type_next(&site, "constraints"), 1);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "constraints", "all are validated");
}
END_TEST

START_TEST(a_version_column_that_is_too_narrow)
{
    site_revision(&site, "a_long_name_indeed", "b", "SELECT 1;", NULL);
    sql_exec(site.conn, "CREATE TABLE alembic_version (version_num varchar(8) NOT NULL)");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "version_table", "holds 8 characters, the id a_long_name_indeed has 18");
    ck_assert_uint_eq(doctor_type_next(&site, "version_table"), 1);
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "version_table", "character varying(255)");
}
END_TEST

START_TEST(a_version_schema_that_is_not_there)
{
    site_set(&site, "MIGRATED_VERSION_SCHEMA=nowhere");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "version_table", "the schema of nowhere.alembic_version is not there");
    sql_exec(site.conn, "CREATE SCHEMA nowhere");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "version_table", "nowhere.alembic_version is not there yet");
}
END_TEST

START_TEST(a_version_row_that_nothing_explains)
{
    sql_exec(site.conn,
             "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL); INSERT INTO alembic_version "
             "VALUES ('stranger')");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "version_rows", "stranger");
}
END_TEST

START_TEST(files_with_faults)
{
    site_revision(&site, "c", "nobody", "SELECT 1;", NULL);
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "files", "1 fault");
    doctor_finds(&site, "fail", "files", "c.sql:1:");
    doctor_finds(&site, "fail", "files", "; next: migrated check --files");
    doctor_finds(&site, "skip", "version_rows", "files");
    site_set(&site, "MIGRATED_MIGRATIONS=/nowhere");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "files", "/nowhere");
}
END_TEST

/* ---- the books ---- */

START_TEST(a_revision_that_is_half_done)
{
    static const char next[] = "revision c is half applied; next: migrated resume --show";
    sql_exec(site.conn, "CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)");
    site_revision(&site, "c", "b\n-- transaction: off",
                  "CREATE TABLE tc (id int);\nCREATE UNIQUE INDEX CONCURRENTLY \"Twice\" ON twice (id);", NULL);
    site_run(&site, 0, "upgrade", "b");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "half_done", "no revision is");
    site_run(&site, 1, "upgrade");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "half_done", next);
    doctor_finds(&site, "ok", "indexes", "");

    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY \"Twice\" ON twice (id)"));
    PQclear(PQexec(site.conn, "CREATE UNIQUE INDEX CONCURRENTLY other ON twice (id)"));
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "indexes", "a half done revision was building it; next: `migrated upgrade`");
    doctor_finds(&site, "warn", "indexes", "DROP INDEX CONCURRENTLY public.other, then");

    static const char said[] = "revision c is half applied; next: `migrated resume --show`";
    site_run(&site, 3, "check");
    site_says(&site, said);
    site_run(&site, 0, "current");
    site_says(&site, said);
    site_run(&site, 3, "check", "--json");
    site_prints(&site, "\"half_done\":[\"c\"]");
    sql_exec(site.conn, "TRUNCATE twice");
    site_run(&site, 0, "upgrade");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "half_done", "no revision is");
    site_run(&site, 0, "current");
    ck_assert_str_eq(site.result.err, "");
}
END_TEST

START_TEST(a_revision_that_was_edited)
{
    site_run(&site, 0, "upgrade");
    site_revision(&site, "a", "none", "CREATE TABLE ta (id bigint);", "DROP TABLE ta;");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "changed", "a was edited after it was applied: ");
    doctor_finds(&site, "warn", "changed", "; next: put the file back as it was and write a new revision");
    site_set(&site, "MIGRATED_ON_CHANGED=fail");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "changed", "a was edited");
    site_run(&site, 0, "repair", "--checksum", "a");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "changed", "");
}
END_TEST

START_TEST(a_revision_that_slipped_in)
{
    site_run(&site, 0, "upgrade");
    site_revision(&site, "aa", "a", "SELECT 1;", NULL);
    site_revision(&site, "b", "aa", "CREATE TABLE tb (id int);", "DROP TABLE tb;");
    doctor_examine(&site, 0);
    doctor_finds(&site, "warn", "changed", "aa stands before b, which is applied, and was never run; next: ");
}
END_TEST

START_TEST(a_version_table_that_is_gone)
{
    site_run(&site, 0, "upgrade");
    sql_exec(site.conn, "DROP TABLE alembic_version");
    doctor_examine(&site, 3);
    doctor_finds(&site, "fail", "version_table",
                 "alembic_version is gone, but the history tells of 2 applied revisions");
    doctor_finds(&site, "fail", "version_table", "; next: put the table back, or `migrated stamp`");
    site_run(&site, 0, "stamp", "b");
    doctor_examine(&site, 0);
    doctor_finds(&site, "ok", "version_table", "");
}
END_TEST

Suite *doctor_suite(void)
{
    Suite *suite = suite_create("doctor");
    TCase *tests = tcase_create("doctor");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, all_is_well_and_nothing_is_changed);
    tcase_add_test(tests, json_has_a_name_and_a_status_for_each);
    tcase_add_test(tests, a_time_must_be_one);
    tcase_add_test(tests, an_idle_transaction);
    tcase_add_test(tests, our_lock_is_held);
    tcase_add_test(tests, the_version_table_is_locked_and_somebody_waits);
    tcase_add_test(tests, prepared_transactions_slots_and_standbys_that_are_not_there);
    tcase_add_test(tests, an_invalid_index);
    tcase_add_test(tests, a_constraint_that_was_never_validated);
    tcase_add_test(tests, a_version_column_that_is_too_narrow);
    tcase_add_test(tests, a_version_schema_that_is_not_there);
    tcase_add_test(tests, a_version_row_that_nothing_explains);
    tcase_add_test(tests, files_with_faults);
    tcase_add_test(tests, a_revision_that_is_half_done);
    tcase_add_test(tests, a_revision_that_was_edited);
    tcase_add_test(tests, a_revision_that_slipped_in);
    tcase_add_test(tests, a_version_table_that_is_gone);
    suite_add_tcase(suite, tests);
    return suite;
}
