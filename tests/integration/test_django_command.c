/* `upgrade_command` with engine = django: the project's own manage.py applies, under our lock, and that is verified. */
#include "base/text.h"
#include "django_project.h"
#include "serving.h"

#include <stdlib.h>
#include <string.h>

Suite *django_command_suite(void);

static struct site site;

#define MANAGE_OF(settings)                                                                                          \
    "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '" settings                                     \
    "')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
#define RUN_SQL(sql) "    operations = [migrations.RunSQL(\"" sql "\")]\n"

static void use_manage(const char *option, const char *before, const char *arguments)
{
    char *command = django_project_command(site.folder, arguments);
    site_set(&site, "MIGRATED_%s=%s%s", option, before, command);
    free(command);
}

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=django");
    django_project_create(site.folder);
    django_project_migration(site.folder, "people", "0001_initial",
                             "    dependencies = []\n" RUN_SQL("CREATE TABLE person (id int)"));
    django_project_migration(site.folder, "shop", "0001_initial",
                             "    dependencies = [('folk', '__first__')]\n" RUN_SQL("CREATE TABLE shop (id int)"));
    django_project_migration(
        site.folder, "shop", "0002_price",
        "    dependencies = [('shop', '0001_initial')]\n" RUN_SQL("ALTER TABLE shop ADD price int"));
}

static void teardown(void)
{
    site_close(&site);
}

START_TEST(applies_and_remembers)
{
    use_manage("UPGRADE_COMMAND", "", "migrate --noinput");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "folk.0001_initial applied\nshop.0001_initial applied\nshop.0002_price applied\n"
                        "Job completed successfully: 3 revisions\n");
    site_says(&site, "Applying shop.0002_price... OK");
    site_history(&site, "folk.0001_initial upgrade applied,shop.0001_initial upgrade applied,"
                        "shop.0002_price upgrade applied");
    site_holds(&site, "SELECT revision || down_revisions::text || depends_on::text FROM migrated.revision ORDER BY 1",
               "folk.0001_initial{}{},shop.0001_initial{}{folk.0001_initial},shop.0002_price{shop.0001_initial}{}");
    site_run(&site, 0, "check");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    ck_assert_ptr_null(strstr(site.result.err, "Operations to perform"));
}
END_TEST

START_TEST(tells_what_failed)
{
    use_manage("UPGRADE_COMMAND", "", "migrate --noinput");
    django_project_migration(
        site.folder, "shop", "0002_price",
        "    dependencies = [('shop', '0001_initial')]\n" RUN_SQL("ALTER TABLE shop ADD price integr"));
    site_run(&site, 1, "upgrade");
    site_says(&site, "error: the upgrade command ended with exit status 1: 2 of 3 pending revisions were applied: "
                     "folk.0001_initial, shop.0001_initial\n");
    site_says(&site, "type \"integr\" does not exist");
    site_history(&site, "folk.0001_initial upgrade applied,shop.0001_initial upgrade applied,heads upgrade failed");
    use_manage("UPGRADE_COMMAND", "", "migrate --noinput folk");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command ended well, but 1 revision is still missing: shop.0002_price");
    site_says(&site, "next: see that it applies all apps, in the database 127.0.0.1:");
}
END_TEST

START_TEST(runs_once_for_two)
{
    struct text before = {0};
    text_addf(&before, "echo once >>%s; ", folder_file(site.folder, "tries"));
    use_manage("UPGRADE_COMMAND", text_string(&before), "migrate --noinput");
    struct program *one = program_start(&site.options, "upgrade", NULL),
                   *two = program_start(&site.options, "upgrade", NULL);
    site_ends(one, 0);
    site_ends(two, 0);
    char *tries = folder_read(site.folder, "tries");
    ck_assert_str_eq(tries, "once\n");
    free(tries);
    text_finish(&before);
}
END_TEST

/* The squash gives way to what it replaces, which is not in the graph of the files alone. */
START_TEST(goes_on_with_what_a_squash_replaces)
{
    django_project_manage(&site, "migrate", "shop", "0001");
    django_project_migration(site.folder, "shop", "0001_squashed_0002_price",
                             "    replaces = [('shop', '0001_initial'), ('shop', '0002_price')]\n"
                             "    dependencies = [('folk', '0001_initial')]\n");
    use_manage("UPGRADE_COMMAND", "", "migrate --noinput");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "shop.0002_price applied\nJob completed successfully: 1 revision\n");
    site_history(&site, "shop.0002_price upgrade applied");
    site_run(&site, 0, "check");
}
END_TEST

