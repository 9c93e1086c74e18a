/* What the types of checks make of an answer. */
#include "base/arena.h"
#include "core/check.h"

#include <check.h>
#include <string.h>

Suite *check_judge_suite(void);

#define NOW       "2026-01-06 12:35:42+00"
#define LOCAL_NOW "2026-01-06 13:35:42" /* of a session an hour ahead */
#define TEXT      25
#define BOOLEAN   CHECK_COLUMN_BOOLEAN
#define TIME      CHECK_COLUMN_TIMESTAMPTZ
#define LOCAL     CHECK_COLUMN_TIMESTAMP

static const char *boolean(const struct check_field *field)
{
    return field->yes ? "true" : "false";
}

/* "key=value key=value", as JSON would have them. */
static char *fields_of(struct arena *arena, const struct check_result *result)
{
    char *all = arena_string(arena, "");
    for (size_t i = 0; i < result->n_fields; i++) {
        const struct check_field *field = &result->fields[i];
        const char *value = field->kind == CHECK_NULL      ? "null"
                            : field->kind == CHECK_BOOLEAN ? boolean(field)
                            : field->kind == CHECK_TEXT    ? field->text
                                                           : arena_printf(arena, "%.9g", field->number);
        all = arena_printf(arena, "%s%s%s=%s", all, i == 0 ? "" : " ", field->key, value);
    }
    return all;
}

static void judge(struct arena *arena, const char *type, const unsigned *types, const char *const *values,
                  size_t n_columns, size_t n_rows, struct check_result *result)
{
    const struct check_answer answer = {.types = types,
                                        .values = values,
                                        .n_columns = n_columns,
                                        .n_rows = n_rows,
                                        .now = NOW,
                                        .local_now = LOCAL_NOW};
    check_judge(arena, check_type_find(type), &(struct check_terms){180000}, &answer, result);
}

static const struct {
    size_t n_columns, n_rows;
    unsigned type;
    const char *values[2];
    bool ok;
    const char *message;
} truths[] = {
    {1, 1, BOOLEAN, {"t"}, true, "the query returned true"},
    {1, 1, BOOLEAN, {"f"}, false, "the query returned false"},
    {1, 1, BOOLEAN, {NULL}, false, "the query returned NULL"},
    {1, 0, BOOLEAN, {NULL}, false, "the query returned no row: it must return one boolean"},
    {1, 2, BOOLEAN, {"t", "t"}, false, "the query returned 2 rows: it must return one boolean"},
    {2, 1, BOOLEAN, {"t", "t"}, false, "the query returned 2 columns: it must return one boolean"},
    {0, 1, BOOLEAN, {NULL}, false, "the query returned 0 columns: it must return one boolean"},
    {1, 1, TEXT, {"t"}, false, "the query returned no boolean: compare, or cast with ::boolean"},
    {1, CHECK_MOST_ROWS, BOOLEAN, {"t"}, false, "the query returned 1000 rows or more"},
};

START_TEST(a_query_must_be_true)
{
    struct arena *arena = arena_create();
    struct check_result result;
    const unsigned types[] = {truths[_i].type, truths[_i].type};
    judge(arena, "sql", types, truths[_i].values, truths[_i].n_columns, truths[_i].n_rows, &result);
    ck_assert_str_eq(result.message, truths[_i].message);
    ck_assert_str_eq(result.brief_message, truths[_i].message);
    ck_assert_int_eq(result.ok, truths[_i].ok);
    ck_assert_uint_eq(result.n_fields, 0);
    arena_destroy(arena);
}
END_TEST

#define FRESH                                                                                                        \
    "enabled=true last_heartbeat=2026-01-06T12:34:56Z runner_id=jobs-runner age_seconds=45.2 threshold_seconds=180 " \
    "jobs_enabled=true"
#define NONE                                                                                                         \
    "enabled=true last_heartbeat=null runner_id=null age_seconds=null threshold_seconds=180 jobs_enabled=true"

