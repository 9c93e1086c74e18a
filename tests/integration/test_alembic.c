/* `engine = alembic`: an Alembic project is read, without Python, and compared; nothing of it is applied. */
#include "base/text.h"
#include "serving.h"
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *alembic_suite(void);

static struct site site;

static void write_revision(const char *id, const char *parent)
{
    struct text file = {0}, name = {0};
    text_addf(&name, "alembic/versions/%s.py", id);
    text_addf(&file,
              "\"\"\"make %s\n\nRevises: nothing\nCreate Date: 2026-01-06 12:34:56\n\"\"\"\n"
              "from alembic import op\nrevision: str = '%s'\ndown_revision = %s\nbranch_labels = depends_on = None\n"
              "def upgrade():\n    op.execute('CREATE TABLE %s (id int)')\n"
              "def downgrade():\n    op.execute('DROP TABLE %s')\n",
              id, id, parent, id, id);
    site_write(&site, text_string(&name), text_string(&file));
    text_finish(&name);
    text_finish(&file);
}

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=alembic");
    site_write(&site, "alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    site_write(&site, "alembic/env.py",
               "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n"
               "with create_engine(os.environ['DATABASE_URL']).connect() as connection:\n"
               "    context.configure(connection=connection)\n"
               "    with context.begin_transaction():\n        context.run_migrations()\n");
    write_revision("one", "None");
    write_revision("two", "'one'");
    write_revision("three", "'two'");
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(lists_without_a_database)
{
    site_run(&site, 0, "heads");
    site_printed(&site, "three (head)\n");
    site_run(&site, 0, "history");
    site_printed(&site, "three (head) <- two, make three\ntwo <- one, make two\none <- <base>, make one\n");
    site_run(&site, 0, "show", "two");
    site_prints(&site, "Rev: two\nParent: one\nPath: ");
    site_prints(&site, "/alembic/versions/two.py\nCreate date: 2026-01-06 12:34:56\n\n    make two\n");
    site_run(&site, 0, "show", "two", "--json");
    site_prints(&site, "\"message\":\"make two\",\"create_date\":\"2026-01-06 12:34:56\"");
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "3 revisions, no faults\n");
    write_revision("four", "'two'");
    site_run(&site, 0, "branches");
    site_printed(&site, "two (branchpoint) -> four (head), three (head)\n");
    site_run(&site, 65, "check", "--files");
    site_says(&site, "2 heads: four, three");
}
END_TEST

START_TEST(compares_with_what_alembic_did)
{
    site_run(&site, 3, "check");
    site_printed(&site, "3 revisions pending: one, three, two\n");
    site_run_alembic(&site, "upgrade", "two");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: three\n");
    site_run(&site, 0, "current");
    site_prints(&site, "two");
    site_run_alembic(&site, "upgrade", "head");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_run(&site, 0, "wait");
    site_holds(&site, "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrated'", "0");
}
END_TEST

START_TEST(tells_what_only_python_knows)
{
    site_write(&site, "alembic/versions/four.py",
               "from app import LABEL, parent\nrevision = 'four'\ndown_revision = parent()\nbranch_labels = LABEL\n");
    site_run(&site, 65, "heads");
    site_says(&site, "/alembic/versions/four.py:3:17: down_revision is a function call, which only a run of "
                     "Python tells: write its value there, in quotes");
    site_write(&site, "alembic/versions/four.py",
               "from app import LABEL\nrevision = 'four'\ndown_revision = 'three'\nbranch_labels = LABEL\n");
    site_run(&site, 0, "check", "--files");
    site_says(&site, "/alembic/versions/four.py:4:17: note: the branch_labels of four are known to Python only");
    site_run(&site, 0, "check", "--files", "--json");
    site_prints(&site, "\"labels_not_known\":[\"four\"]");
    site_write(&site, "alembic/versions/four.py",
               "from peewee import *\nrevision = 'four'\ndown_revision = 'three'\n");
    site_run(&site, 0, "check", "--files");
    site_says(&site, "/alembic/versions/four.py:1:20: note: four is taken to depend on nothing");
    site_run(&site, 0, "check", "--files", "--json");
    site_prints(&site, "\"depends_on_assumed\":[\"four\"]");
}
END_TEST

