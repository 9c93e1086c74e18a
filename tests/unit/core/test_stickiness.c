/* Poolers in miniature: whatever they share must never be taken for a session's own. */
#include "core/stickiness.h"

#include <check.h>
#include <string.h>

Suite *stickiness_suite(void);

#define MOST_BACKENDS 40
#define RUNS          3000

enum last { NOTHING, OURS, DISCARD, OTHERS };

struct backend {
    int pid;
    uint32_t transactions;
    enum last last;
    bool busy; /* taken by another client, or bound to a session */
};

/* One pooler: its backends in the order in which they became free, the last one last. */
struct pooler {
    struct backend *free[MOST_BACKENDS];
    unsigned count;
};

struct habits {
    const char *name;
    bool session, oldest_first, resets, resets_always, closes, others_discard;
    unsigned poolers, most, warm; /* behind one address; backends of each, and those that are there before */
    unsigned traffic;             /* transactions of others around each of ours, at most */
    enum stickiness_step verdict; /* STICKINESS_AGAIN: anything but STICKINESS_KEEPS */
};

static const struct habits habits[] = {
    {"transaction", .poolers = 1, .most = 20, .verdict = STICKINESS_CHANGES},
    {"one backend", .poolers = 1, .most = 1, .verdict = STICKINESS_CHANGES},
    {"round robin of two", .oldest_first = true, .poolers = 1, .most = 2, .warm = 2, .verdict = STICKINESS_CHANGES},
    {"round robin of three", .oldest_first = true, .poolers = 1, .most = 20, .warm = 3,
     .verdict = STICKINESS_CHANGES},
    {"resets always", .resets_always = true, .poolers = 1, .most = 20, .warm = 5, .verdict = STICKINESS_CHANGES},
    {"in use", .poolers = 1, .most = 20, .warm = 5, .traffic = 4, .verdict = STICKINESS_AGAIN},
    {"round robin in use", .oldest_first = true, .poolers = 1, .most = 9, .traffic = 3, .verdict = STICKINESS_AGAIN},
    {"resets always, in use", .resets_always = true, .poolers = 1, .most = 20, .traffic = 3,
     .verdict = STICKINESS_AGAIN},
    {"two behind one address", .poolers = 2, .most = 20, .warm = 2, .verdict = STICKINESS_LEAVES},
    {"two that reset always", .resets_always = true, .poolers = 2, .most = 20, .verdict = STICKINESS_CHANGES},
    {"two in use", .poolers = 2, .most = 20, .warm = 3, .traffic = 2, .verdict = STICKINESS_AGAIN},
    {"two used by who discards", .others_discard = true, .poolers = 2, .most = 20, .warm = 3, .traffic = 1,
     .verdict = STICKINESS_AGAIN},
    {"session", .session = true, .resets = true, .poolers = 1, .most = 20, .verdict = STICKINESS_KEEPS},
    {"session, two", .session = true, .resets = true, .poolers = 2, .most = 20, .verdict = STICKINESS_KEEPS},
    {"session, closes", .session = true, .closes = true, .poolers = 1, .most = 20, .verdict = STICKINESS_KEEPS},
    {"session, full", .session = true, .resets = true, .poolers = 1, .most = 1, .verdict = STICKINESS_FULL},
    {"session, full, leaves all", .session = true, .poolers = 1, .most = 1, .verdict = STICKINESS_FULL},
    {"two, scarce", .poolers = 2, .most = 2, .traffic = 2, .verdict = STICKINESS_AGAIN},
    {"two, the second is full", .poolers = 2, .most = 1, .traffic = 2, .verdict = STICKINESS_AGAIN},
    {"session, leaves all", .session = true, .poolers = 1, .most = 20, .verdict = STICKINESS_LEAVES},
};

static struct world {
    const struct habits *habits;
    struct pooler poolers[2];
    struct backend backends[2 * MOST_BACKENDS];
    unsigned made[2];
    struct backend *bound[2], *last[2]; /* of our sessions */
    uint32_t seed;
} world;

