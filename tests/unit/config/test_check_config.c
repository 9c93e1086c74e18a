/* Sections [check NAME]. */
#include "base/arena.h"
#include "config/config.h"
#include "support/folder.h"

#include <check.h>
#include <string.h>

Suite *check_config_suite(void);

static struct arena *arena;
static struct folder *etc;

static void set_up(void)
{
    arena = arena_create();
    etc = folder_create();
}

static void tear_down(void)
{
    folder_destroy(etc);
    arena_destroy(arena);
}

static bool load(const char *text, struct config **config, struct config_faults *faults)
{
    folder_write(etc, "conf", text);
    const struct config_source source = {.file = folder_file(etc, "conf")};
    *faults = (struct config_faults){.arena = arena};
    return config_load_all(arena, &source, config, faults);
}

START_TEST(reads_checks)
{
    struct config *config;
    struct config_faults faults;
    bool loaded = load("[check jobs]\ntype = heartbeat\nquery = SELECT a, b FROM c\n"
                       "[check  queue is short]\ntype = sql\nquery = SELECT ';' <> '' -- ;\ninterval = 250ms\n"
                       "timeout = 1s\nrequired = no\ntarget = main\n",
                       &config, &faults);
    ck_assert_msg(loaded, "%s", faults.items[0].message);
    ck_assert_uint_eq(config->n_checks, 2);

    const struct check_config *jobs = &config->checks[0], *queue = &config->checks[1];
    ck_assert_str_eq(jobs->name, "jobs");
    ck_assert_str_eq(jobs->type, "heartbeat");
    ck_assert_str_eq(jobs->query, "SELECT a, b FROM c");
    ck_assert_str_eq(jobs->target, "main");
    ck_assert_int_eq(jobs->threshold_ms, 180000);
    ck_assert_int_eq(jobs->interval_ms, 15000);
    ck_assert_int_eq(jobs->timeout_ms, 5000);
    ck_assert_int_eq(jobs->required, CHECK_REQUIRED);
    ck_assert_str_eq(queue->name, "queue is short");
    ck_assert_int_eq(queue->interval_ms, 250);
    ck_assert_int_eq(queue->timeout_ms, 1000);
    ck_assert_int_eq(queue->required, CHECK_OPTIONAL);
}
END_TEST

START_TEST(has_none_by_default)
{
    struct config *config;
    struct config_faults faults;
    ck_assert(load("[migrated]\n", &config, &faults));
    ck_assert_uint_eq(config->n_checks, 0);
}
END_TEST

#define JOBS   "[check jobs]\n"
#define SELECT "query = SELECT true\n"
#define SQL    "type = sql\n"

static const struct {
    const char *text, *message, *next;
    unsigned line, column;
} bad[] = {
    {"[check]\n" SQL, "a check without a name", "[check jobs]", 1, 1},
    {"[check db]\n" SQL SELECT, "db is the name of a check that is always there", "another", 1, 1},
    {"[check migrations:main]\n" SQL SELECT, "migrations:main is the name of a check that is always there", "another",
     1, 1},
    {"\n" JOBS SELECT, "[check jobs] has no type", "heartbeat", 2, 1},
    {JOBS SQL, "[check jobs] has no query", "SELECT", 1, 1},
    {JOBS SELECT "type = hartbeat\n", "type is \"hartbeat\", which is none of its words",
     "did you mean heartbeat? (heartbeat|sql)", 3, 8},
    {JOBS SELECT "type = http\n", "type is \"http\", which is none of its words", "write one of heartbeat|sql", 3, 8},
    {JOBS SQL SELECT "interval = 15\n", "interval is \"15\", which has no unit", "15s", 4, 12},
    {JOBS SQL SELECT "interval = 10ms\n", "interval is \"10ms\", which is too small", "100ms", 4, 12},
    {JOBS SQL SELECT "timeout = 25d\n", "timeout is \"25d\", which is too large", "24d", 4, 11},
    {JOBS SQL SELECT "threshold = 3min\n", "a check of type sql has no threshold", "remove", 4, 1},
    {JOBS SQL SELECT "required = maybe\n", "required is \"maybe\", which is none of its words", "no|yes", 4, 12},
    {JOBS SQL SELECT "target = mian\n", "there is no target mian", "did you mean main?", 4, 10},
    {JOBS SQL SELECT "target = billing\n", "there is no target billing", "[target NAME]", 4, 10},
    {JOBS SQL SELECT " intervall = 5s\n", "unknown option intervall of a check", "did you mean interval?", 4, 2},
    {JOBS SQL SELECT "cache_ttl = 5s\n", "unknown option cache_ttl of a check", "type, query, threshold", 4, 1},
    {JOBS SQL "query =\n", "query has no value", "write one", 3, 8},
    {JOBS SQL "query = SELECT 1; SELECT 2\n", "query holds more than one statement", "one SELECT", 3, 9},
    {JOBS SQL "query = -- nothing\n", "query holds no statement", "one SELECT", 3, 9},
    {JOBS SQL "query = UPDATE t SET a = 1\n", "query is no SELECT", "read-only", 3, 9},
    {JOBS SQL "query = SELECT 'a\n", "query has an unterminated quoted string", "one line", 3, 9},
};

START_TEST(refuses)
{
    struct config *config;
    struct config_faults faults;
    ck_assert_msg(!load(bad[_i].text, &config, &faults), "%s", bad[_i].message);
    const struct error *fault = &faults.items[0];
    ck_assert_str_eq(fault->message, bad[_i].message);
    ck_assert_msg(strstr(fault->next, bad[_i].next) != NULL, "%s: %s", fault->message, fault->next);
    ck_assert_msg(fault->line == bad[_i].line && fault->column == bad[_i].column, "%s: %u:%u", fault->message,
                  fault->line, fault->column);
    ck_assert_str_eq(fault->file, folder_file(etc, "conf"));
    ck_assert_uint_eq(faults.count, 1);
}
END_TEST

START_TEST(tells_all_faults_at_once)
{
    struct config *config;
    struct config_faults faults;
    ck_assert(
        !load("[check a]\ntype = sq\n[migrated]\ncache_ttl = 1\n[check b]\nquery = SELECT 1\n", &config, &faults));
    ck_assert_uint_eq(faults.count, 4);
    ck_assert_str_eq(faults.items[0].message, "[check a] has no query");
    ck_assert_uint_eq(faults.items[1].line, 2);
    ck_assert_uint_eq(faults.items[2].line, 4);
    ck_assert_str_eq(faults.items[3].message, "[check b] has no type");
}
END_TEST

Suite *check_config_suite(void)
{
    Suite *suite = suite_create("check_config");
    TCase *tests = tcase_create("check_config");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, reads_checks);
    tcase_add_test(tests, has_none_by_default);
    tcase_add_loop_test(tests, refuses, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, tells_all_faults_at_once);
    suite_add_tcase(suite, tests);
    return suite;
}