static const struct {
    const char *command, *argument, *why, *instead;
} refused[] = {
    {"upgrade", "heads", "needs upgrade_command: the project's own command", "alembic upgrade heads"},
    {"downgrade", "one", "is not for engine = alembic: its files are Alembic's", "alembic downgrade REV"},
    {"plan", "heads", "is not for engine = alembic: its files are Alembic's", "alembic upgrade heads --sql"},
    {"stamp", "one", "is not for engine = alembic: its files are Alembic's", "alembic stamp REV"},
    {"new", "-mtext", "needs new_command: the project's own command", "alembic revision -m TEXT"},
    {"merge", "-mtext", "is not for engine = alembic: its files are Alembic's", "alembic merge -m TEXT REV REV"},
};

START_TEST(applies_and_writes_nothing)
{
    struct text next = {0};
    text_addf(&next, "next: type `%s`\n", refused[_i].instead);
    if (strcmp(refused[_i].command, "merge") == 0)
        site_run(&site, 78, "merge", "-m", "text", "one", "two");
    else if (strcmp(refused[_i].command, "new") == 0)
        site_run(&site, 78, "new", "-m", "text");
    else
        site_run(&site, 78, refused[_i].command, refused[_i].argument);
    site_says(&site, refused[_i].why);
    site_says(&site, text_string(&next));
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "0");
    text_finish(&next);
}
END_TEST

START_TEST(there_is_nothing_to_repair)
{
    site_run(&site, 78, "repair", "--checksum", "one");
    site_says(&site, "`migrated repair` has nothing to do with engine = alembic: nothing is kept of its files");
}
END_TEST

START_TEST(serves_its_readiness)
{
    struct serving server = {.files = site.folder, .url = site.url};
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=200ms", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.expected_head", "three");
    serving_check_value(&server, "/health", "next_command", "alembic upgrade heads");
    site_run_alembic(&site, "upgrade", "head");
    serving_wait_state(&server, "ready", SERVING_MS);
    write_revision("four", "'three'");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.pending_revisions.0", "four");
    serving_stop(&server);
    free(server.http);
}
END_TEST

/* An empty mount; a directory that an alembic.ini names and that is not mounted; no mount at all. */
static const struct {
    const char *ini, *migrations, *where;
} absent[] = {
    {NULL, "", "there are no revision files in /"},
    {"[alembic]\nscript_location = %(here)s/elsewhere\n", "", "there are no revision files in /"},
    {NULL, "/not/there", "there are no revision files in /not/there: is it mounted?; next: mount them"},
};

START_TEST(is_ready_without_files_and_says_so)
{
    struct serving server = {.files = site.folder, .url = site.url};
    struct text migrations = {0};
    folder_remove(site.folder, "alembic.ini");
    if (absent[_i].ini != NULL)
        site_write(&site, "alembic.ini", absent[_i].ini);
    text_addf(&migrations, "MIGRATED_MIGRATIONS=%s",
              *absent[_i].migrations == '\0' ? folder_path(site.folder) : absent[_i].migrations);
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=200ms",
                  text_string(&migrations), NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "ok", "true");
    serving_check_value(&server, "/readyz", "checks.0.ok", "true");
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "skipped");
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_current", "false");
    char *message = serving_value(&server, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, absent[_i].where) != NULL, "%s", message);
    if (*absent[_i].migrations == '\0') {
        site_write(&site, "alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
        serving_wait_state(&server, "pending", SERVING_MS);
        serving_check_value(&server, "/readyz", "checks.1.detail.expected_head", "three");
    }
    serving_stop(&server);
    free(message);
    text_finish(&migrations);
}
END_TEST

START_TEST(keeps_what_it_knows_for_older_ones)
{
    struct serving server = {.files = site.folder, .url = site.url};
    site_run_alembic(&site, "upgrade", "head");
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=200ms", NULL);
    site_wait(&site, "SELECT to_regclass('migrated.revision') IS NOT NULL");
    site_wait(&site, "SELECT count(*) = 3 FROM migrated.revision");
    serving_stop(&server);
    folder_remove(site.folder, "alembic/versions/three.py");
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "ahead");
    serving_stop(&server);
    write_revision("three", "'two'");
    write_revision("four", "'two'");
    folder_remove(site.folder, "alembic/versions/three.py");
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&server, "diverged", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(says_that_it_may_not_keep_it)
{
    struct text url = {0};
    site_run_alembic(&site, "upgrade", "head");
    sql_exec(site.conn, "CREATE ROLE looker LOGIN; GRANT SELECT ON alembic_version TO looker");
    text_addf(&url, "postgresql://looker@127.0.0.1:%d/%s", cluster_port(cluster_shared()), site.database);
    struct serving server = {.files = site.folder, .url = text_string(&url)};
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=100ms", NULL);
    program_wait_line(server.program, "the known revisions are not kept for older programs: permission denied",
                      SERVING_MS);
    serving_let_readings_pass(&server);
    serving_wait_state(&server, "ready", SERVING_MS);
    const char *first = strstr(program_err(server.program), "are not kept");
    ck_assert_ptr_null(strstr(first + 1, "are not kept"));
    serving_stop(&server);
    sql_exec(site.conn, "DROP OWNED BY looker; DROP ROLE looker");
    text_finish(&url);
}
END_TEST