static unsigned chance(unsigned most)
{
    world.seed = world.seed * 1664525 + 1013904223;
    return (world.seed >> 16) % (most + 1);
}

static void release(unsigned at, struct backend *backend)
{
    struct pooler *pooler = &world.poolers[at];
    backend->busy = false;
    if (world.habits->resets_always) {
        backend->transactions++;
        backend->last = DISCARD;
    }
    pooler->free[pooler->count++] = backend;
}

/* NULL: none is to be had. */
static struct backend *take(unsigned at)
{
    struct pooler *pooler = &world.poolers[at];
    struct backend *backend;
    if (pooler->count == 0) {
        if (world.made[at] == world.habits->most)
            return NULL;
        backend = &world.backends[at * MOST_BACKENDS + world.made[at]++];
        backend->pid = (int)(backend - world.backends) + 100;
    } else if (world.habits->oldest_first) {
        backend = pooler->free[0];
        memmove(pooler->free, pooler->free + 1, --pooler->count * sizeof pooler->free[0]);
    } else {
        backend = pooler->free[--pooler->count];
    }
    backend->busy = true;
    return backend;
}

/* Others, whose transactions last until the next of these or longer. */
static void let_others_in(void)
{
    for (unsigned n = chance(world.habits->traffic); n > 0; n--) {
        unsigned at = chance(world.habits->poolers - 1);
        struct backend *held = &world.backends[at * MOST_BACKENDS + chance(world.habits->most - 1)];
        if (held->busy && held->last == OTHERS)
            release(at, held);
        struct backend *backend = take(at);
        if (backend == NULL)
            continue;
        backend->transactions++;
        backend->last = world.habits->others_discard && chance(2) == 0 ? DISCARD : OTHERS;
        if (backend->last == DISCARD || chance(1) == 0)
            release(at, backend);
    }
}

static unsigned pooler_of(unsigned session)
{
    return session % world.habits->poolers;
}

static struct backend *run(unsigned session)
{
    let_others_in();
    struct backend *backend = world.bound[session] != NULL ? world.bound[session] : take(pooler_of(session));
    if (backend == NULL)
        return NULL;
    backend->transactions++;
    backend->last = OURS;
    world.last[session] = backend;
    return backend;
}

static void rest(unsigned session, struct backend *backend)
{
    if (world.habits->session)
        world.bound[session] = backend;
    else
        release(pooler_of(session), backend);
}

static void close_second(void)
{
    struct backend *backend = world.bound[1];
    if (backend == NULL)
        return;
    world.bound[1] = NULL;
    if (world.habits->resets) {
        backend->transactions++;
        backend->last = DISCARD;
    }
    if (world.habits->closes)
        backend->pid = 0;
    else
        release(pooler_of(1), backend);
}

static enum stickiness_other see_other(const struct stickiness *stickiness, const struct backend *own)
{
    const struct backend *other = world.last[1];
    if (stickiness->second.pid == 0 || other == NULL)
        return STICKINESS_NONE;
    if (other->pid != stickiness->second.pid)
        return STICKINESS_GONE;
    if (other == own)
        return STICKINESS_USED;
    return other->last == OURS ? STICKINESS_UNTOUCHED : other->last == DISCARD ? STICKINESS_CLEANED : STICKINESS_USED;
}

static enum stickiness_step ask(struct stickiness *stickiness, unsigned session)
{
    struct backend *backend = run(session);
    if (backend == NULL)
        return session == 1 ? STICKINESS_FULL : STICKINESS_BUSY;
    struct stickiness_mark mark = {backend->pid, backend->transactions,
                                   session == 0 ? see_other(stickiness, backend) : STICKINESS_NONE};
    rest(session, backend);
    return stickiness_take(stickiness, &mark);
}

