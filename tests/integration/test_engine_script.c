/* engine = script: one SQL file that is run when its checksum changes. */
#include "base/text.h"
#include "serving.h"
#include "site.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *engine_script_suite(void);

#define V1                                                                                                           \
    "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TABLE IF NOT EXISTS runs (script text);\nINSERT INTO runs "     \
    "VALUES ('v1');\n"
#define V2 V1 "INSERT INTO runs VALUES ('v2');\n"
#define V3 V1 "INSERT INTO runs VALUES ('v3');\n"

static struct site site;

static void set_up(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=script");
    site_set(&site, "MIGRATED_MIGRATIONS=%s", folder_file(site.folder, "vectors.sql"));
    free(site.variables[1]); /* the folder's */
    site.variables[1] = site.variables[3];
    site.variables[3] = NULL;
}

static void tear_down(void)
{
    site_close(&site);
}

static void write_script(const char *text)
{
    site_write(&site, "vectors.sql", text);
}

static void check_runs(const char *expected)
{
    site_holds(&site, "SELECT script FROM runs ORDER BY ctid", expected);
}

START_TEST(it_runs_when_it_changes)
{
    write_script(V1);
    site_run(&site, 3, "check");
    site_prints(&site, "1 revision pending: vectors-");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_run(&site, 0, "upgrade");
    site_prints(&site, "Job completed successfully: 0 revisions\n");
    check_runs("v1");

    write_script(V2);
    site_run(&site, 3, "check");
    site_run(&site, 0, "plan");
    site_prints(&site, "vectors-");
    site_run(&site, 0, "upgrade");
    check_runs("v1,v1,v2");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_holds(&site, "SELECT count(*) FROM migrated.script_main", "1"); /* no autogenerate sees it there */
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
}
END_TEST

START_TEST(an_older_one_never_runs_over_a_newer_one)
{
    write_script(V1);
    site_run(&site, 0, "upgrade");
    write_script(V2);
    site_run(&site, 0, "upgrade");
    write_script(V3);
    site_run(&site, 0, "upgrade");
    check_runs("v1,v1,v2,v1,v3");
    write_script(V1);
    site_run(&site, 0, "upgrade");
    site_says(&site, "the database is ahead of the revision files here");
    site_run(&site, 0, "check");
    write_script(V2);
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_prints(&site, "warning: the database is ahead");
    check_runs("v1,v1,v2,v1,v3");
}
END_TEST

/* Between our reading and our lock others bring in another one: the rows read before it do not count. */
START_TEST(what_came_meanwhile_is_followed)
{
    struct program *running;
    write_script(V1);
    site_run(&site, 0, "upgrade");
    write_script(V2);
    sql_exec(site.conn, "BEGIN; LOCK TABLE migrated.revision IN SHARE MODE"); /* the graph cannot be kept */
    running = program_start(&site.options, "upgrade", NULL);
    site_wait(&site,
              "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'migrated.revision'::regclass");
    sql_exec(site.conn, "INSERT INTO migrated.revision SELECT target, version_table, 'other', ARRAY[revision], '{}', "
                        "'{}', 'expand', '', 'x' FROM migrated.revision LIMIT 1");
    sql_exec(site.conn, "UPDATE migrated.script_main SET version_num = 'other'");
    sql_exec(site.conn, "COMMIT");
    site_ends(running, 0);
    check_runs("v1,v1,v2");
    site_holds(&site,
               "SELECT array_to_string(down_revisions, ' ') FROM migrated.revision JOIN migrated.script_main ON "
               "version_num = revision",
               "other");
}
END_TEST

START_TEST(two_at_once_run_it_once)
{
    struct program *programs[3];
    write_script(V1);
    for (size_t i = 0; i < 3; i++)
        programs[i] = program_start(&site.options, "upgrade", NULL);
    for (size_t i = 0; i < 3; i++)
        site_ends(programs[i], 0);
    check_runs("v1");
    write_script(V2);
    for (size_t i = 0; i < 3; i++)
        programs[i] = program_start(&site.options, "upgrade", NULL);
    for (size_t i = 0; i < 3; i++)
        site_ends(programs[i], 0);
    check_runs("v1,v1,v2");
}
END_TEST

START_TEST(steps_outside_a_transaction)
{
    static const char schema[] = "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
                                 "CREATE TABLE IF NOT EXISTS words (word text);\n"
                                 "CREATE INDEX CONCURRENTLY IF NOT EXISTS words_trgm ON words USING gin (word "
                                 "gin_trgm_ops);\n"
                                 "REINDEX INDEX CONCURRENTLY words_trgm;\nANALYZE words;\n";
    write_script(schema);
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'words_trgm'::regclass", "t");
    site_holds(&site, "SELECT count(*) FROM migrated.journal WHERE state = 'done'", "5");
    site_run(&site, 0, "check");
}
END_TEST

