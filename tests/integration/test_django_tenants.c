/*
 * `tenant_schemas`: every tenant's django_migrations is compared. migrate_schemas stands in for that of django-tenants, which
 * runs the whole `migrate` in each schema.
 */
#include "base/text.h"
#include "django_project.h"
#include "serving.h"

#include <stdlib.h>
#include <string.h>

Suite *django_tenants_suite(void);

static struct site site;

#define QUERY "SELECT schema_name FROM public.client; -- of django-tenants"

static const char migrate_schemas[] =
    "from django.core.management import BaseCommand, call_command\nfrom django.db import connection\n"
    "class Command(BaseCommand):\n"
    "    def add_arguments(self, parser):\n        parser.add_argument('--noinput', action='store_true')\n"
    "    def handle(self, *args, **options):\n"
    "        cursor = connection.cursor()\n"
    "        cursor.execute('SELECT schema_name FROM public.client ORDER BY (schema_name <> %s), schema_name', "
    "['public'])\n"
    "        for schema, in cursor.fetchall():\n"
    "            cursor.execute('CREATE SCHEMA IF NOT EXISTS \"%s\"' % schema)\n"
    "            cursor.execute('SET search_path TO \"%s\"' % schema)\n"
    "            call_command('migrate', interactive=False)\n";

static void write_table(const char *name, const char *parent, const char *table)
{
    struct text body = {0};
    text_addf(&body, "    dependencies = [%s]\n    operations = [migrations.RunSQL(\"CREATE TABLE %s (id int)\")]\n",
              parent, table);
    django_project_migration(site.folder, "shop", name, text_string(&body));
    text_finish(&body);
}

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=django");
    site_set(&site, "MIGRATED_TENANT_SCHEMAS=" QUERY);
    django_project_create(site.folder);
    site_write(&site, "people/management/commands/migrate_schemas.py", migrate_schemas);
    write_table("0001_initial", "", "shop");
    sql_exec(site.conn, "CREATE TABLE client (schema_name text); "
                        "INSERT INTO client VALUES ('cask'), ('public'), ('ac\"\\me'), (NULL), ('cask'), ('bolt')");
}

static void teardown(void)
{
    site_close(&site);
}

static void use_migrate_schemas(void)
{
    char *command = django_project_command(site.folder, "migrate_schemas --noinput");
    site_set(&site, "MIGRATED_UPGRADE_COMMAND=%s", command);
    free(command);
}

/* Names that need quoting are the reader's matter, not the stand-in's. */
static void drop_odd_name(void)
{
    sql_exec(site.conn, "DELETE FROM client WHERE schema_name ~ 'ac'");
}

START_TEST(every_schema_is_compared)
{
    django_project_manage(&site, "migrate", NULL, NULL);
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0001_initial; 3 of 3 tenants behind: ac\"\\me, bolt, cask\n");
    sql_exec(site.conn, "CREATE SCHEMA \"ac\"\"\\me\"; CREATE SCHEMA bolt; CREATE SCHEMA cask;"
                        "CREATE TABLE \"ac\"\"\\me\".django_migrations (LIKE django_migrations);"
                        "INSERT INTO \"ac\"\"\\me\".django_migrations SELECT * FROM django_migrations;"
                        "CREATE TABLE bolt.django_migrations (LIKE django_migrations)");
    site_run(&site, 3, "check", "--json");
    site_prints(&site, "\"tenants\":{\"total\":3,\"behind\":2,\"first\":[\"bolt\",\"cask\"]}");
    sql_exec(site.conn, "DELETE FROM client WHERE schema_name IN ('bolt', 'cask')");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    sql_exec(site.conn, "INSERT INTO \"ac\"\"\\me\".django_migrations VALUES (9, 'shop', '0002_newer', now())");
    site_run(&site, 0, "check");
    site_printed(&site, "warning: the database is ahead of the revision files here by shop.0002_newer\n");
}
END_TEST

START_TEST(upgrade_brings_in_all)
{
    drop_odd_name();
    use_migrate_schemas();
    site_run(&site, 0, "upgrade");
    site_printed(&site, "shop.0001_initial applied\nJob completed successfully: 1 revision\n");
    site_run(&site, 0, "check");
    site_run(&site, 0, "upgrade");
    ck_assert_ptr_null(strstr(site.result.err, "Operations to perform"));
    sql_exec(site.conn, "INSERT INTO client VALUES ('dora')");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT name FROM dora.django_migrations", "0001_initial");
}
END_TEST

