/* Django's graph where projects are large: squashes of squashes, and many dependencies. */
#include "base/arena.h"
#include "core/django_verdict.h"

#include <check.h>
#include <string.h>

Suite *django_graph_suite(void);

#define FILES 1500

static struct arena *arena;
static struct django_migration *migrations;
static struct django_key *all;
static struct django_app app = {"shop", true};
static struct django_project project;
static struct verdict verdict;

/* Migrations 0000 to 1499 of one app, that nothing stands on. */
static void setup(void)
{
    arena = arena_create();
    migrations = arena_array(arena, FILES, sizeof *migrations);
    all = arena_array(arena, FILES, sizeof *all);
    for (unsigned i = 0; i < FILES; i++) {
        all[i] = (struct django_key){.app = app.label, .name = arena_printf(arena, "%04u", i)};
        migrations[i] = (struct django_migration){.app = app.label,
                                                  .name = all[i].name,
                                                  .id = arena_printf(arena, "shop.%s", all[i].name),
                                                  .path = all[i].name};
    }
    project = (struct django_project){migrations, FILES, &app, 1};
}

static void teardown(void)
{
    arena_destroy(arena);
}

static void judge(size_t first, size_t count)
{
    struct names rows = {.items = arena_array(arena, count, sizeof *rows.items)};
    for (size_t i = first; i < first + count; i++)
        rows.items[rows.count++] = i < FILES ? migrations[i].id : arena_printf(arena, "shop.%04zu", i);
    django_verdict_judge(arena, &project, &rows, &verdict);
}

static void check_verdict(enum verdict_kind kind, size_t heads, size_t pending, size_t unknown)
{
    ck_assert_ptr_null(verdict.reason);
    ck_assert_str_eq(verdict_name(verdict.kind), verdict_name(kind));
    ck_assert_uint_eq(verdict.heads.count, heads);
    ck_assert_uint_eq(verdict.pending.count, pending);
    ck_assert_uint_eq(verdict.unknown_rows.count, unknown);
}

START_TEST(squashes_of_all_before)
{
    for (size_t i = 1; i < FILES; i++) {
        migrations[i].dependencies = (struct django_keys){&all[i - 1], 1};
        migrations[i].replaces = (struct django_keys){all, i};
    }
    judge(0, 0);
    check_verdict(VERDICT_PENDING, 1, 1, 0);
    ck_assert_str_eq(verdict.pending.items[0], "shop.1499");
    judge(0, 1);
    check_verdict(VERDICT_IN_SYNC, 1, 0, 0);
    judge(0, FILES);
    check_verdict(VERDICT_IN_SYNC, 1, 0, 0);
}
END_TEST

/* Of the first half, which is plain, some is applied: then no squash of the second half counts. */
START_TEST(squashes_that_are_applied_in_parts)
{
    for (size_t i = 1; i < FILES; i++) {
        migrations[i].dependencies = (struct django_keys){&all[i - 1], 1};
        if (i >= FILES / 2)
            migrations[i].replaces = (struct django_keys){all, i};
    }
    judge(0, 100);
    check_verdict(VERDICT_PENDING, 1, FILES / 2 - 100, 0);
    ck_assert_str_eq(verdict.heads.items[0], "shop.0749");
    judge(0, FILES / 2);
    check_verdict(VERDICT_IN_SYNC, 1, 0, 0);
    ck_assert_str_eq(verdict.heads.items[0], "shop.1499");
}
END_TEST

START_TEST(each_on_all_before)
{
    for (size_t i = 1; i < FILES; i++)
        migrations[i].dependencies = (struct django_keys){all, i};
    judge(0, 10);
    check_verdict(VERDICT_PENDING, 1, FILES - 10, 0);
    judge(0, FILES);
    check_verdict(VERDICT_IN_SYNC, 1, 0, 0);
}
END_TEST

/* What is replaced needs no file of its own; what no squash names does. */
START_TEST(records_without_a_file)
{
    project.migrations = &migrations[FILES - 1];
    project.count = 1;
    migrations[FILES - 1].replaces = (struct django_keys){all, FILES - 1};
    judge(0, FILES - 1);
    check_verdict(VERDICT_IN_SYNC, 1, 0, 0);
    judge(0, FILES + 2);
    check_verdict(VERDICT_AHEAD, 1, 0, 2);
    ck_assert_str_eq(verdict.unknown_rows.items[0], "shop.1500");
    ck_assert_str_eq(verdict.unknown_rows.items[1], "shop.1501");
}
END_TEST

Suite *django_graph_suite(void)
{
    Suite *suite = suite_create("django_graph");
    TCase *tests = tcase_create("django_graph");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, squashes_of_all_before);
    tcase_add_test(tests, squashes_that_are_applied_in_parts);
    tcase_add_test(tests, each_on_all_before);
    tcase_add_test(tests, records_without_a_file);
    suite_add_tcase(suite, tests);
    return suite;
}