/* It is half done, and mended: the new one begins at its own beginning. */
START_TEST(one_that_broke_off_is_edited)
{
    write_script("-- transaction: off\nCREATE TABLE IF NOT EXISTS runs (script text);\nSELECT 1 / 0;\n");
    site_run(&site, 1, "upgrade");
    write_script(
        "-- transaction: off\nCREATE TABLE IF NOT EXISTS runs (script text);\nINSERT INTO runs VALUES ('mended');\n");
    site_run(&site, 0, "upgrade");
    check_runs("mended");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_holds(&site,
               "SELECT string_agg(state, ' ' ORDER BY id) FROM migrated.journal WHERE revision <> (SELECT "
               "version_num FROM migrated.script_main)",
               "done closed");
}
END_TEST

static const struct {
    const char *text, *message;
    int status;
} faulty[] = {
    {"-- down_revision: x\nSELECT 1;\n", "vectors.sql:1:19: a script has no down_revision", 65},
    {"-- depends_on: x\nSELECT 1;\n", "a script has no depends_on", 65},
    {"SELECT 'x;\n", "vectors.sql:1:8: ", 65},
    {NULL, "vectors.sql' can't be read: No such file", 78},
};

START_TEST(faults_have_their_place)
{
    if (faulty[_i].text != NULL)
        write_script(faulty[_i].text);
    site_run(&site, faulty[_i].status, "check", "--files");
    site_says(&site, faulty[_i].message);
}
END_TEST

START_TEST(it_is_one_file)
{
    site_run(&site, 78, "check", "--files", "--migrations", folder_path(site.folder));
    site_says(&site, "is no file");
    write_script(V1);
    site_run(&site, 78, "new", "-m", "more");
    site_says(&site, "it is run again when its checksum changes");
    site_run(&site, 0, "check", "--files");
}
END_TEST

/* ---- in the daemon ---- */

START_TEST(the_daemon_runs_it_behind_main)
{
    struct serving server;
    struct text text = {0};
    struct folder *etc = folder_create();
    serving_create(&server);
    server.config = folder_file(etc, "migrated.conf");
    folder_write(server.files, "0001_first.sql", "CREATE TABLE words (word text);");
    folder_write(etc, "vectors.sql",
                 "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
                 "CREATE INDEX IF NOT EXISTS words_trgm ON words USING gin (word gin_trgm_ops);\n");
    text_addf(&text,
              "[migrated]\ncache_ttl = 300ms\n[target vectors]\nengine = script\nmigrations = %s\nafter = main\n"
              "apply = watch\n",
              folder_file(etc, "vectors.sql"));
    folder_write(etc, "migrated.conf", text_string(&text));
    text_finish(&text);

    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.3.name", "migrations:vectors");
    serving_check_value(&server, "/readyz", "checks.3.detail.migrations_check", "ok");
    char *first = serving_value(&server, "/readyz", "checks.3.detail.current_version");
    folder_write(etc, "vectors.sql", "CREATE EXTENSION IF NOT EXISTS btree_gin;\n");
    serving_wait_value(&server, "/status", "targets.1.applied", "2", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    char *then = serving_value(&server, "/readyz", "checks.3.detail.current_version");
    ck_assert_str_ne(first, then);
    free(first);
    free(then);
    first = serving_sql(&server, "SELECT string_agg(version_num, ',') FROM migrated.script_vectors");
    ck_assert_ptr_null(strchr(first, ','));
    free(first);
    serving_stop(&server);
    serving_destroy(&server);
    folder_destroy(server.files);
    folder_destroy(etc);
}
END_TEST

Suite *engine_script_suite(void)
{
    Suite *suite = suite_create("engine_script");
    TCase *tcase = tcase_create("engine_script");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, it_runs_when_it_changes);
    tcase_add_test(tcase, an_older_one_never_runs_over_a_newer_one);
    tcase_add_test(tcase, what_came_meanwhile_is_followed);
    tcase_add_test(tcase, two_at_once_run_it_once);
    tcase_add_test(tcase, steps_outside_a_transaction);
    tcase_add_test(tcase, one_that_broke_off_is_edited);
    tcase_add_loop_test(tcase, faults_have_their_place, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(tcase, it_is_one_file);
    suite_add_tcase(suite, tcase);
    TCase *daemon = tcase_create("daemon");
    tcase_set_timeout(daemon, 60);
    tcase_add_test(daemon, the_daemon_runs_it_behind_main);
    suite_add_tcase(suite, daemon);
    return suite;
}
