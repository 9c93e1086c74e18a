/* `migrated upgrade`: what runs, in which order, and what it leaves behind. */
#include "site.h"

#include "base/text.h"
#include "support/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *upgrade_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

/* a - b - c, each makes a table of its name. */
static void write_chain(void)
{
    site_revision(&site, "a1_one", "none", "CREATE TABLE one (id int);", "DROP TABLE one;");
    site_revision(&site, "b2_two", "a1_one", "CREATE TABLE two (id int);", "DROP TABLE two;");
    site_revision(&site, "c3_three", "b2_two", "CREATE TABLE three (id int);", "DROP TABLE three;");
}

START_TEST(applies_a_linear_folder_and_records_it)
{
    site_write(&site, "0001_guests.sql", "CREATE TABLE guests (id int);");
    site_write(&site, "0002_rooms.sql", "CREATE TABLE rooms (id int); CREATE INDEX ON rooms (id);\n");

    site_run(&site, 0, "upgrade");

    site_printed(&site, "0001_guests applied\n0002_rooms applied\nJob completed successfully: 2 revisions\n");
    site_at(&site, "0002_rooms");
    site_holds(&site, "SELECT revision || ' ' || outcome || ' ' || statements FROM migrated.history ORDER BY id",
               "0001_guests applied 1,0002_rooms applied 2");
    site_holds(&site, "SELECT role || ' ' || program FROM migrated.history LIMIT 1", "postgres migrated 0.1.0");
    site_holds(&site, "SELECT count(*) FROM migrated.history WHERE duration >= '0' AND host <> '' AND checksum <> ''",
               "2");
}
END_TEST

static const struct {
    const char *from, *target, *rows;
    int status;
} forms[] = {
    {NULL, "heads", "c3_three", 0},
    {NULL, "head", "c3_three", 0},
    {NULL, "+1", "a1_one", 0},
    {NULL, "+3", "c3_three", 0},
    {NULL, "b2_two", "b2_two", 0},
    {NULL, "b2", "b2_two", 0},
    {"a1_one", "+1", "b2_two", 0},
    {"a1_one", "a1_one", "a1_one", 0},
    {NULL, "a1_one+1", "b2_two", 0},
    {"c3_three", "a1_one", "c3_three", 0},
    {"a1_one", "+5", "a1_one", 64},
    {"a1_one", "nowhere", "a1_one", 64},
    {"a1_one", "line@head", "c3_three", 0},
    {"a1_one", "line@+1", "b2_two", 0},
};

START_TEST(understands_every_form_of_a_target)
{
    write_chain();
    site_write(&site, "a1_one.sql",
               "-- down_revision: none\n-- labels: line\n-- migrated:up\nCREATE TABLE one (id int);\n");
    site_run(&site, 0, "stamp", "base");
    if (forms[_i].from != NULL)
        site_run(&site, 0, "stamp", forms[_i].from);

    site_run(&site, forms[_i].status, "upgrade", forms[_i].target);

    site_at(&site, forms[_i].rows);
}
END_TEST

START_TEST(applies_branches_and_their_merge)
{
    char *folder = realpath("migrations", NULL);
    ck_assert_msg(folder != NULL, "the tests run in the folder of the sources");
    site_set(&site, "MIGRATED_MIGRATIONS=%s", folder);
    free(folder);

    site_run(&site, 0, "upgrade", "0009_reviews");
    site_at(&site, "0009_reviews");
    site_run(&site, 0, "upgrade", "0008_refunds");
    site_at(&site, "0008_refunds,0009_reviews");
    site_run(&site, 0, "upgrade");
    site_prints(&site, "0011_merge_payments_and_reviews applied\n");
    site_at(&site, "0014_drop_booking_notes");
    site_holds(&site, "SELECT count(*) FROM migrated.history", "14");
    site_run(&site, 0, "check");
}
END_TEST

START_TEST(needs_no_lock_when_nothing_is_pending)
{
    char limit[WAIT_DURATION_SIZE];
    write_chain();
    site_run(&site, 0, "upgrade");
    sql_exec(site.conn, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));

    site_run(&site, 0, "upgrade", "--timeout", wait_duration(10000, limit));

    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_holds(&site, "SELECT count(*) FROM migrated.history", "3");
}
END_TEST

