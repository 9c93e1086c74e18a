/* A rolling deploy: daemons of three releases share a database. Each one's readiness is right at every step, and each
 * revision takes effect once. */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *rollout_suite(void);

#define DAEMONS      20
#define HALF_WAY     13 /* so many have the second release when the third comes */
#define TOGETHER     2  /* so many of a new release start before its revisions can end */
#define ALL_READY_MS 60000

/* A release has the revisions of those before it, and its own. Its first one waits for the test: `held`. */
static const struct {
    int release;
    const char *name, *text;
} revisions[] = {
    {0, "customers.sql",
     "-- down_revision: none\n-- migrated:up\nCREATE TABLE effects (revision text, a int);\n"
     "INSERT INTO effects VALUES ('customers');\n"},
    {1, "invoices.sql",
     "-- down_revision: customers\n-- lock_timeout: 1min\n-- migrated:up\n"
     "SELECT pg_advisory_xact_lock_shared(4711);\nINSERT INTO effects VALUES ('invoices');\n"},
    {1, "orders.sql", "-- down_revision: customers\n-- migrated:up\nINSERT INTO effects VALUES ('orders');\n"},
    {1, "both.sql", "-- down_revision: orders, invoices\n-- migrated:up\nINSERT INTO effects VALUES ('both');\n"},
    {2, "stock.sql",
     "-- down_revision: both\n-- lock_timeout: 1min\n-- migrated:up\n"
     "SELECT pg_advisory_xact_lock_shared(4711);\nINSERT INTO effects VALUES ('stock');\n"},
    {2, "found.sql",
     "-- down_revision: stock\n-- migrated:up\nINSERT INTO effects VALUES ('found');\n"
     "CREATE INDEX CONCURRENTLY found ON effects (a);\n"},
};
#define N_REVISIONS (sizeof revisions / sizeof revisions[0])
#define N_RELEASES  3

static struct folder *releases[N_RELEASES];
static struct serving daemons[DAEMONS];
static int release_of[DAEMONS], applied;
static PGconn *held;

static void set_up(void)
{
    struct serving first;
    serving_create(&first);
    for (int release = 0; release < N_RELEASES; release++) {
        releases[release] = release == 0 ? first.files : folder_create();
        for (size_t i = 0; i < N_REVISIONS; i++)
            if (revisions[i].release <= release)
                folder_write(releases[release], revisions[i].name, revisions[i].text);
    }
    for (int i = 0; i < DAEMONS; i++) {
        serving_create_beside(&daemons[i], &first);
        release_of[i] = 0;
    }
    applied = 0;
    held = sql_connect(first.url);
}

static void tear_down(void)
{
    PQfinish(held);
    for (int i = 0; i < DAEMONS; i++)
        serving_destroy(&daemons[i]);
    for (int release = 0; release < N_RELEASES; release++)
        folder_destroy(releases[release]);
}

static void deploy(int number, int release)
{
    if (daemons[number].program != NULL)
        serving_stop(&daemons[number]);
    daemons[number].files = releases[release];
    release_of[number] = release;
    serving_start(&daemons[number], NULL);
}

/* ---- readiness ---- */

/* Is it seen by this daemon that the database is where it is? Whatever it has seen, it may not be unready meanwhile. */
static bool knows(void *context)
{
    const struct serving *daemon = context;
    const char *expected = release_of[daemon - daemons] == applied ? "ok" : "ahead";
    long status;
    json_t *json = serving_get(daemon, "/readyz", &status);
    const json_t *detail = json_object_get(json_array_get(json_object_get(json, "checks"), 1), "detail");
    bool found = strcmp(json_string_value(json_object_get(detail, "migrations_check")), expected) == 0;
    ck_assert_msg(status == 200, "daemon %d of release %d, %d applied: %ld %s", (int)(daemon - daemons),
                  release_of[daemon - daemons], applied, status, json_string_value(json_object_get(json, "state")));
    json_decref(json);
    return found;
}

static void all_are_right(int from)
{
    for (int i = from; i < DAEMONS; i++)
        ck_assert_msg(wait_until(knows, &daemons[i], SERVING_MS), "daemon %d of release %d, %d applied", i,
                      release_of[i], applied);
}

static void all_took_effect_once(void)
{
    char *found = serving_sql(&daemons[0], "SELECT string_agg(revision, ',' ORDER BY revision) FROM effects");
    ck_assert_str_eq(found, "both,customers,found,invoices,orders,stock");
    free(found);
    found = serving_sql(&daemons[0], "SELECT string_agg(revision || ' ' || outcome, ',' ORDER BY revision) "
                                     "FROM migrated.history");
    ck_assert_str_eq(found,
                     "both applied,customers applied,found applied,invoices applied,orders applied,stock applied");
    free(found);
}

/* The first daemons of a release come while its revisions cannot end: they are not ready, all others stay so. */
static void begin_release(int release)
{
    sql_exec(held, "SELECT pg_advisory_lock(4711)");
    deploy(0, release);
    serving_wait_state(&daemons[0], "migrating", SERVING_MS);
    for (int i = 1; i < TOGETHER; i++) {
        deploy(i, release);
        serving_wait_state(&daemons[i], "waiting_for_lock", SERVING_MS);
    }
    all_are_right(TOGETHER);
    serving_check_value(&daemons[0], "/readyz", "state", "migrating");

    sql_exec(held, "SELECT pg_advisory_unlock(4711)");
    applied = release;
    for (int i = 0; i < TOGETHER; i++)
        serving_wait_state(&daemons[i], "ready", SERVING_MS);
    all_are_right(0);
}

static void go_on(int release, int until)
{
    for (int i = TOGETHER; i < until; i++) {
        deploy(i, release);
        serving_wait_state(&daemons[i], "ready", SERVING_MS);
        all_are_right(0);
    }
}

START_TEST(each_daemon_of_three_releases_is_ready_when_it_should_be)
{
    for (int i = 0; i < DAEMONS; i++)
        deploy(i, 0);
    for (int i = 0; i < DAEMONS; i++)
        serving_wait_state(&daemons[i], "ready", ALL_READY_MS);
    all_are_right(0);

    begin_release(1);
    go_on(1, HALF_WAY);
    begin_release(2);
    go_on(2, DAEMONS);

    all_took_effect_once();
    for (int i = 0; i < DAEMONS; i++)
        serving_stop(&daemons[i]);
}
END_TEST

Suite *rollout_suite(void)
{
    Suite *suite = suite_create("rollout");
    TCase *rolling = tcase_create("rolling");
    tcase_set_timeout(rolling, 120);
    tcase_add_checked_fixture(rolling, set_up, tear_down);
    tcase_add_test(rolling, each_daemon_of_three_releases_is_ready_when_it_should_be);
    suite_add_tcase(suite, rolling);
    return suite;
}
