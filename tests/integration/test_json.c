/* --json: one document on stdout, whatever happens; refused where there is none. */
#include "site.h"

#include <jansson.h>
#include <string.h>

Suite *json_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    site_revision(&site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(&site, "b", "a", "CREATE TABLE tb (id int);", "DROP TABLE tb;");
}

static void teardown(void)
{
    site_close(&site);
}

/* The last command's stdout, which must be one line and one document; owned by the caller. */
static json_t *document(void)
{
    json_error_t error;
    const char *newline = strchr(site.result.out, '\n');
    ck_assert_msg(newline != NULL && newline[1] == '\0', "not one line: %s", site.result.out);
    json_t *body = json_loads(site.result.out, 0, &error);
    ck_assert_msg(json_is_object(body), "%s: %s", error.text, site.result.out);
    return body;
}

/* The value of a key of the last command's document, as JSON text, is `expected`. */
static void check_key(const char *key, const char *expected)
{
    json_t *body = document();
    char *found = json_dumps(json_object_get(body, key), JSON_COMPACT | JSON_ENCODE_ANY);
    ck_assert_msg(found != NULL && strcmp(found, expected) == 0, "%s is %s, not %s", key, found == NULL ? "-" : found,
                  expected);
    free(found);
    json_decref(body);
}

static void check_error(const char *key, const char *expected)
{
    json_t *body = document(), *value = json_object_get(json_object_get(body, "error"), key);
    char *found = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    ck_assert_msg(found != NULL && strcmp(found, expected) == 0, "error.%s is %s, not %s", key,
                  found == NULL ? "-" : found, expected);
    free(found);
    json_decref(body);
}

START_TEST(of_runs)
{
    site_run(&site, 0, "upgrade", "--json", "a");
    json_t *body = document();
    const json_t *first = json_array_get(json_object_get(body, "applied"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "revision")), "a");
    ck_assert(json_is_integer(json_object_get(first, "ms"))); /* it travelled alone */
    ck_assert(json_is_integer(json_object_get(body, "elapsed_ms")));
    json_decref(body);
    check_key("ok", "true");
    check_key("direction", "\"upgrade\"");
    check_key("rows", "[\"a\"]");
    check_key("error", "null");

    site_run(&site, 0, "downgrade", "base", "--json");
    check_key("direction", "\"downgrade\"");
    check_key("rows", "[]");
    site_run(&site, 0, "upgrade", "--json");
    check_key("applied", "[{\"revision\":\"a\",\"ms\":null},{\"revision\":\"b\",\"ms\":null}]");
    site_run(&site, 0, "upgrade", "--json");
    check_key("applied", "[]");
    check_key("rows", "[\"b\"]");
}
END_TEST

START_TEST(of_a_run_that_fails)
{
    site_revision(&site, "c", "b", "SELECT 1;\nSELECT * FROM nowhere;", NULL);
    site_run(&site, 1, "upgrade", "--json");
    site_says(&site, "c.sql:4:15: error: ");
    check_key("ok", "false");
    check_key("failed", "\"c\"");
    check_key("rows", "[\"b\"]");
    check_error("code", "\"failed\"");
    check_error("exit_status", "1");
    check_error("sqlstate", "\"42P01\"");
    check_error("line", "4");
    check_error("column", "15");
    json_t *body = document(), *error = json_object_get(body, "error");
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(error, "file")), "/c.sql"));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(error, "message")), "nowhere"));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(error, "next")), "migrated upgrade"));
    json_decref(body);

    site_run(&site, 64, "downgrade", "nowhere", "--json");
    check_error("code", "\"usage\"");
    check_key("applied", "[]");
}
END_TEST

START_TEST(of_stamp)
{
    site_run(&site, 0, "stamp", "b", "--json");
    check_key("rows_before", "[]");
    check_key("rows", "[\"b\"]");
    check_key("taken_as_applied", "[\"a\",\"b\"]");
    site_run(&site, 0, "stamp", "a", "--json");
    check_key("rows_before", "[\"b\"]");
    check_key("taken_as_applied", "[]");
    site_run(&site, 64, "stamp", "nowhere", "--json");
    check_error("code", "\"usage\"");
}
END_TEST

