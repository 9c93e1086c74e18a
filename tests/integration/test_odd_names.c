/* Schemas and a version table whose names need every quote there is, wherever a name goes into a query. */
#include "serving.h"
#include "site.h"

#include <stdbool.h>
#include <stdio.h>

Suite *odd_names_suite(void);

/* An option takes no double quote; what the search path finds may have one. */
#define VERSION_SCHEMA "We'ird Schéma"
#define VERSION_TABLE  "it's; the Table"
#define BOOKKEEPING    "Bücher 'n More"
#define QUOTED_HISTORY "\"Bücher 'n More\".history"

static const struct {
    bool in_search_path;
    const char *quoted; /* the schema, as SQL has it */
} schemas[] = {
    {false, "\"We'ird Schéma\""},
    {true, "\"We\"\"ird 'Schéma\""},
};

static struct site site;

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_VERSION_TABLE=" VERSION_TABLE);
    site_set(&site, "MIGRATED_BOOKKEEPING_SCHEMA=" BOOKKEEPING);
    site_revision(&site, "a", "none", "CREATE TABLE a (id int);", "DROP TABLE a;");
    site_revision(&site, "b", "a", "CREATE TABLE b (id int);", "DROP TABLE b;");
}

static void teardown(void)
{
    site_close(&site);
}

static void make_version_schema(int i)
{
    sql_exec(site.conn, "CREATE SCHEMA %s", schemas[i].quoted);
    if (schemas[i].in_search_path)
        sql_exec(site.conn, "ALTER DATABASE %s SET search_path = %s, public", site.database, schemas[i].quoted);
    else
        site_set(&site, "MIGRATED_VERSION_SCHEMA=" VERSION_SCHEMA);
}

static void is_at(int i, const char *rows)
{
    char query[256];
    snprintf(query, sizeof query, "SELECT version_num FROM %s.\"" VERSION_TABLE "\"", schemas[i].quoted);
    site_holds(&site, query, rows);
}

START_TEST(commands_find_what_they_made)
{
    make_version_schema(_i);
    site_run(&site, 3, "check");
    site_run(&site, 0, "upgrade", "a");
    site_run(&site, 0, "current");
    site_printed(&site, "a\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_run(&site, 0, "downgrade", "a");
    site_run(&site, 0, "stamp", "b");
    site_run(&site, 0, "current");
    site_printed(&site, "b (head)\n");

    is_at(_i, "b");
    site_holds(&site, "SELECT concat_ws(' ', revision, direction, outcome) FROM " QUOTED_HISTORY " ORDER BY id",
               "a upgrade applied,b upgrade applied,b downgrade applied,b stamp stamped");
    site_holds(&site, "SELECT count(*) FROM pg_class WHERE relname IN ('alembic_version', 'history')", "1");
}
END_TEST

START_TEST(the_daemon_applies_and_records_and_sees_others)
{
    struct serving server = {.files = site.folder, .url = site.url};
    make_version_schema(0);
    serving_start(&server, "MIGRATED_VERSION_SCHEMA=" VERSION_SCHEMA, "MIGRATED_VERSION_TABLE=" VERSION_TABLE,
                  "MIGRATED_BOOKKEEPING_SCHEMA=" BOOKKEEPING, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    is_at(0, "b");

    site_run(&site, 0, "downgrade", "a");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_stop(&server);
    serving_destroy(&server);
}
END_TEST

/* The graph of somebody newer is read from the bookkeeping schema. */
START_TEST(a_database_that_is_ahead_is_known_by_its_graph)
{
    make_version_schema(0);
    site_run(&site, 0, "upgrade");
    folder_remove(site.folder, "b.sql");
    site_run(&site, 0, "upgrade");
    site_says(&site, "ahead");
}
END_TEST

Suite *odd_names_suite(void)
{
    Suite *suite = suite_create("odd_names");
    TCase *tests = tcase_create("odd_names");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, commands_find_what_they_made, 0, sizeof schemas / sizeof *schemas);
    tcase_add_test(tests, the_daemon_applies_and_records_and_sees_others);
    tcase_add_test(tests, a_database_that_is_ahead_is_known_by_its_graph);
    suite_add_tcase(suite, tests);
    return suite;
}
