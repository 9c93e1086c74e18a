#include "core/script.h"

#include "base/arena.h"
#include "core/revision_file.h"

#include <check.h>
#include <string.h>

Suite *script_suite(void);

static struct arena *arena;
static struct text out;

static void setup(void)
{
    arena = arena_create();
    out = (struct text){0};
}

static void teardown(void)
{
    text_finish(&out);
    arena_destroy(arena);
}

static const char *const row_a[] = {"a"}, *const row_b[] = {"b"}, *const rows_ab[] = {"a", "b"};

static struct names row(const char *const *items, size_t count)
{
    return (struct names){(const char **)(uintptr_t)items, count};
}

static void add(const char *file, enum direction direction, struct names before, struct names after)
{
    struct revision revision;
    struct faults faults = {.arena = arena};
    struct script_table table = {"public", "v"};
    revision_file_read(arena, "r.sql", file, strlen(file), &revision, &faults);
    ck_assert_uint_eq(faults.count, 0);
    script_add(&out, &table, &revision, direction, file, &before, &after);
}

#define RESETS "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\n"

START_TEST(a_whole_revision)
{
    add("SELECT 1", DIRECTION_UPGRADE, row(NULL, 0), row(row_a, 1));
    ck_assert_str_eq(text_string(&out), "-- upgrade r\nBEGIN;\nSELECT 1\n;\n" RESETS
                                        "INSERT INTO \"public\".\"v\" (version_num) VALUES ('a');\nCOMMIT;\n\n");
}
END_TEST

START_TEST(its_own_begin_and_commit_are_taken_off)
{
    add("BEGIN;\nSELECT 1;\nCOMMIT;\n", DIRECTION_UPGRADE, row(row_a, 1), row(row_b, 1));
    ck_assert_str_eq(text_string(&out), "-- upgrade r\nBEGIN;\n\nSELECT 1;\n\n\n" RESETS
                                        "UPDATE \"public\".\"v\" SET version_num = 'b' WHERE version_num = 'a';\n"
                                        "COMMIT;\n\n");
}
END_TEST

START_TEST(rows_of_a_merge_and_of_its_way_back)
{
    const char *file = "-- migrated:up\nSELECT 1;\n-- migrated:down\nSELECT 2;\n";
    add(file, DIRECTION_UPGRADE, row(rows_ab, 2), row(row_b, 1));
    ck_assert_ptr_nonnull(
        strstr(text_string(&out), "DELETE FROM \"public\".\"v\" WHERE version_num = 'a';\nCOMMIT;"));
    text_clear(&out);
    add(file, DIRECTION_DOWNGRADE, row(row_b, 1), row(rows_ab, 2));
    ck_assert_ptr_nonnull(strstr(text_string(&out), "SELECT 2;"));
    ck_assert_ptr_null(strstr(text_string(&out), "SELECT 1;"));
    ck_assert_ptr_nonnull(strstr(text_string(&out), "INSERT INTO \"public\".\"v\" (version_num) VALUES ('a');"));
}
END_TEST

START_TEST(outside_a_transaction)
{
    add("-- transaction: off\n-- migrated:up\nVACUUM;\n", DIRECTION_UPGRADE, row(NULL, 0), row(row_a, 1));
    const char *vacuum = strstr(text_string(&out), "VACUUM;"), *begin = strstr(text_string(&out), "BEGIN;");
    ck_assert(vacuum != NULL && begin != NULL && vacuum < begin);
}
END_TEST

START_TEST(the_beginning)
{
    struct script_table table = {NULL, "v"};
    script_begin(&out, &table, false);
    ck_assert_str_eq(text_string(&out), "\\set ON_ERROR_STOP on\n\n");
    script_begin(&out, &table, true);
    ck_assert_ptr_nonnull(strstr(text_string(&out), "CREATE TABLE IF NOT EXISTS \"v\" (\n"));
    ck_assert_ptr_nonnull(strstr(text_string(&out), "CONSTRAINT \"v_pkc\" PRIMARY KEY (version_num)"));
}
END_TEST

Suite *script_suite(void)
{
    Suite *suite = suite_create("script");
    TCase *tests = tcase_create("script");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_whole_revision);
    tcase_add_test(tests, its_own_begin_and_commit_are_taken_off);
    tcase_add_test(tests, rows_of_a_merge_and_of_its_way_back);
    tcase_add_test(tests, outside_a_transaction);
    tcase_add_test(tests, the_beginning);
    suite_add_tcase(suite, tests);
    return suite;
}
