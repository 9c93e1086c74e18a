/* Through PgBouncer: where a session keeps its backend everything works, elsewhere only what does not need that. */
#include "serving.h"
#include "site.h"
#include "support/pooler.h"

#include <stdlib.h>
#include <string.h>

Suite *poolers_suite(void);

static struct site site;
static struct pooler *pooler;

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_write(&site, "b.sql",
               "-- revision: b\n-- down_revision: a\n-- migrated:up\nCREATE INDEX CONCURRENTLY ia ON ta (id);\n"
               "-- migrated:down\nDROP INDEX CONCURRENTLY ia;\n");
    site_revision(&site, "c", "b", "CREATE TABLE tc (name text DEFAULT 'Grüße');", "DROP TABLE tc;");
}

static void teardown(void)
{
    site_close(&site);
    pooler_stop(pooler);
    pooler = NULL;
}

static void use_pooler(const char *mode, const char *settings)
{
    pooler = pooler_start_with(cluster_port(cluster_shared()), mode, settings);
    site_use_url(&site, "postgresql://postgres@127.0.0.1:%d/%s", pooler_port(pooler), site.database);
}

static const char *pooled_url(void)
{
    return strchr(site.variables[0], '=') + 1;
}

/* ---- the server's own address beside the pooler's ---- */

static const char *const sharing[] = {"transaction", "statement"};

START_TEST(revisions_go_by_migrate_url)
{
    use_pooler(sharing[_i], "");
    site_set(&site, "MIGRATED_MIGRATE_URL=%s", site.url);
    site_run(&site, 3, "check");
    site_run(&site, 0, "upgrade");
    site_prints(&site, "3 revisions");
    site_at(&site, "c");
    site_run(&site, 0, "check");
    site_run(&site, 0, "wait", "--for", "10s");
    site_run(&site, 0, "downgrade", "a");
    site_run(&site, 0, "stamp", "base");
    site_at(&site, "");
    site_run(&site, 0, "doctor");
    site_prints(&site, "none in between");
}
END_TEST

START_TEST(the_daemon_reads_by_one_and_applies_by_the_other)
{
    struct serving serving = {.files = site.folder};
    char variable[256];
    use_pooler(sharing[_i], "");
    serving.url = pooled_url();
    snprintf(variable, sizeof variable, "MIGRATED_MIGRATE_URL=%s", site.url);
    serving_start(&serving, variable, "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&serving, "ready", SERVING_MS);
    site_at(&site, "c");
    site_run(&site, 0, "probe", serving.http);
    site_run(&site, 0, "status", serving.http);

    sql_exec(site.conn, "UPDATE alembic_version SET version_num = 'b'"); /* seen without LISTEN */
    serving_wait_state(&serving, "pending", SERVING_MS);
    serving_stop(&serving);
}
END_TEST

Suite *poolers_suite(void)
{
    Suite *suite = suite_create("poolers");
    TCase *tests = tcase_create("poolers");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, revisions_go_by_migrate_url, 0, sizeof sharing / sizeof *sharing);
    tcase_add_loop_test(tests, the_daemon_reads_by_one_and_applies_by_the_other, 0, sizeof sharing / sizeof *sharing);
    suite_add_tcase(suite, tests);
    return suite;
}