START_TEST(autogenerate_proposes_nothing_about_us)
{
    site_write(&site, "alembic/script.py.mako",
               "from alembic import op\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
               "def upgrade():\n    ${upgrades if upgrades else 'pass'}\n");
    site_write(&site, "alembic/env.py",
               "import os, sqlalchemy\nfrom alembic import context\n"
               "tables = sqlalchemy.MetaData()\n"
               "for name in 'one', 'two', 'three':\n"
               "    sqlalchemy.Table(name, tables, sqlalchemy.Column('id', sqlalchemy.Integer))\n"
               "with sqlalchemy.create_engine(os.environ['DATABASE_URL']).connect() as connection:\n"
               "    context.configure(connection=connection, target_metadata=tables)\n"
               "    with context.begin_transaction():\n        context.run_migrations()\n");
    site_set(&site, "MIGRATED_UPGRADE_COMMAND=alembic -c %s upgrade heads", folder_file(site.folder, "alembic.ini"));
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname = 'migrated'", "3");
    struct program_options options = site.options;
    options.path = "alembic";
    program_result_finish(&site.result);
    program_run(&site.result, &options, SITE_DEADLINE_MS, "-c", folder_file(site.folder, "alembic.ini"), "revision",
                "--autogenerate", "--rev-id", "four", "-m", "x", NULL);
    ck_assert_msg(site.result.status == 0, "%s", site.result.err);
    char *proposed = folder_read(site.folder, "alembic/versions/four_x.py");
    ck_assert_msg(strstr(proposed, "op.") == NULL, "%s", proposed);
    free(proposed);
}
END_TEST

START_TEST(a_new_revision_is_the_projects_own)
{
    site_write(&site, "alembic/script.py.mako",
               "# ${message}\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n");
    site_set(&site,
             "MIGRATED_NEW_COMMAND=alembic -c %s revision --rev-id four -m \"$1\" && echo \"$MIGRATED_MESSAGE\"",
             folder_file(site.folder, "alembic.ini"));
    site_run(&site, 0, "new", "-m", "it's \"$(touch x)\"; exit 9");
    site_prints(&site, "it's \"$(touch x)\"; exit 9\n");
    site_run(&site, 0, "heads");
    site_printed(&site, "four (head)\n");
    site_run(&site, 64, "new", "-m", "x", "--head", "two");
    site_says(&site, "new_command gets the message alone: --head does not go with it");
    site_run(&site, 64, "new");
    site_run(&site, 64, "new", "-m", "x", "--json");
}
END_TEST

START_TEST(the_end_of_new_command_is_ours)
{
    site_set(&site, "MIGRATED_NEW_COMMAND=exit 7");
    site_run(&site, 7, "new", "-m", "x");
}
END_TEST

START_TEST(serve_does_not_apply)
{
    site_run(&site, 78, "serve");
    site_says(&site, "applying with engine = alembic needs upgrade_command: the project's own command");
}
END_TEST

Suite *alembic_suite(void)
{
    Suite *suite = suite_create("alembic");
    TCase *tests = tcase_create("alembic");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lists_without_a_database);
    tcase_add_test(tests, compares_with_what_alembic_did);
    tcase_add_test(tests, tells_what_only_python_knows);
    tcase_add_loop_test(tests, applies_and_writes_nothing, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, there_is_nothing_to_repair);
    tcase_add_test(tests, serves_its_readiness);
    tcase_add_loop_test(tests, is_ready_without_files_and_says_so, 0, sizeof absent / sizeof *absent);
    tcase_add_test(tests, keeps_what_it_knows_for_older_ones);
    tcase_add_test(tests, says_that_it_may_not_keep_it);
    tcase_add_test(tests, autogenerate_proposes_nothing_about_us);
    tcase_add_test(tests, a_new_revision_is_the_projects_own);
    tcase_add_test(tests, the_end_of_new_command_is_ours);
    tcase_add_test(tests, serve_does_not_apply);
    suite_add_tcase(suite, tests);
    return suite;
}