static const struct {
    size_t n_columns, n_rows;
    unsigned types[3];
    const char *values[6];
    bool ok;
    const char *message, *fields;
} heartbeats[] = {
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", "2026-01-06 12:34:56.8+00"},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", "2026-01-06 07:34:56.8-05"},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {2,
     1,
     {TEXT, LOCAL},
     {"jobs-runner", "2026-01-06 13:34:56.8"},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", "2026-01-06 12:32:42+00"},
     true,
     "the last heartbeat of jobs-runner is 3 min 0 s old",
     "enabled=true last_heartbeat=2026-01-06T12:32:42Z runner_id=jobs-runner age_seconds=180 threshold_seconds=180 "
     "jobs_enabled=true"},
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", "2026-01-06 12:32:41.9+00"},
     false,
     "the last heartbeat of jobs-runner is 3 min 0 s old, more than 3 min 0 s",
     "enabled=true last_heartbeat=2026-01-06T12:32:41Z runner_id=jobs-runner age_seconds=180.1 threshold_seconds=180 "
     "jobs_enabled=true"},
    {2,
     1,
     {TEXT, TIME},
     {NULL, "2026-01-06 12:34:42+00"},
     true,
     "the last heartbeat of the runner is 1 min 0 s old",
     "enabled=true last_heartbeat=2026-01-06T12:34:42Z runner_id=null age_seconds=60 threshold_seconds=180 "
     "jobs_enabled=true"},
    {2,
     1,
     {TEXT, TIME},
     {"ahead", "2026-01-06 12:40:42+00"},
     false,
     "the last heartbeat of ahead is 5 min 0 s ahead of the server's clock",
     "enabled=true last_heartbeat=2026-01-06T12:40:42Z runner_id=ahead age_seconds=-300 threshold_seconds=180 "
     "jobs_enabled=true"},
    {2, 0, {TEXT, TIME}, {NULL}, false, "there is no heartbeat yet", NONE},
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", NULL},
     false,
     "there is no heartbeat yet",
     "enabled=true last_heartbeat=null runner_id=jobs-runner age_seconds=null threshold_seconds=180 "
     "jobs_enabled=true"},
    {2,
     3,
     {TEXT, TIME},
     {"old", "2026-01-01 00:00:00+00", "jobs-runner", "2026-01-06 12:34:56.8+00", "new", NULL},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {3,
     1,
     {TEXT, TIME, BOOLEAN},
     {"jobs-runner", "2026-01-06 12:34:56.8+00", "t"},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {3,
     1,
     {TEXT, TIME, BOOLEAN},
     {"jobs-runner", "2026-01-06 12:34:56.8+00", NULL},
     true,
     "the last heartbeat of jobs-runner is 45.2 s old",
     FRESH},
    {3,
     1,
     {TEXT, TIME, BOOLEAN},
     {"jobs-runner", "2026-01-01 00:00:00+00", "f"},
     true,
     "jobs are disabled: no heartbeat is expected",
     "enabled=true last_heartbeat=2026-01-01T00:00:00Z runner_id=jobs-runner age_seconds=477342 "
     "threshold_seconds=180 jobs_enabled=false"},
    {3,
     1,
     {TEXT, TIME, TEXT},
     {"jobs-runner", "2026-01-06 12:34:56+00", "yes"},
     false,
     "jobs_enabled, the query's third column, is no boolean: cast it with ::boolean",
     NONE},
    {1,
     1,
     {TIME},
     {"2026-01-06 12:34:56+00"},
     false,
     "the query must return runner_id and last_heartbeat, and may return jobs_enabled as a third column",
     NONE},
    {2,
     1,
     {TEXT, TEXT},
     {"jobs-runner", "2026-01-06 12:34:56+00"},
     false,
     "last_heartbeat, the query's second column, is no timestamp: cast it with ::timestamptz",
     NONE},
    {2,
     1,
     {TEXT, TIME},
     {"jobs-runner", "infinity"},
     false,
     "last_heartbeat, the query's second column, is no time of this calendar",
     NONE},
};

START_TEST(a_heartbeat_must_be_fresh)
{
    struct arena *arena = arena_create();
    struct check_result result;
    judge(arena, "heartbeat", heartbeats[_i].types, heartbeats[_i].values, heartbeats[_i].n_columns,
          heartbeats[_i].n_rows, &result);
    ck_assert_str_eq(result.message, heartbeats[_i].message);
    ck_assert_str_eq(fields_of(arena, &result), heartbeats[_i].fields);
    ck_assert_int_eq(result.ok, heartbeats[_i].ok);
    arena_destroy(arena);
}
END_TEST

/* Nobody who reads the figures misses a key. */
/* The application's own role writes it. */
START_TEST(a_runner_is_a_short_word)
{
    static const unsigned types[] = {TEXT, TIME};
    struct arena *arena = arena_create();
    char *endless = arena_alloc(arena, 100000);
    memset(endless, 'x', 99999);
    struct check_result result;
    judge(arena, "heartbeat", types, (const char *const[]){endless, "2026-01-06 12:35:32+00"}, 2, 1, &result);
    ck_assert_uint_lt(strlen(result.message), 300);
    ck_assert_uint_lt(strlen(fields_of(arena, &result)), 500);
    judge(arena, "heartbeat", types, (const char *const[]){"r\n[-]db forged\x7f", "2026-01-06 12:35:32+00"}, 2, 1,
          &result);
    ck_assert_str_eq(result.message, "the last heartbeat of r [-]db forged  is 10.0 s old");
    arena_destroy(arena);
}
END_TEST

START_TEST(without_an_answer_the_figures_are_null)
{
    struct arena *arena = arena_create();
    struct check_result result;
    check_fail(arena, check_type_find("heartbeat"), &(struct check_terms){180000}, "all of it", "brief", &result);
    ck_assert(!result.ok);
    ck_assert_str_eq(result.message, "all of it");
    ck_assert_str_eq(result.brief_message, "brief");
    ck_assert_str_eq(fields_of(arena, &result), NONE);

    check_fail(arena, check_type_find("heartbeat"), &(struct check_terms){1500}, "", "", &result);
    ck_assert_int_eq(result.fields[4].kind, CHECK_REAL);
    ck_assert(result.fields[4].number > 1.4 && result.fields[4].number < 1.6);
    arena_destroy(arena);
}
END_TEST

START_TEST(every_type_is_found_by_its_name)
{
    for (const struct check_type *const *type = check_types; *type != NULL; type++)
        ck_assert_ptr_eq(check_type_find((*type)->name), *type);
    ck_assert_ptr_null(check_type_find("Heartbeat"));
    ck_assert_ptr_null(check_type_find(""));
}
END_TEST

Suite *check_judge_suite(void)
{
    Suite *suite = suite_create("check_judge");
    TCase *tests = tcase_create("check_judge");
    tcase_add_loop_test(tests, a_query_must_be_true, 0, sizeof truths / sizeof *truths);
    tcase_add_loop_test(tests, a_heartbeat_must_be_fresh, 0, sizeof heartbeats / sizeof *heartbeats);
    tcase_add_test(tests, a_runner_is_a_short_word);
    tcase_add_test(tests, without_an_answer_the_figures_are_null);
    tcase_add_test(tests, every_type_is_found_by_its_name);
    suite_add_tcase(suite, tests);
    return suite;
}