START_TEST(of_checks)
{
    site_run(&site, 0, "check", "--files", "--json");
    check_key("ok", "true");
    check_key("revisions", "2");
    check_key("heads", "[\"b\"]");
    check_key("not_transactional", "[]");
    check_key("faults", "[]");
    site_run(&site, 3, "check", "--json");
    check_key("pending", "2");

    site_revision(&site, "c", "a", "BEGIN; SELECT 1; COMMIT;", "DROP INDEX CONCURRENTLY i;");
    site_run(&site, 65, "check", "--files", "--json");
    check_key("heads", "[\"b\",\"c\"]");
    check_key("wrapped", "[\"c\"]");
    check_error("code", "\"files\"");
    json_t *body = document(), *one = json_array_get(json_object_get(body, "not_transactional"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(one, "statement")), "DROP INDEX CONCURRENTLY");
    ck_assert_str_eq(json_string_value(json_object_get(one, "direction")), "downgrade");
    ck_assert_int_eq(json_integer_value(json_object_get(one, "line")), 5);
    json_decref(body);
}
END_TEST

/* Commands that have nothing to print for themselves tell the error, and every fault. */
START_TEST(of_what_goes_wrong)
{
    site_run(&site, 64, "show", "nowhere", "--json");
    check_error("exit_status", "64");
    site_run(&site, 78, "heads", "--json", "--cache-ttl", "5s", "--config", "/nonexistent/x.conf");
    check_error("file", "\"/nonexistent/x.conf\"");
    site_write(&site, "c.sql", "-- down_revision: b\n-- phase: exp\nSELECT '\n");
    static const char *const commands[] = {"upgrade", "plan", "heads", "check"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        site_run(&site, 65, commands[i], "--json");
        check_error("code", "\"files\"");
        json_t *body = document(), *faults = json_object_get(body, "faults");
        ck_assert_uint_eq(json_array_size(faults), 2);
        ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(faults, 1), "line")), 3);
        json_decref(body);
    }
    site_use_url(&site, "postgresql://postgres@127.0.0.1:1/test");
    folder_remove(site.folder, "c.sql");
    site_run(&site, 69, "check", "--json");
    check_error("code", "\"unreachable\"");
    site_run(&site, 69, "upgrade", "--json");
    check_error("exit_status", "69");
}
END_TEST

START_TEST(is_refused_where_there_is_none)
{
    site_run(&site, 64, "serve", "--json");
    site_says(&site, "serve has no --json");
    site_run(&site, 64, "help", "--json");
    site_run(&site, 64, "upgrade", "--sql", "--json");
    check_error("code", "\"usage\"");
}
END_TEST

START_TEST(of_a_command_line_that_is_not_understood)
{
    site_run(&site, 64, "upgrade", "--dry-rum", "--json");
    check_error("code", "\"usage\"");
    check_error("message", "\"unknown flag --dry-rum: did you mean --dry-run?\"");
    check_error("next", "\"migrated help upgrade\"");
    site_run(&site, 64, "upgrde", "--json");
    check_error("message", "\"unknown command upgrde: did you mean upgrade?\"");
    check_error("next", "\"migrated help\"");
    site_run(&site, 64, "--json", "upgrade");
    check_error("exit_status", "64");
    site_run(&site, 64, "show", "--json");
    check_error("message", "\"show needs REV\"");
    site_run(&site, 64, "show", "nowhere", "--", "--json"); /* a REV */
    site_printed(&site, "");
    site_run(&site, 64, "new", "-m", "--json", "guests");
    site_printed(&site, "");
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, of_runs);
    tcase_add_test(tests, of_a_run_that_fails);
    tcase_add_test(tests, of_stamp);
    tcase_add_test(tests, of_checks);
    tcase_add_test(tests, of_what_goes_wrong);
    tcase_add_test(tests, is_refused_where_there_is_none);
    tcase_add_test(tests, of_a_command_line_that_is_not_understood);
    suite_add_tcase(suite, tests);
    return suite;
}