static enum stickiness_step examine(const struct habits *own, uint32_t seed)
{
    struct stickiness stickiness = {0};
    enum stickiness_step step = STICKINESS_ASK_FIRST;
    struct backend *warm[MOST_BACKENDS];
    memset(&world, 0, sizeof world);
    world.habits = own;
    world.seed = seed;
    for (unsigned at = 0; at < own->poolers; at++) {
        for (unsigned i = 0; i < own->warm; i++)
            warm[i] = take(at);
        for (unsigned i = 0; i < own->warm; i++)
            release(at, warm[i]);
    }
    while (step < STICKINESS_KEEPS) {
        if (step == STICKINESS_CLOSE_SECOND || step == STICKINESS_AGAIN)
            close_second();
        step = ask(&stickiness, step == STICKINESS_ASK_SECOND ? 1 : 0);
    }
    return step;
}

START_TEST(sees_through_poolers)
{
    const struct habits *own = &habits[_i];
    for (uint32_t seed = 0; seed < RUNS; seed++) {
        enum stickiness_step verdict = examine(own, seed);
        bool good = own->verdict == STICKINESS_AGAIN ? verdict != STICKINESS_KEEPS : verdict == own->verdict;
        ck_assert_msg(good, "%s, seed %u: %d", own->name, seed, (int)verdict);
    }
}
END_TEST

/* ---- one thing at a time ---- */

static const struct {
    const char *what;
    struct stickiness_mark marks[6]; /* by turns: first, second, first, second, first */
    enum stickiness_step step;       /* after the last of them */
} talks[] = {
    {"as it should be",
     {{7, 1}, {8, 1}, {7, 2, STICKINESS_UNTOUCHED}, {8, 2}, {7, 3, STICKINESS_CLEANED}},
     STICKINESS_AGAIN},
    {"not yet",
     {{7, 1}, {8, 1}, {7, 2, STICKINESS_UNTOUCHED}, {8, 2}, {7, 3, STICKINESS_UNTOUCHED}},
     STICKINESS_LOOK},
    {"counts wrap", {{7, UINT32_MAX}, {8, 1}, {7, 0, STICKINESS_UNTOUCHED}}, STICKINESS_ASK_SECOND},
    {"another backend", {{7, 1}, {8, 1}, {9, 2, STICKINESS_UNTOUCHED}}, STICKINESS_CHANGES},
    {"one for both", {{7, 1}, {7, 2}}, STICKINESS_CHANGES},
    {"somebody was here", {{7, 1}, {8, 1}, {7, 3, STICKINESS_UNTOUCHED}}, STICKINESS_AGAIN},
    {"and there", {{7, 1}, {8, 1}, {7, 2, STICKINESS_UNTOUCHED}, {8, 3}}, STICKINESS_AGAIN},
    {"cleaned too early", {{7, 1}, {8, 1}, {7, 2, STICKINESS_CLEANED}}, STICKINESS_AGAIN},
    {"half cleaned",
     {{7, 1}, {8, 1}, {7, 2, STICKINESS_UNTOUCHED}, {8, 2}, {7, 3, STICKINESS_LEFT}},
     STICKINESS_LEAVES},
    {"hidden", {{7, 1}, {8, 1}, {7, 2, STICKINESS_UNSEEN}}, STICKINESS_HIDDEN},
};

START_TEST(says_what_comes_next)
{
    struct stickiness stickiness = {0};
    enum stickiness_step step = STICKINESS_ASK_FIRST;
    for (size_t i = 0; talks[_i].marks[i].pid != 0; i++)
        step = stickiness_take(&stickiness, &talks[_i].marks[i]);
    ck_assert_msg(step == talks[_i].step, "%s: %d", talks[_i].what, (int)step);
}
END_TEST

Suite *stickiness_suite(void)
{
    Suite *suite = suite_create("stickiness");
    TCase *tests = tcase_create("stickiness");
    tcase_add_loop_test(tests, sees_through_poolers, 0, sizeof habits / sizeof *habits);
    tcase_add_loop_test(tests, says_what_comes_next, 0, sizeof talks / sizeof *talks);
    suite_add_tcase(suite, tests);
    return suite;
}
