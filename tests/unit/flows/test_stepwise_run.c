/* A file that is still being read, in libuv's pool, when the run that wants it is over. */
#include "flows/stepwise_run.h"

#include "base/arena.h"
#include "core/graph.h"
#include "support/folder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <uv.h>

Suite *stepwise_run_suite(void);

static const char up[] = "VACUUM;";

static uv_loop_t loop;
static uv_work_t blocker; /* holds the pool, which has one thread here */
static uv_sem_t may_go_on;
static struct arena *arena;
static struct folder *folder;

/* A revision and its path on pages of their own: once these are unmapped, whoever looks is killed. */
struct paged {
    struct revision revision;
    char path[512];
};

static void setup(void)
{
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    uv_loop_init(&loop);
    uv_sem_init(&may_go_on, 0);
    arena = arena_create();
    folder = folder_create();
    folder_write(folder, "a.sql", up);
}

static void teardown(void)
{
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    uv_sem_destroy(&may_go_on);
    arena_destroy(arena);
    folder_destroy(folder);
}

static void wait_in_pool(uv_work_t *work)
{
    (void)work;
    uv_sem_wait(&may_go_on);
}

static struct paged *map_revision(void)
{
    struct paged *paged = mmap(NULL, sizeof *paged, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(paged, MAP_FAILED);
    strncpy(paged->path, folder_file(folder, "a.sql"), sizeof paged->path - 1);
    paged->revision = (struct revision){.id = "a", .message = "", .path = paged->path};
    paged->revision.up = (struct section){.present = true, .length = sizeof up - 1, .place = {1, 1}, .statements = 1};
    return paged;
}

static void never_told(void *context)
{
    (void)context;
    ck_abort_msg("told, though it was destroyed");
}

static void never_finished(void *context, const struct error *error, bool moved)
{
    (void)error;
    (void)moved;
    never_told(context);
}

START_TEST(what_is_read_by_outlives_the_graph)
{
    struct paged *paged = map_revision();
    struct faults faults = {.arena = arena};
    struct error error = {0};
    struct names rows[2] = {0};
    struct apply apply = {.rows_before = rows};
    const struct graph *graph = graph_build(arena, &paged->revision, 1, &faults);
    ck_assert(plan_upgrade(arena, graph, &rows[0], "heads", &apply.plan, &error));
    const struct stepwise_run_options options = {.apply = &apply, .uuid = "u"};
    const struct stepwise_run_events events = {never_told, never_finished, NULL};

    uv_queue_work(&loop, &blocker, wait_in_pool, NULL);
    stepwise_run_destroy(stepwise_run_create(&loop, &options, &events));
    munmap(paged, sizeof *paged);
    uv_sem_post(&may_go_on);
    ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
}
END_TEST

Suite *stepwise_run_suite(void)
{
    Suite *suite = suite_create("stepwise_run");
    TCase *tests = tcase_create("stepwise_run");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_read_by_outlives_the_graph);
    suite_add_tcase(suite, tests);
    return suite;
}