START_TEST(commits_the_graph_before_it_applies)
{
    write_chain();
    site_revision(&site, "c3_three", "b2_two", "SELECT 1/0;", NULL);

    site_run(&site, 1, "upgrade");

    site_at(&site, "b2_two");
    site_holds(&site,
               "SELECT revision || '<' || array_to_string(down_revisions, ' ') FROM migrated.revision ORDER BY 1",
               "a1_one<,b2_two<a1_one,c3_three<b2_two");
}
END_TEST

START_TEST(shows_the_plan_and_runs_nothing)
{
    write_chain();

    site_run(&site, 0, "plan");
    site_prints(&site, "a1_one");
    site_run(&site, 0, "upgrade", "--dry-run");
    site_prints(&site, "c3_three");
    site_run(&site, 0, "plan", "b2_two", "--json");
    site_prints(&site, "{\"steps\":[{\"revision\":\"a1_one\",\"direction\":\"upgrade\",\"file\":\"");
    site_prints(&site, "\"transactional\":true");
    ck_assert(strstr(site.result.out, "c3_three") == NULL);

    site_holds(&site, "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrated'", "0");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "0");
}
END_TEST

START_TEST(makes_the_version_table_as_alembic_does)
{
    write_chain();
    site_run(&site, 0, "upgrade");

    site_holds(
        &site,
        "SELECT conname FROM pg_constraint WHERE conrelid = 'public.alembic_version'::regclass AND contype = 'p'",
        "alembic_version_pkc");
    site_holds(&site,
               "SELECT attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull FROM pg_attribute "
               "WHERE attrelid = 'public.alembic_version'::regclass AND attnum > 0",
               "version_num character varying(255) true");
}
END_TEST

START_TEST(keeps_its_books_where_it_is_told)
{
    write_chain();
    sql_exec(site.conn, "CREATE SCHEMA \"My Books\"");

    site_run(&site, 0, "upgrade", "--version-table", "Ver Sion", "--version-schema", "My Books",
             "--bookkeeping-schema", "other");

    site_holds(&site, "SELECT version_num FROM \"My Books\".\"Ver Sion\"", "c3_three");
    site_holds(&site, "SELECT conname FROM pg_constraint WHERE conname LIKE 'Ver%' AND contype = 'p'",
               "Ver Sion_pkc");
    site_holds(&site, "SELECT DISTINCT version_table FROM other.history", "My Books.Ver Sion");
    site_holds(&site, "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrated'", "0");
}
END_TEST

START_TEST(finds_the_version_table_through_the_search_path)
{
    write_chain();
    sql_exec(site.conn, "CREATE SCHEMA front; CREATE SCHEMA back; CREATE TABLE back.alembic_version (version_num "
                        "varchar(32) NOT NULL PRIMARY KEY); INSERT INTO back.alembic_version VALUES ('a1_one')");
    sql_exec(site.conn, "ALTER DATABASE %s SET search_path = front, back", site.database);

    site_run(&site, 0, "upgrade");

    site_printed(&site, "b2_two applied\nc3_three applied\nJob completed successfully: 2 revisions\n");
    site_holds(&site, "SELECT version_num FROM back.alembic_version", "c3_three");
    site_holds(&site,
               "SELECT to_regclass('front.alembic_version') IS NULL AND to_regclass('front.three') IS NOT NULL", "t");
}
END_TEST

START_TEST(refuses_an_id_that_the_column_cannot_hold)
{
    sql_exec(site.conn, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)");
    site_revision(&site, "a1_one", "none", "CREATE TABLE one (id int);", NULL);
    site_revision(&site, "b2_an_id_of_thirty_three_letters_", "a1_one", "SELECT 1;", NULL);

    site_run(&site, 65, "upgrade");

    site_says(&site, "b2_an_id_of_thirty_three_letters_.sql:1:1: error: ");
    site_says(&site, "33 characters, but the version column holds 32");
    site_at(&site, "");
    site_holds(&site, "SELECT to_regclass('one') IS NULL", "t");
}
END_TEST

