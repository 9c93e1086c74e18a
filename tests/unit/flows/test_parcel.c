/* Files that are still being read, in libuv's pool, when what they were read for is over. */
#include "flows/parcel.h"

#include "base/arena.h"
#include "flows/runner.h"
#include "flows/tree.h"
#include "support/cluster.h"
#include "support/folder.h"
#include "support/sql.h"
#include "support/wait.h"

#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

Suite *parcel_suite(void);

#define DEADLINE_MS 20000

static uv_loop_t loop;
static uv_timer_t tick;   /* turns the loop while nothing happens in it */
static uv_work_t blocker; /* holds the pool, which has one thread here */
static uv_sem_t may_go_on;
static struct folder *folder;
static struct tree *tree;
static struct target_config target;

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void wait_in_pool(uv_work_t *work)
{
    (void)work;
    uv_sem_wait(&may_go_on);
}

static void setup(void)
{
    static const char *directory;
    struct error error = {0};
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    uv_sem_init(&may_go_on, 0);

    folder = folder_create();
    folder_write(folder, "a.sql", "CREATE TABLE a (id int);");
    directory = folder_path(folder);
    tree = tree_read(&(struct target_config){.migrations = {&directory, 1}, .layout = "auto"}, &error);
    ck_assert_msg(tree != NULL && tree->files.graph != NULL, "%s", error.message);
    target = (struct target_config){
        .name = "main",
        .migrations = {&directory, 1},
        .version_table = "alembic_version",
        .mirror = "no",
        .bookkeeping_schema = "migrated",
        .lock_timeout_ms = -1,
        .retry_for_ms = DEADLINE_MS,
    };
}

static void teardown(void)
{
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    uv_sem_destroy(&may_go_on);
    tree_release(tree);
    folder_destroy(folder);
}

/* ---- a parcel alone ---- */

static void never_ready(void *context, const struct error *error)
{
    (void)context;
    (void)error;
    ck_abort_msg("ready, though it was destroyed");
}

START_TEST(what_is_read_by_outlives_the_graph)
{
    struct arena *arena = arena_create();
    struct apply apply = {0};
    struct error error = {0};
    struct names rows[2] = {0};
    struct parcel_options options = {.apply = &apply, .target = &target, .count = 1, .uuid = "u", .limit = SIZE_MAX};
    ck_assert(plan_upgrade(arena, tree->files.graph, &rows[0], "heads", &apply.plan, &error));
    apply.rows_before = rows;

    uv_queue_work(&loop, &blocker, wait_in_pool, NULL);
    struct parcel *parcel = parcel_create(&loop, &options, never_ready, NULL);
    parcel_destroy(parcel);
    arena_destroy(arena);
    tree_release(tree);
    tree = NULL;
    uv_sem_post(&may_go_on);
}
END_TEST

/* ---- a run ---- */

static struct {
    PGconn *conn;
    bool blocked, released, finished;
    struct runner_result result;
} seen;

/* The connection goes while the pool is held; what is read for it comes when the run waits to connect again. */
static void on_changed(void *context, const struct runner *run)
{
    struct runner_view view;
    (void)context;
    runner_look(run, &view);
    if (view.state == APPLY_RUNNING && !seen.blocked) {
        seen.blocked = true;
        uv_queue_work(&loop, &blocker, wait_in_pool, NULL);
        sql_exec(seen.conn, "SELECT pg_terminate_backend(%d)", view.backend_pid);
    }
    if (view.state == APPLY_WAITING_TO_CONNECT && !seen.released) {
        seen.released = true;
        uv_sem_post(&may_go_on);
    }
}

static void on_finished(void *context, struct runner *run)
{
    (void)context;
    seen.finished = true;
    seen.result = *runner_result(run);
    runner_destroy(run);
}

START_TEST(a_loss_while_the_files_are_read_is_recovered_from)
{
    const char *database = cluster_create_database(cluster_shared());
    struct runner_options options = {
        .target = &target,
        .graph = tree->files.graph,
        .direction = DIRECTION_UPGRADE,
        .revision = "heads",
        .max_retries = UINT_MAX,
        .max_message = 1 << 20,
    };
    target.database_url = cluster_url(cluster_shared(), database);
    seen.conn = sql_connect(target.database_url);
    runner_start(runner_create(&loop, &options, &(struct runner_events){on_changed, on_finished, NULL}));
    int64_t end_ms = wait_end_ms(DEADLINE_MS);
    while (!seen.finished && wait_left_ms(end_ms) > 0)
        uv_run(&loop, UV_RUN_ONCE);

    ck_assert(seen.finished && seen.released);
    ck_assert_msg(seen.result.error.code == ERROR_NONE, "%s", seen.result.error.message);
    char *history = sql_names(seen.conn, "SELECT concat_ws(' ', revision, outcome) FROM migrated.history");
    ck_assert_str_eq(history, "a applied");
    free(history);
    PQfinish(seen.conn);
}
END_TEST

Suite *parcel_suite(void)
{
    Suite *suite = suite_create("parcel");
    TCase *tests = tcase_create("parcel");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_read_by_outlives_the_graph);
    tcase_add_test(tests, a_loss_while_the_files_are_read_is_recovered_from);
    suite_add_tcase(suite, tests);
    return suite;
}
