/* `engine = django`: a Django project is read, without Python, and compared. */
#include "base/text.h"
#include "django_project.h"
#include "serving.h"

#include <stdlib.h>
#include <string.h>

Suite *django_suite(void);

static struct site site;

static void write_migration(const char *app, const char *name, const char *body)
{
    django_project_migration(site.folder, app, name, body);
}

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=django");
    django_project_create(site.folder);
    write_migration("people", "0001_initial", "    dependencies = []\n");
    write_migration("shop", "0001_initial", "    dependencies = [('folk', '__first__')]\n");
    write_migration("shop", "0002_price", "    dependencies = [('shop', '0001_initial')]\n    atomic = False\n");
}

static void teardown(void)
{
    site_close(&site);
}

static void manage(const char *command, const char *app, const char *name)
{
    django_project_manage(&site, command, app, name);
}

START_TEST(lists_without_a_database)
{
    site_run(&site, 0, "heads");
    site_printed(&site, "folk.0001_initial (effective head)\nshop.0002_price (head)\n");
    site_run(&site, 0, "history");
    site_prints(&site, "shop.0002_price (head) <- shop.0001_initial (outside a transaction: atomic = False at ");
    site_prints(&site, "/shop/migrations/0002_price.py:7:14)\nshop.0001_initial <- <base> "
                       "(folk.0001_initial)\nfolk.0001_initial (effective head) <- <base>\n");
    site_run(&site, 0, "show", "shop.0002_price", "--json");
    site_prints(&site, "\"app\":\"shop\",\"name\":\"0002_price\"");
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "3 revisions, no faults\n");
    write_migration("shop", "0002_other", "    dependencies = [('shop', '0001_initial')]\n");
    site_run(&site, 65, "check", "--files");
    site_says(&site, "2 heads: shop.0002_other, shop.0002_price");
    site_says(&site, "python manage.py makemigrations --merge");
}
END_TEST

START_TEST(compares_with_what_django_did)
{
    site_run(&site, 3, "check");
    site_printed(&site, "3 revisions pending: folk.0001_initial, shop.0001_initial, shop.0002_price\n");
    manage("migrate", "shop", "0001");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0002_price\n");
    site_run(&site, 0, "current");
    site_printed(&site, "folk.0001_initial (effective head)\nshop.0001_initial\n");
    manage("migrate", "shop", "0002");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_run(&site, 0, "wait");
    site_run(&site, 0, "current", "--check-heads");
    site_run(&site, 0, "doctor");
    site_prints(&site, "public.django_migrations is there: Django's records");
    write_migration("shop", "0001_squashed_0002_price",
                    "    replaces = [('shop', '0001_initial'), ('shop', '0002_price')]\n"
                    "    dependencies = [('folk', '0001_initial')]\n");
    site_run(&site, 0, "check");
    site_run(&site, 0, "heads");
    site_prints(&site, "shop.0001_squashed_0002_price (head)");
    site_holds(&site, "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrated'", "0");
}
END_TEST

START_TEST(records_that_files_do_not_explain)
{
    manage("migrate", "shop", "0002");
    site_holds(&site,
               "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001', now()), "
               "('shop', '0002_price', now()) RETURNING app",
               "gone,shop");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_holds(
        &site,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0003_newer', now()) RETURNING app",
        "shop");
    site_run(&site, 0, "check");
    site_printed(&site, "warning: the database is ahead of the revision files here by shop.0003_newer\n");
    site_holds(&site, "DELETE FROM django_migrations WHERE app = 'folk' RETURNING app", "folk");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: folk.0001_initial\n");
}
END_TEST

START_TEST(takes_a_saved_plan_instead)
{
    manage("showmigrations", "--plan", "-v2");
    site_write(&site, "plan.txt", site.result.out);
    write_migration("shop", "0002_price", "    dependencies = f()\n");
    site_run(&site, 65, "heads");
    site_says(&site,
              "/shop/migrations/0002_price.py:6:20: dependencies is a function call, which only a run of Python "
              "tells: write its value there, or set expected");
    site_set(&site, "MIGRATED_EXPECTED=%s", folder_file(site.folder, "plan.txt"));
    site_run(&site, 0, "heads");
    site_printed(&site, "folk.0001_initial (effective head)\nshop.0002_price (head)\n");
    site_run(&site, 3, "check");
    site_printed(&site, "3 revisions pending: folk.0001_initial, shop.0001_initial, shop.0002_price\n");
}
END_TEST

START_TEST(apps_can_be_named)
{
    site_write(&site, "conf.py", "INSTALLED_APPS = f()\n");
    site_run(&site, 65, "heads");
    site_says(&site, "/conf.py:1:18: INSTALLED_APPS is a function call, which only a run of Python tells: name the "
                     "installed apps with the option apps");
    site_run(&site, 0, "heads", "--apps", "people,shop=shop.migrations");
    site_printed(&site, "folk.0001_initial (effective head)\nshop.0002_price (head)\n");
    site_run(&site, 65, "heads", "--apps", "people,nowhere");
    site_says(&site,
              "the app nowhere is not beneath migrations: name the directory that it is imported from in migrations, "
              "save a plan and name it with expected, or name the installed apps with apps");
}
END_TEST

static const struct {
    const char *command, *argument, *instead, *why;
} refused[] = {
    {"upgrade", "heads", "python manage.py migrate", "with engine = django needs upgrade_command"},
    {"downgrade", "one", "python manage.py migrate APP NAME", "its files are Django's"},
    {"plan", "heads", "python manage.py migrate --plan", "its files are Django's"},
    {"stamp", "one", "python manage.py migrate --fake APP NAME", "its files are Django's"},
    {"new", "-mtext", "python manage.py makemigrations", "with engine = django needs new_command"},
};

START_TEST(applies_and_writes_nothing)
{
    struct text next = {0};
    text_addf(&next, "next: type `%s`\n", refused[_i].instead);
    site_run(&site, 78, refused[_i].command, refused[_i].argument);
    site_says(&site, refused[_i].why);
    site_says(&site, text_string(&next));
    text_finish(&next);
}
END_TEST

START_TEST(serves_its_readiness)
{
    struct serving server = {.files = site.folder, .url = site.url};
    serving_start(&server, "MIGRATED_ENGINE=django", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=200ms", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.expected_heads.1", "shop.0002_price");
    serving_check_value(&server, "/health", "next_command", "python manage.py migrate");
    manage("migrate", "shop", "0002");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_versions.1", "shop.0002_price");
    write_migration("shop", "0003_more", "    dependencies = [('shop', '0002_price')]\n");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.pending_revisions.0", "shop.0003_more");
    serving_stop(&server);
    free(server.http);
}
END_TEST

START_TEST(serve_needs_a_command)
{
    site_run(&site, 78, "serve");
    site_says(&site, "applying with engine = django needs upgrade_command: the project's own command");
    site_says(&site, "set upgrade_command = python manage.py migrate --noinput; or apply = never");
}
END_TEST

Suite *django_suite(void)
{
    Suite *suite = suite_create("django");
    TCase *tests = tcase_create("django");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lists_without_a_database);
    tcase_add_test(tests, compares_with_what_django_did);
    tcase_add_test(tests, records_that_files_do_not_explain);
    tcase_add_test(tests, takes_a_saved_plan_instead);
    tcase_add_test(tests, apps_can_be_named);
    tcase_add_loop_test(tests, applies_and_writes_nothing, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, serves_its_readiness);
    tcase_add_test(tests, serve_needs_a_command);
    suite_add_tcase(suite, tests);
    return suite;
}