START_TEST(tells_which_tenants_a_failed_run_left)
{
    drop_odd_name();
    django_project_manage(&site, "migrate_schemas", NULL, NULL);
    use_migrate_schemas();
    write_table("0002_more", "('shop', '0001_initial')", "more");
    sql_exec(site.conn, "INSERT INTO client VALUES ('amos'); CREATE TABLE bolt.more ()");
    site_run(&site, 1, "upgrade");
    site_says(&site, "ended with exit status 1: 1 of 2 pending revisions was applied: shop.0001_initial\n"
                     "2 of 3 tenants behind: bolt, cask\n");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0002_more; 2 of 3 tenants behind: bolt, cask\n");
    sql_exec(site.conn, "DROP TABLE bolt.more");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "shop.0002_more applied\nJob completed successfully: 1 revision\n");
}
END_TEST

START_TEST(the_list_may_be_missing_at_first)
{
    sql_exec(site.conn, "DROP TABLE client");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0001_initial\n");
    django_project_manage(&site, "migrate", NULL, NULL);
    site_run(&site, 3, "check");
    site_printed(&site, "the tenants cannot be read: relation \"public.client\" does not exist\n");
    write_table("0002_more", "('shop', '0001_initial')", "more");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0002_more\n");
    site_run(&site, 3, "check", "--tenant-schemas", "SET work_mem = '4MB'");
    site_run(&site, 78, "check", "--engine", "alembic");
    site_says(&site, "tenant_schemas goes with engine = django alone");
}
END_TEST

/* More than a stretch of schemas, and more sets of records than are read at a time. */
START_TEST(thousands_are_read)
{
    drop_odd_name();
    django_project_manage(&site, "migrate", NULL, NULL);
    sql_exec(site.conn,
             "DELETE FROM client; INSERT INTO client SELECT 't' || i FROM generate_series(1001, 2203) AS i;"
             "DO $$ BEGIN FOR i IN 1001 .. 2203 LOOP EXECUTE format("
             "'CREATE SCHEMA t%%s CREATE TABLE django_migrations (app text, name text)', i); END LOOP; END $$");
    sql_exec(site.conn,
             "DO $$ BEGIN FOR i IN 1001 .. 2200 LOOP EXECUTE format('INSERT INTO t%%s.django_migrations "
             "SELECT ''shop'', ''0001_initial'' UNION ALL SELECT ''gone'', ''%%s''', i, greatest(i, 2187)); "
             "END LOOP; END $$");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: shop.0001_initial; 3 of 1203 tenants behind: t2201, t2202, t2203\n");
    sql_exec(site.conn, "UPDATE client SET schema_name = 't2200' WHERE schema_name > 't2200'");
    site_run(&site, 0, "check");
}
END_TEST

static struct serving server;

static void start_server(const char *details)
{
    server = (struct serving){.files = site.folder, .url = site.url};
    serving_start(&server, "MIGRATED_ENGINE=django", "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=200ms",
                  "MIGRATED_TENANT_SCHEMAS=" QUERY, details, NULL);
}

START_TEST(the_daemon_counts_them)
{
    drop_odd_name();
    django_project_manage(&site, "migrate", NULL, NULL);
    start_server("MIGRATED_DETAILS=always");
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.tenants.behind", "2");
    serving_check_value(&server, "/readyz", "checks.1.detail.tenants.first.0", "bolt");
    serving_check_value(&server, "/status", "targets.0.tenants.total", "2");
    serving_check_value(&server, "/health", "next_command", "python manage.py migrate_schemas");
    django_project_manage(&site, "migrate_schemas", NULL, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.tenants.behind", "0");
    serving_stop(&server);
}
END_TEST

START_TEST(tenants_are_not_named_to_everybody)
{
    drop_odd_name();
    django_project_manage(&site, "migrate", NULL, NULL);
    start_server("MIGRATED_DETAILS=never");
    serving_wait_state(&server, "pending", SERVING_MS);
    char *ready = serving_body(&server, "/readyz", NULL), *status = serving_body(&server, "/status", NULL);
    ck_assert_ptr_nonnull(strstr(ready, "2 of 2 tenants behind\""));
    ck_assert_ptr_null(strstr(ready, "bolt"));
    ck_assert_ptr_null(strstr(status, "bolt"));
    serving_stop(&server);
    free(ready);
    free(status);
}
END_TEST

Suite *django_tenants_suite(void)
{
    Suite *suite = suite_create("django_tenants");
    TCase *tests = tcase_create("django_tenants");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_schema_is_compared);
    tcase_add_test(tests, upgrade_brings_in_all);
    tcase_add_test(tests, tells_which_tenants_a_failed_run_left);
    tcase_add_test(tests, the_list_may_be_missing_at_first);
    tcase_add_test(tests, thousands_are_read);
    tcase_add_test(tests, the_daemon_counts_them);
    tcase_add_test(tests, tenants_are_not_named_to_everybody);
    suite_add_tcase(suite, tests);
    return suite;
}
