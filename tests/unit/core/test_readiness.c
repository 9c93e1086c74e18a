#include "core/readiness.h"

#include "base/arena.h"

#include <check.h>
#include <string.h>

Suite *readiness_suite(void);

static const struct error refused = {.code = ERROR_UNREACHABLE, .message = "connection to 10.0.0.1 refused"};
static const struct error no_files = {.code = ERROR_CONFIG, .message = "there are no revision files in /secret"};
static const struct error failed = {.code = ERROR_REVISION_FAILED, .message = "revision b failed"};

#define NO_VERDICT (-1)

static const struct {
    const char *what;
    int verdict; /* enum verdict_kind */
    struct readiness_facts facts;
    enum readiness_state state;
    bool ok;
    const char *check;
} cases[] = {
    {"nothing asked yet", NO_VERDICT, {0}, READINESS_STARTING, false, "unknown"},
    {"asked", NO_VERDICT, {.asked = true}, READINESS_CONNECTING, false, "unknown"},
    {"never reached", NO_VERDICT, {.asked = true, .unreachable = &refused}, READINESS_UNREACHABLE, false, "unknown"},
    {"in sync", VERDICT_IN_SYNC, {0}, READINESS_READY, true, "ok"},
    {"pending", VERDICT_PENDING, {0}, READINESS_PENDING, false, "pending"},
    {"pending behind a failure", VERDICT_PENDING, {.failure = &failed}, READINESS_FAILED, false, "failed"},
    {"in sync after a failure", VERDICT_IN_SYNC, {.failure = &failed}, READINESS_READY, true, "ok"},
    {"ahead", VERDICT_AHEAD, {0}, READINESS_READY, true, "ahead"},
    {"ahead is not wanted", VERDICT_AHEAD, {.ahead_fails = true}, READINESS_DIVERGED, false, "ahead"},
    {"diverged", VERDICT_DIVERGED, {0}, READINESS_DIVERGED, false, "diverged"},
    {"unknown", VERDICT_UNKNOWN, {.was_ready = true}, READINESS_UNKNOWN, false, "unknown"},
    {"unknown, the last good counts",
     VERDICT_UNKNOWN,
     {.unknown_is_last_good = true, .was_ready = true},
     READINESS_READY,
     true,
     "unknown"},
    {"unknown, and never good", VERDICT_UNKNOWN, {.unknown_is_last_good = true}, READINESS_UNKNOWN, false, "unknown"},
    {"migrating", VERDICT_PENDING, {.run = RUN_MIGRATING}, READINESS_MIGRATING, false, "running"},
    {"migrating over a bad network",
     VERDICT_PENDING,
     {.run = RUN_MIGRATING, .unreachable = &refused},
     READINESS_MIGRATING,
     false,
     "running"},
    {"waiting for the lock",
     VERDICT_PENDING,
     {.run = RUN_WAITING_FOR_LOCK, .holder = "pid 7"},
     READINESS_WAITING_FOR_LOCK,
     false,
     "pending"},
    {"not reachable any more", VERDICT_IN_SYNC, {.unreachable = &refused}, READINESS_UNREACHABLE, false, "unknown"},
    {"old, but not too old", VERDICT_IN_SYNC, {.age_ms = 1000}, READINESS_READY, true, "ok"},
    {"too old", VERDICT_IN_SYNC, {.age_ms = 1001}, READINESS_UNKNOWN, false, "unknown"},
    {"in sync with no files", VERDICT_IN_SYNC, {.no_files = &no_files}, READINESS_FAILED, false, "failed"},
    {"no files, and none are needed",
     VERDICT_AHEAD,
     {.no_files = &no_files, .skips_no_files = true},
     READINESS_READY,
     true,
     "skipped"},
    {"no files, and no database",
     VERDICT_IN_SYNC,
     {.no_files = &no_files, .skips_no_files = true, .unreachable = &refused},
     READINESS_UNREACHABLE,
     false,
     "unknown"},
    {"ahead of no files", VERDICT_AHEAD, {.no_files = &no_files}, READINESS_FAILED, false, "failed"},
    {"no files and no database",
     VERDICT_IN_SYNC,
     {.no_files = &no_files, .unreachable = &refused},
     READINESS_UNREACHABLE,
     false,
     "unknown"},
    {"stopping", VERDICT_IN_SYNC, {.stopping = true}, READINESS_STOPPING, false, "ok"},
};

/* From the worst on. */
static const struct readiness by_rank[] = {
    {.state = READINESS_STOPPING},         {.state = READINESS_FAILED},
    {.state = READINESS_DIVERGED},         {.state = READINESS_UNREACHABLE},
    {.state = READINESS_UNKNOWN},          {.state = READINESS_MIGRATING},
    {.state = READINESS_WAITING_FOR_LOCK}, {.state = READINESS_PENDING},
    {.state = READINESS_CONNECTING},       {.state = READINESS_STARTING},
    {.state = READINESS_HELD, .ok = true}, {.state = READINESS_READY, .ok = true},
};

START_TEST(the_worse_of_two_speaks)
{
    for (size_t i = 0; i < sizeof by_rank / sizeof *by_rank; i++)
        for (size_t j = 0; j < sizeof by_rank / sizeof *by_rank; j++)
            ck_assert_int_eq(readiness_is_worse(&by_rank[i], &by_rank[j]), i < j);
    const struct readiness not_ok = {.state = READINESS_READY};
    ck_assert(readiness_is_worse(&not_ok, &by_rank[10]));
}
END_TEST

START_TEST(judges)
{
    struct arena *arena = arena_create();
    struct verdict verdict = {.kind = (enum verdict_kind)cases[_i].verdict};
    struct readiness_facts facts = cases[_i].facts;
    struct readiness readiness;
    facts.stale_after_ms = 1000;
    facts.verdict = cases[_i].verdict == NO_VERDICT ? NULL : &verdict;

    readiness_judge(arena, &facts, &readiness);

    ck_assert_msg(readiness.state == cases[_i].state, "%s: %s", cases[_i].what,
                  readiness_state_name(readiness.state));
    ck_assert_msg(readiness.ok == cases[_i].ok, "%s", cases[_i].what);
    ck_assert_str_eq(readiness.migrations_check, cases[_i].check);
    ck_assert_ptr_null(strstr(readiness.brief_message, "pid 7"));
    ck_assert_ptr_null(strstr(readiness.brief_message, "revision b failed"));
    ck_assert_ptr_null(strstr(readiness.brief_db_message, "10.0.0.1"));
    ck_assert_ptr_null(strstr(readiness.brief_message, "/secret"));
    if (facts.holder != NULL)
        ck_assert_ptr_nonnull(strstr(readiness.message, "pid 7"));
    arena_destroy(arena);
}
END_TEST

Suite *readiness_suite(void)
{
    Suite *suite = suite_create("readiness");
    TCase *tests = tcase_create("readiness");
    tcase_add_test(tests, the_worse_of_two_speaks);
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
