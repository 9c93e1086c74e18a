#include "core/half_done.h"

#include "graph_text.h"

Suite *half_done_core_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* c on b on a; z beside them, on which d depends. */
#define GRAPH "a; b a; c b; z; d - z"

enum { UP, DOWN };

static struct half_done item_of(const char *id, int direction)
{
    return (struct half_done){id, direction == UP ? DIRECTION_UPGRADE : DIRECTION_DOWNGRADE, true};
}

static const struct {
    const char *what, *rows, *half_done;
    int direction;
    bool settled;
} states[] = {
    {"half applied", "b", "c", UP, false},
    {"half applied, and a row", "c", "c", UP, true},
    {"half applied, and below a row", "c", "b", UP, true},
    {"half applied, and what a row depends on", "d", "z", UP, true},
    {"half taken back", "c", "c", DOWN, false},
    {"half taken back, and below a row", "c", "b", DOWN, false},
    {"half taken back, and gone", "b", "c", DOWN, true},
    {"half taken back, and perhaps below a row without a file", "x", "c", DOWN, false},
    {"half taken back, and gone, beside a row without a file", "a x", "c", DOWN, false},
    {"half applied, without a file", "c", "x", UP, false},
    {"half applied, without a file, and a row", "x", "x", UP, true},
    {"half taken back, without a file", "c", "x", DOWN, false},
    {"half taken back, without a file, and a row", "x", "x", DOWN, false},
};

START_TEST(the_version_rows_settle)
{
    struct graph *graph = text_graph(arena, GRAPH);
    struct names rows = words(arena, states[_i].rows, " ");
    struct half_done items[] = {item_of(states[_i].half_done, states[_i].direction)};
    struct half_done_list list = {items, 1};
    struct names settled = half_done_settled(arena, graph, &rows, &list);
    ck_assert_msg((settled.count == 1) == states[_i].settled, "%s", states[_i].what);
    ck_assert_uint_eq(half_done_left(arena, graph, &rows, &list).count, states[_i].settled ? 0 : 1);
}
END_TEST

static const struct {
    const char *what, *rows, *target;
    int plan;
    const char *half_done;
    int direction;
    const char *message; /* NULL: it is fine */
} plans[] = {
    {"what it stands on", "b", "a", DOWN, "c", UP,
     "revision c is half applied, and stands on b, which would be taken back"},
    {"all that it stands on", "a z", "a@base", DOWN, "b", UP,
     "revision b is half applied, and stands on a, which would be taken back"},
    {"what it depends on", "a z", "z@base", DOWN, "d", UP,
     "revision d is half applied, and stands on z, which would be taken back"},
    {"nowhere near", "b z", "z@base", DOWN, "c", UP, NULL},
    {"going on", "b", "c", UP, "c", UP, NULL},
    {"another branch", "b", "z", UP, "c", UP, NULL},
    {"going on downwards", "b", "a", DOWN, "b", DOWN, NULL},
    {"on top of what is half taken back", "b", "c", UP, "b", DOWN,
     "revision b is half taken back, and c, which would be applied, stands on it"},
    {"beside what is half taken back", "b", "z", UP, "b", DOWN, NULL},
    {"without its file", "b", "a", DOWN, "x", UP,
     "revision x is half applied, and its file is not here: it may stand on what would be taken back"},
    {"without its file, upwards", "b", "c", UP, "x", UP, NULL},
};

START_TEST(a_plan_keeps_away)
{
    struct graph *graph = text_graph(arena, GRAPH);
    struct names rows = words(arena, plans[_i].rows, " ");
    struct half_done items[] = {item_of(plans[_i].half_done, plans[_i].direction)};
    struct half_done_list list = {items, 1};
    struct error error = {0};
    struct plan plan;
    bool planned = plans[_i].plan == UP ? plan_upgrade(arena, graph, &rows, plans[_i].target, &plan, &error)
                                        : plan_downgrade(arena, graph, &rows, plans[_i].target, &plan, &error);
    ck_assert_msg(planned && plan.count > 0, "%s: %s", plans[_i].what, error.message);
    ck_assert_msg(half_done_check(arena, &plan, &list, &error) == (plans[_i].message == NULL), "%s", plans[_i].what);
    ck_assert_str_eq(error.message, plans[_i].message == NULL ? "" : plans[_i].message);
    items[0].begun = false;
    ck_assert(half_done_check(arena, &plan, &list, &error));
}
END_TEST

Suite *half_done_core_suite(void)
{
    Suite *suite = suite_create("half_done");
    TCase *tests = tcase_create("half_done");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_version_rows_settle, 0, sizeof states / sizeof *states);
    tcase_add_loop_test(tests, a_plan_keeps_away, 0, sizeof plans / sizeof *plans);
    suite_add_tcase(suite, tests);
    return suite;
}