START_TEST(goes_to_the_heads_only)
{
    use_manage("UPGRADE_COMMAND", "", "migrate --noinput");
    site_run(&site, 64, "upgrade", "shop.0001_initial");
    site_says(&site, "next: type `python manage.py migrate APP NAME`, with `--plan` for the plan alone");
}
END_TEST

START_TEST(new_runs_makemigrations)
{
    use_manage("NEW_COMMAND", "", "makemigrations shop --empty -n \"$1\"");
    site_run(&site, 0, "new", "-m", "add_note");
    site_prints(&site, "/shop/migrations/0003_add_note.py");
    site_run(&site, 0, "heads");
    site_prints(&site, "shop.0003_add_note (head)");
}
END_TEST

static struct serving server;

static void start_server(const char *arguments)
{
    struct text variable = {0};
    char *command = django_project_command(site.folder, arguments);
    text_addf(&variable, "MIGRATED_UPGRADE_COMMAND=%s", command);
    server = (struct serving){.files = site.folder, .url = site.url};
    serving_start(&server, "MIGRATED_ENGINE=django", "MIGRATED_CACHE_TTL=1h", "MIGRATED_APPLY=watch",
                  text_string(&variable), NULL);
    text_finish(&variable);
    free(command);
}

/* No reading is due within the test: the folders of the apps are watched. */
START_TEST(the_daemon_applies_and_watches)
{
    start_server("migrate --noinput");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_wait_value(&server, "/status", "targets.0.applied", "3", SERVING_MS);
    django_project_migration(site.folder, "shop", "0003_more",
                             "    dependencies = [('shop', '0002_price')]\n" RUN_SQL("ALTER TABLE shop ADD x int"));
    serving_wait_value(&server, "/readyz", "checks.1.detail.current_versions.1", "shop.0003_more", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(the_daemon_tells_of_a_failed_command)
{
    start_server("migrate --noinput nothing");
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/health", "next_command", "migrated upgrade");
    serving_stop(&server);
}
END_TEST

/* Settings and packages of migrations that come later: of neither a folder was listed as one of migrations. */
START_TEST(the_daemon_watches_settings_and_apps)
{
    folder_write(site.folder, "manage.py", MANAGE_OF("site_conf.main"));
    folder_write(site.folder, "site_conf/__init__.py", "");
    folder_write(site.folder, "site_conf/main.py", "from conf import *\n");
    folder_write(site.folder, "late/__init__.py", "");
    start_server("migrate --noinput");
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(site.folder, "site_conf/main.py", "from conf import *\nINSTALLED_APPS += ['late']\n");
    program_wait_line(server.program, "revision files read", SERVING_MS);
    program_wait_line(server.program, "revision files read", SERVING_MS);
    folder_write(site.folder, "late/migrations/__init__.py", "");
    django_project_migration(site.folder, "late", "0001_initial", "    dependencies = []\n");
    serving_wait_value(&server, "/readyz", "checks.1.detail.current_versions.1", "late.0001_initial", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(the_daemon_skips_files_that_it_has_not)
{
    folder_remove(site.folder, "manage.py");
    start_server("migrate --noinput");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "skipped");
    serving_stop(&server);
    site_run(&site, 65, "check");
}
END_TEST

Suite *django_command_suite(void)
{
    Suite *suite = suite_create("django_command");
    TCase *tests = tcase_create("django_command");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, applies_and_remembers);
    tcase_add_test(tests, tells_what_failed);
    tcase_add_test(tests, runs_once_for_two);
    tcase_add_test(tests, goes_on_with_what_a_squash_replaces);
    tcase_add_test(tests, goes_to_the_heads_only);
    tcase_add_test(tests, new_runs_makemigrations);
    tcase_add_test(tests, the_daemon_applies_and_watches);
    tcase_add_test(tests, the_daemon_tells_of_a_failed_command);
    tcase_add_test(tests, the_daemon_watches_settings_and_apps);
    tcase_add_test(tests, the_daemon_skips_files_that_it_has_not);
    suite_add_tcase(suite, tests);
    return suite;
}
