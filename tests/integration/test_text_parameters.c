/* Values that a layout's tool puts into the text of its files: Flyway's and graphile-migrate's placeholders, goose's
 * variables. */
#include "serving.h"
#include "site.h"

#include <signal.h>
#include <string.h>

Suite *text_parameters_suite(void);

static struct site site;
static struct folder *etc;
static const char *config;

static void setup(void)
{
    site_open(&site);
    etc = folder_create();
    config = folder_file(etc, "migrated.conf");
}

static void teardown(void)
{
    folder_destroy(etc);
    site_close(&site);
}

#define TABLES "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c') ORDER BY 1"

static void set_vars(const char *lines)
{
    char text[256];
    snprintf(text, sizeof text, "[target main]\n%s", lines);
    folder_write(etc, "migrated.conf", text);
}

START_TEST(flyway_up_and_down_and_up_again)
{
    set_vars("vars.first = a\nvars.Second = b\nvars.rest = (id int)\n");
    site_write(&site, "V1__a.sql", "CREATE TABLE ${first} ${rest};\n");
    site_write(&site, "V2__b.sql", "CREATE TABLE ${second} ${rest};\nCOMMENT ON TABLE b IS '${flyway:filename}';\n");
    site_write(&site, "U2__b.sql", "DROP TABLE ${second};\n");
    site_write(&site, "V3__c.sql", "CREATE TABLE c (t text DEFAULT '${left}');\n");
    site_write(&site, "V3__c.sql.conf", "placeholderReplacement=false\nexecuteInTransaction=false\n");
    site_write(&site, "U3__c.sql", "DROP TABLE c;\n");
    site_run(&site, 0, "upgrade", "--config", config);
    site_holds(&site, TABLES, "a,b,c");
    site_holds(&site, "SELECT obj_description('b'::regclass)", "V2__b.sql");
    site_run(&site, 0, "downgrade", "1", "--config", config);
    site_holds(&site, TABLES, "a");
    site_run(&site, 0, "upgrade", "--config", config);
    site_holds(&site, TABLES, "a,b,c");
}
END_TEST

/* It is the file that was applied, whatever was put into it. */
START_TEST(another_value_is_no_edit)
{
    site_write(&site, "V1__a.sql", "CREATE TABLE ${first} (id int);\n");
    set_vars("vars.first = a\n");
    site_run(&site, 0, "upgrade", "--config", config);
    set_vars("vars.first = b\n");
    site_run(&site, 0, "check", "--config", config);
    ck_assert_ptr_null(strstr(site.result.out, "V1__a.sql"));
    site_write(&site, "V1__a.sql", "CREATE TABLE ${first} (id bigint);\n");
    site_run(&site, 0, "check", "--config", config);
    site_prints(&site, "V1__a.sql");
}
END_TEST

START_TEST(what_has_no_value_is_told)
{
    site_write(&site, "V1__a.sql", "CREATE TABLE\n a (t text DEFAULT '${first}');\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "V1__a.sql:2:21: placeholder ${first} has no value: set vars.first = VALUE in the target's "
                     "section of the configuration");
}
END_TEST

START_TEST(the_server_s_faults_have_the_places_of_the_file)
{
    set_vars("vars.long = a value that is longer than its name\nvars.short = s\n");
    site_write(&site, "V1__a.sql", "SELECT '${long}',\n  '${short}', nothing;\n");
    site_run(&site, 1, "upgrade", "--config", config);
    site_says(&site, "V1__a.sql:2:15: error: revision 1 failed in statement 1");
    site_says(&site, "\n     2 |   '${short}', nothing;\n       |               ^\n");
}
END_TEST

/* What the server finds in a value is told at the place of the placeholder. */
START_TEST(a_value_is_not_shown)
{
    set_vars("vars.pw = a secret\nvars.sum = 1 + nothing\n");
    site_write(&site, "V1__a.sql", "SELECT 1;\nSELECT '${pw}', ${sum};\n");
    site_run(&site, 1, "upgrade", "--config", config);
    site_says(&site, "V1__a.sql:2:17: error: revision 1 failed in statement 2");
    site_says(&site, "\n     2 | SELECT '${pw}', ${sum};\n       |                 ^\n");
    ck_assert_ptr_null(strstr(site.result.err, "secret"));
}
END_TEST