/* ---- a database that is ahead ---- */

START_TEST(does_nothing_on_a_database_that_is_ahead)
{
    write_chain();
    site_run(&site, 0, "upgrade");
    folder_remove(site.folder, "c3_three.sql");

    site_run(&site, 0, "upgrade");

    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_says(&site, "ahead");
    site_run(&site, 0, "upgrade", "--dry-run");
    site_run(&site, 0, "check");
    site_run(&site, 3, "check", "--ahead", "fail");
}
END_TEST

START_TEST(refuses_rows_that_nothing_explains)
{
    write_chain();
    site_run(&site, 0, "upgrade", "b2_two");
    sql_exec(site.conn, "UPDATE alembic_version SET version_num = 'f00d'");

    site_run(&site, 65, "upgrade");
    site_says(&site, "f00d");
    site_run(&site, 3, "check");
    site_run(&site, 65, "plan");
    site_at(&site, "f00d");
}
END_TEST

/* ---- Alembic beside us ---- */

static void write_alembic_revision(const char *id, const char *parent, const char *table)
{
    struct text file = {0}, name = {0};
    text_addf(&name, "alembic/versions/%s.py", id);
    text_addf(&file,
              "from alembic import op\nrevision = '%s'\ndown_revision = %s\nbranch_labels = None\ndepends_on = None\n"
              "def upgrade():\n    op.execute('CREATE TABLE %s (id int)')\n"
              "def downgrade():\n    op.execute('DROP TABLE %s')\n",
              id, parent, table, table);
    site_write(&site, text_string(&name), text_string(&file));
    text_finish(&name);
    text_finish(&file);
}

START_TEST(takes_turns_with_alembic)
{
    write_chain();
    site_write(&site, "alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    site_write(&site, "alembic/env.py",
               "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n"
               "with create_engine(os.environ['DATABASE_URL']).connect() as connection:\n"
               "    context.configure(connection=connection, transaction_per_migration=True)\n"
               "    with context.begin_transaction():\n        context.run_migrations()\n");
    write_alembic_revision("a1_one", "None", "one");
    write_alembic_revision("b2_two", "'a1_one'", "two");
    write_alembic_revision("c3_three", "'b2_two'", "three");

    site_run_alembic(&site, "upgrade", "a1_one");
    site_run(&site, 0, "upgrade", "b2_two");
    site_printed(&site, "b2_two applied\nJob completed successfully: 1 revision\n");
    site_run_alembic(&site, "upgrade", "head");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_run(&site, 0, "downgrade", "-1");
    site_run_alembic(&site, "downgrade", "-1");
    site_at(&site, "a1_one");
    site_run(&site, 0, "upgrade");
    site_run_alembic(&site, "downgrade", "base");
    site_at(&site, "");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE tablename IN ('one', 'two', 'three')", "0");
}
END_TEST

Suite *upgrade_suite(void)
{
    Suite *suite = suite_create("upgrade");
    TCase *tests = tcase_create("upgrade");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, applies_a_linear_folder_and_records_it);
    tcase_add_loop_test(tests, understands_every_form_of_a_target, 0, sizeof forms / sizeof *forms);
    tcase_add_test(tests, applies_branches_and_their_merge);
    tcase_add_test(tests, needs_no_lock_when_nothing_is_pending);
    tcase_add_test(tests, commits_the_graph_before_it_applies);
    tcase_add_test(tests, shows_the_plan_and_runs_nothing);
    tcase_add_test(tests, makes_the_version_table_as_alembic_does);
    tcase_add_test(tests, keeps_its_books_where_it_is_told);
    tcase_add_test(tests, finds_the_version_table_through_the_search_path);
    tcase_add_test(tests, refuses_an_id_that_the_column_cannot_hold);
    tcase_add_test(tests, does_nothing_on_a_database_that_is_ahead);
    tcase_add_test(tests, refuses_rows_that_nothing_explains);
    tcase_add_test(tests, takes_turns_with_alembic);
    suite_add_tcase(suite, tests);
    return suite;
}
