/* `--sql`: what psql makes of the script is what applying makes. */
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *script_suite(void);

static struct site site, other; /* `site` applies, psql runs the script in `other` */

static void setup(void)
{
    site_open(&site);
    site_open(&other);
}

static void teardown(void)
{
    site_close(&other);
    site_close(&site);
}

/* Feed the last output of `site` to psql in `other`. */
static void run_in_psql(void)
{
    struct program_options psql = {.path = "psql", .input = site.result.out};
    program_result_finish(&other.result);
    program_run(&other.result, &psql, SITE_DEADLINE_MS, "-X", "-q", "-d", other.url, NULL);
    ck_assert_msg(other.result.status == 0, "psql: %s\n%s", other.result.err, site.result.out);
}

/* All that describes the schema, and the version rows. */
static const char fingerprint[] =
    "SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM ("
    "SELECT 'column ' || concat_ws(' ', table_name, column_name, data_type, character_maximum_length, "
    "column_default, "
    "is_nullable) AS line FROM information_schema.columns WHERE table_schema = 'public' UNION ALL "
    "SELECT 'constraint ' || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = "
    "'public'::regnamespace UNION ALL "
    "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
    "SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND "
    "prokind "
    "= 'f' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e') UNION ALL "
    "SELECT 'row ' || version_num FROM public.alembic_version) AS lines";

static void both_are_alike(void)
{
    char *expected = sql_value(site.conn, "%s", fingerprint), *found = sql_value(other.conn, "%s", fingerprint);
    ck_assert_str_eq(found, expected);
    free(expected);
    free(found);
}

START_TEST(the_example_up_and_down)
{
    char *folder = realpath("migrations", NULL);
    ck_assert_msg(folder != NULL, "the tests run in the folder of the sources");
    site_set(&site, "MIGRATED_MIGRATIONS=%s", folder);
    free(folder);

    site_run(&site, 0, "upgrade", "--sql", "0008_refunds");
    run_in_psql();
    site_run(&site, 0, "upgrade", "0008_refunds");
    both_are_alike();

    site_run(&site, 0, "upgrade", "--sql", "0008_refunds:heads");
    run_in_psql();
    site_run(&site, 0, "upgrade");
    both_are_alike();

    site_run(&site, 0, "downgrade", "--sql", "0012_bookings_note:0008_refunds");
    ck_assert(strstr(site.result.out, "DROP") != NULL);
    site_run(&site, 64, "downgrade", "--sql", "0008_refunds");
}
END_TEST

static const char graph_rows[] = "SELECT version_num FROM alembic_version ORDER BY version_num COLLATE \"C\"";

START_TEST(branches_merges_and_their_way_back)
{
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int)", "DROP TABLE tb -- no semicolon");
    site_revision(&site, "c", "a", "BEGIN; CREATE TABLE tc (id int); COMMIT;", "DROP TABLE tc;");
    site_revision(&site, "d", "none", "SET search_path = nowhere; CREATE TABLE public.td (id int);",
                  "DROP TABLE td;");
    site_revision(&site, "m", "b, c", "", "");
    site_revision(&site, "q'uote", "m", "CREATE TABLE tq (id text);\nCOPY tq FROM stdin;\nit\\tis\n\\.\n",
                  "DROP TABLE tq;");

    site_run(&site, 0, "upgrade", "--sql");
    run_in_psql();
    site_run(&site, 0, "upgrade");
    both_are_alike();
    site_holds(&other, graph_rows, "d,q'uote");
    site_holds(&other, "SELECT id FROM tq", "it\tis");

    site_run(&site, 0, "downgrade", "--sql", "q'uote:a");
    run_in_psql();
    site_holds(&other, graph_rows, "a,d");
    site_run(&site, 0, "downgrade", "a");
    site_holds(&site, graph_rows, "a,d");
    both_are_alike();
}
END_TEST

START_TEST(a_failing_script_stops_psql_and_keeps_what_was_done)
{
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", NULL);
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int); SELECT 1/0;", NULL);
    site_revision(&site, "c", "b", "CREATE TABLE tc (id int);", NULL);
    site_run(&site, 0, "upgrade", "--sql");
    struct program_options psql = {.path = "psql", .input = site.result.out};

    program_run(&other.result, &psql, SITE_DEADLINE_MS, "-X", "-q", "-d", other.url, NULL);

    ck_assert_int_eq(other.result.status, 3);
    site_holds(&other, graph_rows, "a");
    site_holds(&other, "SELECT to_regclass('tb') IS NULL AND to_regclass('tc') IS NULL", "t");
}
END_TEST

START_TEST(names_the_version_table_that_is_configured)
{
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", NULL);
    sql_exec(other.conn, "CREATE SCHEMA \"Other\"");

    site_run(&site, 0, "upgrade", "--sql", "--version-schema", "Other", "--version-table", "v");
    run_in_psql();

    site_holds(&other, "SELECT version_num FROM \"Other\".v", "a");
    site_holds(&other, "SELECT conname FROM pg_constraint WHERE conrelid = '\"Other\".v'::regclass AND contype = 'p'",
               "v_pkc");
}
END_TEST

Suite *script_suite(void)
{
    Suite *suite = suite_create("script");
    TCase *tests = tcase_create("script");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_example_up_and_down);
    tcase_add_test(tests, branches_merges_and_their_way_back);
    tcase_add_test(tests, a_failing_script_stops_psql_and_keeps_what_was_done);
    tcase_add_test(tests, names_the_version_table_that_is_configured);
    suite_add_tcase(suite, tests);
    return suite;
}
