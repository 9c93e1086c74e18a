/* Directories without a revision file: mostly one that was not mounted, and no reason to let an application start. */
#include "doctor.h"
#include "serving.h"
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *empty_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

#define ASKED_FOR "there are no revision files in "

/* ---- commands ---- */

static const char *const gates[][3] = {
    {"upgrade"}, {"upgrade", "--dry-run"}, {"upgrade", "--sql"}, {"check"}, {"wait", "--for", "0"}};

START_TEST(no_files_are_no_migrations)
{
    site_run(&site, 78, gates[_i][0], gates[_i][1], gates[_i][2]);
    site_says(&site, ASKED_FOR);
    site_says(&site, ": is it mounted?");
    site_says(&site, "allow_empty = yes");
    site_printed(&site, "");
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'migrated')", "0");
}
END_TEST

START_TEST(who_means_it_says_so)
{
    site_set(&site, "MIGRATED_ALLOW_EMPTY=yes");
    site_run(&site, 0, gates[_i][0], gates[_i][1], gates[_i][2]);
}
END_TEST

static const char *const lookers[][4] = {
    {"heads"}, {"history"}, {"branches"}, {"current"}, {"check", "--files"}, {"plan"}, {"new", "-m", "first"}};

START_TEST(who_only_looks_is_let)
{
    site_run(&site, 0, lookers[_i][0], lookers[_i][1], lookers[_i][2], lookers[_i][3]);
}
END_TEST

START_TEST(the_doctor_tells_it)
{
    site_run(&site, 3, "doctor");
    doctor_finds(&site, "fail", "files", ASKED_FOR);
    site_set(&site, "MIGRATED_ALLOW_EMPTY=yes");
    site_run(&site, 0, "doctor");
    doctor_finds(&site, "ok", "files", "0 revisions");
}
END_TEST

/* ---- serve ---- */

static void write_first(struct serving *serving)
{
    folder_write(serving->files, "0001.sql", "CREATE TABLE ta (id int);\n");
}

static const char *const policies[] = {"MIGRATED_APPLY=startup", "MIGRATED_APPLY=watch"};

START_TEST(the_daemon_waits_for_the_mount)
{
    struct serving serving = {.files = site.folder, .url = site.url};
    long status;
    serving_start(&serving, policies[_i], "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&serving, "failed", SERVING_MS);
    json_decref(serving_get(&serving, "/readyz", &status));
    ck_assert_int_eq(status, 503);
    char *message = serving_value(&serving, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, ASKED_FOR) != NULL, "%s", message);
    free(message);
    write_first(&serving);
    serving_wait_state(&serving, "ready", SERVING_MS);
    site_at(&site, "0001");
    serving_stop(&serving);
}
END_TEST

START_TEST(files_that_vanish_leave_the_last_good)
{
    struct serving serving = {.files = site.folder, .url = site.url};
    write_first(&serving);
    serving_start(&serving, "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&serving, "ready", SERVING_MS);
    folder_remove(serving.files, "0001.sql");
    program_wait_line(serving.program, "the last good revision files stay in force: " ASKED_FOR, SERVING_MS);
    serving_let_readings_pass(&serving);
    serving_check_value(&serving, "/readyz", "state", "ready");
    serving_check_value(&serving, "/readyz", "checks.1.detail.expected_head", "0001");
    serving_stop(&serving);
}
END_TEST

START_TEST(the_daemon_may_be_meant_to_have_none)
{
    struct serving serving = {.files = site.folder, .url = site.url};
    serving_start(&serving, "MIGRATED_ALLOW_EMPTY=yes", NULL);
    serving_wait_state(&serving, "ready", SERVING_MS);
    serving_stop(&serving);
}
END_TEST

Suite *empty_suite(void)
{
    Suite *suite = suite_create("empty");
    TCase *tests = tcase_create("empty");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, no_files_are_no_migrations, 0, sizeof gates / sizeof *gates);
    tcase_add_loop_test(tests, who_means_it_says_so, 0, sizeof gates / sizeof *gates);
    tcase_add_loop_test(tests, who_only_looks_is_let, 0, sizeof lookers / sizeof *lookers);
    tcase_add_test(tests, the_doctor_tells_it);
    tcase_add_loop_test(tests, the_daemon_waits_for_the_mount, 0, sizeof policies / sizeof *policies);
    tcase_add_test(tests, files_that_vanish_leave_the_last_good);
    tcase_add_test(tests, the_daemon_may_be_meant_to_have_none);
    suite_add_tcase(suite, tests);
    return suite;
}
