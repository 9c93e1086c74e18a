#include "core/tenants.h"

#include "graph_text.h"

#include <stdlib.h>

Suite *tenants_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* The shared rows, and "COUNT NAMES ROWS" for each set; refusal NULL: they could be read. */
static const struct {
    const char *shared, *sets, *refusal;
    enum verdict_kind kind;
    const char *message;
} cases[] = {
    {"b", "", NULL, VERDICT_IN_SYNC, "migrations in sync"},
    {"b", "2 acme,bolt b", NULL, VERDICT_IN_SYNC, "migrations in sync"},
    {"b", "2 acme,bolt b; 1 cask a", NULL, VERDICT_PENDING, "1 revision pending: b; 1 of 3 tenants behind: cask"},
    {"a", "2 acme,bolt b", NULL, VERDICT_PENDING, "1 revision pending: b"},
    {"b", "2 bolt,dora a; 1 acme -", NULL, VERDICT_PENDING,
     "2 revisions pending: a, b; 3 of 3 tenants behind: acme, bolt, dora"},
    {"b", "900 a1,a2,a3,a4 a; 9 b1,b2,b3 a", NULL, VERDICT_PENDING,
     "1 revision pending: b; 909 of 909 tenants behind: a1, a2, a3, a4, b1 and 904 more"},
    {"b", "1 acme b,x", NULL, VERDICT_AHEAD, "warning: the database is ahead of the revision files here by x"},
    {"b", "1 acme b,x; 1 bolt a", NULL, VERDICT_PENDING, "1 revision pending: b; 1 of 2 tenants behind: bolt"},
    {"b", "", "no such table", VERDICT_UNKNOWN, "the tenants cannot be read: no such table"},
    {"a", "", "no such table", VERDICT_PENDING, "1 revision pending: b"},
};

static struct tenants read_sets(const char *text)
{
    struct names lines = words(arena, text, ";");
    struct tenant_set *sets = arena_array(arena, lines.count + 1, sizeof *sets);
    struct tenants tenants = {.sets = sets, .count = lines.count};
    for (size_t i = 0; i < lines.count; i++) {
        struct names fields = words(arena, lines.items[i], " ");
        sets[i].count = strtoul(fields.items[0], NULL, 10);
        sets[i].first = words(arena, fields.items[1], ",");
        if (strcmp(fields.items[2], "-") != 0)
            sets[i].rows = words(arena, fields.items[2], ",");
        tenants.total += sets[i].count;
    }
    return tenants;
}

START_TEST(judges)
{
    struct graph *graph = text_graph(arena, "a; b a");
    struct names rows = words(arena, cases[_i].shared, " ");
    struct tenants tenants = read_sets(cases[_i].sets);
    struct verdict verdict;
    tenants.refusal = cases[_i].refusal;
    verdict_judge(arena, graph, &rows, NULL, &verdict);
    tenants_judge(arena, graph, tenants_copy(arena, &tenants), &verdict);
    ck_assert_str_eq(verdict_message(arena, &verdict), cases[_i].message);
    ck_assert_int_eq(verdict.kind, cases[_i].kind);
    ck_assert_int_eq(verdict.tenants.known, cases[_i].refusal == NULL);
    ck_assert_ptr_null(strstr(verdict_brief_message(arena, &verdict), "bolt"));
}
END_TEST

Suite *tenants_suite(void)
{
    Suite *suite = suite_create("tenants");
    TCase *tests = tcase_create("tenants");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