START_TEST(goose_up_and_down_and_up_again)
{
    site_set(&site, "FIRST=a");
    site_write(&site, "1_a.sql",
               "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE $FIRST (id int);\n-- +goose ENVSUB OFF\n"
               "COMMENT ON TABLE a IS '$FIRST';\n-- +goose Down\n-- +goose ENVSUB ON\nDROP TABLE ${FIRST};\n");
    site_write(&site, "2_b.sql",
               "-- +goose ENVSUB ON\n-- +goose Up\nCREATE TABLE ${SECOND:-b} (id int);\n-- +goose Down\n"
               "DROP TABLE ${SECOND:-b};\n");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b");
    site_holds(&site, "SELECT obj_description('a'::regclass)", "$FIRST");
    site_run(&site, 0, "downgrade", "base");
    site_holds(&site, TABLES, "");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b");
    site_write(&site, "3_c.sql", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '$FIRST$FIRST', nothing, ${NONE?};\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "3_c.sql:3:35: the environment has no NONE: set it");
    site_write(&site, "3_c.sql", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '$FIRST$FIRST', nothing;\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "3_c.sql:3:24: error: revision 3 failed in statement 1");
    site_says(&site, "\n     3 | SELECT '$FIRST$FIRST', nothing;\n       |                        ^\n");
}
END_TEST

#define COMMITTED "--! Previous: -\n--! Hash: sha1:56a528926b87aa5d0055e8e9a6b9d270e5133932\n\n"

START_TEST(graphile_migrate_s_placeholders)
{
    site_write(&site, "committed/000001-a.sql",
               COMMITTED "CREATE TABLE :FIRST (id int);\nCOMMENT ON TABLE :FIRST IS ':LEFT';\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "committed/000001-a.sql:4:14: placeholder :FIRST has no value: set vars.FIRST = VALUE");
    site_says(&site, "committed/000001-a.sql:5:18: placeholder :FIRST has no value");
    site_says(&site, "committed/000001-a.sql:5:29: placeholder :LEFT has no value");
    set_vars("vars.FIRST = a\nvars.LEFT = words\n");
    site_run(&site, 0, "upgrade", "--config", config);
    site_holds(&site, "SELECT obj_description('a'::regclass)", "words");
    set_vars("vars.FIRST = b\nvars.LEFT = words\n");
    site_run(&site, 0, "check", "--config", config);
    ck_assert_ptr_null(strstr(site.result.out, "000001-a.sql"));
}
END_TEST

/* With the values of a new configuration, in the same files. */
START_TEST(a_reload_takes_new_values)
{
    struct serving server;
    serving_create(&server);
    server.config = config;
    set_vars("vars.first = a\n");
    folder_write(server.files, "V1__a.sql", "CREATE TABLE ${first} (id int);\n");
    serving_start(&server, "MIGRATED_APPLY=watch", "MIGRATED_CACHE_TTL=10min", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "V2__b.sql", "CREATE TABLE ${second} (id int);\n");
    set_vars("vars.first = a\nvars.second = b\n");
    program_signal(server.program, SIGHUP);
    serving_wait_value(&server, "/readyz", "checks.1.detail.current_version", "2", SERVING_MS);
    serving_stop(&server);
    serving_destroy(&server);
    folder_destroy(server.files);
}
END_TEST

Suite *text_parameters_suite(void)
{
    Suite *suite = suite_create("text_parameters");
    TCase *tcase = tcase_create("text_parameters");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, flyway_up_and_down_and_up_again);
    tcase_add_test(tcase, another_value_is_no_edit);
    tcase_add_test(tcase, what_has_no_value_is_told);
    tcase_add_test(tcase, the_server_s_faults_have_the_places_of_the_file);
    tcase_add_test(tcase, a_value_is_not_shown);
    tcase_add_test(tcase, goose_up_and_down_and_up_again);
    tcase_add_test(tcase, graphile_migrate_s_placeholders);
    tcase_add_test(tcase, a_reload_takes_new_values);
    suite_add_tcase(suite, tcase);
    return suite;
}
