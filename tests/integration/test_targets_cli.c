/* Several targets on the command line: what means all of them, and what one. */
#include "base/text.h"
#include "site.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

Suite *targets_cli_suite(void);

static struct site site;
static struct folder *etc, *second;
static const char *config;

static void set_up(void)
{
    struct text text = {0};
    site_open(&site);
    second = folder_create();
    etc = folder_create();
    config = folder_file(etc, "migrated.conf");
    text_addf(&text, "[target early]\nmigrations = %s\nversion_table = early\n[target main]\nafter = early\n",
              folder_path(second));
    folder_write(etc, "migrated.conf", text_string(&text));
    text_finish(&text);
    site_write(&site, "0001_first.sql", "ALTER TABLE second ADD first int;");
    folder_write(second, "0001_second.sql", "CREATE TABLE second (id int);");
}

static void tear_down(void)
{
    site_close(&site);
    folder_destroy(second);
    folder_destroy(etc);
}

START_TEST(upgrade_means_all_in_their_order)
{
    site_run(&site, 3, "check", "--config", config);
    site_printed(&site, "[early]\n1 revision pending: 0001_second\n[main]\n1 revision pending: 0001_first\n");
    site_run(&site, 0, "plan", "--config", config);
    site_prints(&site, "[early]\n0001_second upgrade");
    site_run(&site, 0, "upgrade", "--config", config);
    site_printed(&site, "[early]\n0001_second applied\n[main]\n0001_first applied\n"
                        "Job completed successfully: 2 revisions\n");
    site_run(&site, 0, "wait", "--config", config);
    site_printed(&site, "[early]\nmigrations in sync\n[main]\nmigrations in sync\n");
}
END_TEST

START_TEST(what_comes_after_a_failure_is_left_out)
{
    folder_write(second, "0001_second.sql", "ALTER TABLE nothing ADD x int;");
    site_run(&site, 1, "upgrade", "--config", config);
    site_says(&site, "nothing was applied: it comes after target early, which is not in sync");
    site_holds(&site, "SELECT concat_ws(' ', target, outcome) FROM migrated.history", "early failed");
}
END_TEST

START_TEST(one_that_needs_no_other_goes_on)
{
    struct text text = {0};
    text_addf(&text, "[target late]\nmigrations = %s\nversion_table = late\n", folder_path(second));
    folder_write(etc, "migrated.conf", text_string(&text));
    text_finish(&text);
    site_run(&site, 1, "upgrade", "--config", config); /* main fails: there is no table yet */
    site_prints(&site, "[late]\n0001_second applied\n");
    site_run(&site, 0, "upgrade", "--config", config);
}
END_TEST

START_TEST(one_json_document_for_all)
{
    site_run(&site, 0, "upgrade", "--json", "--config", config);
    json_error_t error;
    json_t *body = json_loads(site.result.out, 0, &error);
    ck_assert_msg(body != NULL, "%s", site.result.out);
    const json_t *targets = json_object_get(body, "targets");
    const char *const names[] = {"early", "main"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *applied = json_object_get(json_object_get(targets, names[i]), "applied");
        ck_assert_msg(json_array_size(applied) == 1, "%s", site.result.out);
    }
    json_decref(body);
    folder_write(second, "0002_bad.sql", "SELECT '");
    site_run(&site, 65, "check", "--json", "--config", config);
    site_prints(&site, "{\"targets\":{\"early\":{\"ok\":false,");
    site_prints(&site, "\"main\":{\"message\":\"migrations in sync\"");
}
END_TEST

START_TEST(a_target_that_is_named_is_the_only_one)
{
    site_run(&site, 0, "upgrade", "--target", "early", "--config", config);
    site_printed(&site, "0001_second applied\nJob completed successfully: 1 revision\n");
    site_run(&site, 0, "current", "--target", "early", "--config", config);
    site_printed(&site, "0001_second (head)\n");
    site_run(&site, 0, "heads", "--config", config); /* main's */
    site_printed(&site, "0001_first (head)\n");
    site_run(&site, 0, "upgrade", "0001_first", "--config", config); /* a revision is main's, too */
    site_printed(&site, "0001_first applied\nJob completed successfully: 1 revision\n");
    site_run(&site, 0, "heads", "--target", "early", "--migrations", folder_path(site.folder), "--config",
             config); /* flags are those of the target that is named */
    site_printed(&site, "0001_first (head)\n");
    site_run(&site, 64, "upgrade", "--target", "erly", "--config", config);
    site_says(&site, "--target erly: there is no such target");
    site_says(&site, "did you mean --target early?");
    site_run(&site, 64, "probe", "--target", "early");
    site_says(&site, "probe has no --target");
}
END_TEST

Suite *targets_cli_suite(void)
{
    Suite *suite = suite_create("targets_cli");
    TCase *tcase = tcase_create("targets_cli");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, upgrade_means_all_in_their_order);
    tcase_add_test(tcase, what_comes_after_a_failure_is_left_out);
    tcase_add_test(tcase, one_that_needs_no_other_goes_on);
    tcase_add_test(tcase, one_json_document_for_all);
    tcase_add_test(tcase, a_target_that_is_named_is_the_only_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
