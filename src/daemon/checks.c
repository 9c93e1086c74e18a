#include "checks_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/memory.h"
#include "core/retry.h"

#include <stdlib.h>
#include <string.h>

#define TURN_MS           250   /* a check that waits longer for its turn gets a connection of its own */
#define SPARE_MS          60000 /* how long a second one stays idle before it goes */
#define BAD_RESULT_MS     5000
#define RECONNECT_BASE_MS 200
#define RECONNECT_MOST_MS 5000

static void step_in(struct checks *checks, int64_t ms);

struct check_terms check_terms_of(const struct check_config *own)
{
    return (struct check_terms){.threshold_ms = own->threshold_ms};
}

/* ---- results ---- */

/* Until the target is ready its revisions may be what makes the tables that a query reads. */
static void log_change(struct check *check)
{
    struct log_about line = {.target = check->own->target};
    enum check_logged now = check->result.ok ? LOGGED_WELL : LOGGED_NOT_WELL;
    if (check->logged == now || !check->site->ready)
        return;
    check->logged = now;
    log_event(check->result.ok ? LOG_SEVERITY_INFO : LOG_SEVERITY_WARNING, &line, "check %s is %s: %s",
              check->own->name, check->result.ok ? "well" : "not well", check->result.message);
}

/* The last result goes when the new one is there; its texts are in `arena`, which is handed over. */
static void set_result(struct check *check, struct arena *arena, const struct check_result *result, double ms)
{
    arena_destroy(check->arena);
    check->arena = arena;
    check->result = *result;
    check->ms = ms;
    check->checked_ms = clock_monotonic_ms();
    check->checked_wall_ms = clock_wall_ms();
    log_change(check);
}

static void set_failure(struct check *check, struct arena *arena, const char *message, const char *brief, double ms)
{
    struct check_terms terms = check_terms_of(check->own);
    struct check_result result;
    check_fail(arena, check->type, &terms, message, brief, &result);
    set_result(check, arena, &result, ms);
}

static const char *server_words(struct arena *arena, const char *what, const struct error *error)
{
    return error->sqlstate[0] == '\0'
               ? arena_printf(arena, "%s: %s", what, error->message)
               : arena_printf(arena, "%s: %s (SQLSTATE %s)", what, error->message, error->sqlstate);
}

static void take_reply(struct check *check, const struct checker_reply *reply)
{
    struct arena *arena = arena_create();
    struct check_terms terms = check_terms_of(check->own);
    struct check_result result;
    char timeout[DURATION_SIZE];
    const char *words;
    switch (reply->outcome) {
    case CHECKER_ANSWERED:
        check_judge(arena, check->type, &terms, &reply->answer, &result);
        set_result(check, arena, &result, reply->ms);
        break;
    case CHECKER_TIMED_OUT:
        words = arena_printf(arena, "the query did not end within %s, its timeout",
                             duration_format(check->own->timeout_ms, timeout));
        set_failure(check, arena, words, words, reply->ms);
        break;
    case CHECKER_REFUSED:
        set_failure(check, arena, server_words(arena, "the query failed", &reply->error), "the query failed",
                    reply->ms);
        break;
    case CHECKER_UNREACHABLE:
        set_failure(check, arena, server_words(arena, "the database cannot be reached", &reply->error),
                    "the database cannot be reached", reply->ms);
        break;
    case CHECKER_LOST:
        set_failure(check, arena, server_words(arena, "the connection was lost in the query", &reply->error),
                    "the connection was lost in the query", reply->ms);
        break;
    }
}

/* A bad result is looked at again soon, as a bad verdict is. */
static int64_t pause_after(const struct check *check)
{
    int64_t interval = check->own->interval_ms;
    return check->result.ok || interval < BAD_RESULT_MS ? interval : BAD_RESULT_MS;
}

/* ---- what a connection says ---- */

/* Whoever is due hears of it, and stays due. */
static void take_unreachable(struct checks *checks, struct site *site, const struct checker_reply *reply)
{
    int64_t now = clock_monotonic_ms();
    site->connect_at_ms =
        now + retry_delay_ms(site->failed_connects++, RECONNECT_BASE_MS, RECONNECT_MOST_MS, clock_random());
    for (size_t i = 0; i < checks->count; i++) {
        struct check *check = &checks->items[i];
        if (check->site == site && !check->asked && check->due_ms <= now)
            take_reply(check, reply);
    }
}

static void on_replied(void *context, const struct checker_reply *reply)
{
    struct lane *lane = context;
    struct checks *checks = lane->checks;
    struct check *check = lane->check;
    lane->check = NULL;
    lane->since_ms = clock_monotonic_ms();
    check->asked = false;
    if (reply->outcome == CHECKER_UNREACHABLE) {
        take_unreachable(checks, lane->site, reply);
    } else if (reply->outcome == CHECKER_LOST &&
               !check->lost) { /* says nothing of the check: it is asked once more */
        check->lost = true;
        check->due_ms = clock_monotonic_ms();
    } else {
        lane->site->failed_connects = 0;
        check->lost = reply->outcome == CHECKER_LOST;
        take_reply(check, reply);
        check->due_ms = clock_monotonic_ms() + pause_after(check);
    }
    step_in(checks, 0);
    checks->events.changed(checks->events.context);
}

/* ---- lanes ---- */

static struct lane *add_lane(struct checks *checks, struct site *site)
{
    struct lane *lane = memory_alloc(sizeof *lane);
    struct checker_events events = {on_replied, lane};
    lane->checks = checks;
    lane->site = site;
    lane->checker = checker_create(checks->loop, site->target, &events);
    lane->next = checks->lanes;
    checks->lanes = lane;
    return lane;
}

/* NULL: not now. While one connects the others wait for it: a server that is silent is asked once. */
static struct lane *find_lane(struct checks *checks, struct site *site, int64_t now)
{
    for (struct lane *lane = checks->lanes; lane != NULL; lane = lane->next)
        if (lane->site == site && lane->check == NULL)
            return lane;
    for (const struct lane *lane = checks->lanes; lane != NULL; lane = lane->next)
        if (lane->site == site && (checker_is_opening(lane->checker) || now - lane->since_ms < TURN_MS))
            return NULL;
    return add_lane(checks, site);
}

static void start(struct lane *lane, struct check *check)
{
    lane->check = check;
    lane->since_ms = clock_monotonic_ms();
    check->asked = true;
    checker_ask(lane->checker, check->own->query, check->own->timeout_ms);
}

static void free_lane(struct lane *lane)
{
    checker_destroy(lane->checker);
    free(lane);
}

static bool is_spare(const struct lane *lane, int64_t now)
{
    const struct lane *other = lane->checks->lanes;
    while (other != NULL && (other == lane || other->site != lane->site || other->check != NULL))
        other = other->next;
    return lane->check == NULL && other != NULL && now - lane->since_ms > SPARE_MS;
}

static void drop_spare_lanes(struct checks *checks, int64_t now)
{
    for (struct lane **link = &checks->lanes; *link != NULL;) {
        struct lane *lane = *link;
        if (is_spare(lane, now)) {
            *link = lane->next;
            free_lane(lane);
        } else {
            link = &lane->next;
        }
    }
}

/* ---- the one place that decides ---- */

/* When a check that is not asked now has to be looked at again; what waits for a connection that opens is told by that. */
static int64_t look_at_ms(const struct check *check, int64_t now)
{
    if (check->due_ms > now)
        return check->due_ms;
    return check->site->connect_at_ms > now ? check->site->connect_at_ms : now + TURN_MS;
}

static void step(uv_timer_t *timer)
{
    struct checks *checks = timer->data;
    int64_t now = clock_monotonic_ms(), next = INT64_MAX;
    for (size_t i = 0; i < checks->count; i++) {
        struct check *check = &checks->items[i];
        if (check->asked)
            continue;
        struct lane *lane = NULL;
        if (check->due_ms <= now && check->site->connect_at_ms <= now)
            lane = find_lane(checks, check->site, now);
        if (lane != NULL)
            start(lane, check);
        else if (look_at_ms(check, now) < next)
            next = look_at_ms(check, now);
    }
    drop_spare_lanes(checks, now);
    if (next != INT64_MAX)
        step_in(checks, next - now);
}

static void step_in(struct checks *checks, int64_t ms)
{
    uv_timer_start(checks->timer, step, (uint64_t)ms, 0);
}

/* ---- life ---- */

static struct site *site_of(const struct checks *checks, const char *target)
{
    for (size_t i = 0; i < checks->config->n_targets; i++)
        if (strcmp(checks->sites[i].target->name, target) == 0)
            return &checks->sites[i];
    return NULL;
}

static void set_up(struct checks *checks, const struct config *config)
{
    checks->config = config;
    checks->count = config->n_checks;
    checks->items = memory_alloc((config->n_checks + 1) * sizeof *checks->items);
    checks->sites = memory_alloc((config->n_targets + 1) * sizeof *checks->sites);
    for (size_t i = 0; i < config->n_targets; i++)
        checks->sites[i].target = &config->targets[i];
    for (size_t i = 0; i < config->n_checks; i++) {
        const struct check_config *own = &config->checks[i];
        checks->items[i] = (struct check){
            .own = own,
            .type = check_type_find(own->type),
            .site = site_of(checks, own->target),
            .due_ms = clock_monotonic_ms(),
            .ms = -1,
        };
    }
}

static void free_lanes(struct checks *checks)
{
    while (checks->lanes != NULL) {
        struct lane *lane = checks->lanes;
        checks->lanes = lane->next;
        free_lane(lane);
    }
}

struct checks *checks_create(uv_loop_t *loop, const struct config *config, const struct checks_events *events)
{
    struct checks *checks = memory_alloc(sizeof *checks);
    checks->loop = loop;
    checks->events = *events;
    checks->timer = memory_alloc(sizeof *checks->timer);
    checks->timer->data = checks;
    uv_timer_init(loop, checks->timer);
    set_up(checks, config);
    step_in(checks, 0);
    return checks;
}

static bool is_same_question(const struct check *a, const struct check *b)
{
    return a->type == b->type && strcmp(a->own->name, b->own->name) == 0 &&
           strcmp(a->own->query, b->own->query) == 0 && strcmp(a->own->target, b->own->target) == 0 &&
           a->own->threshold_ms == b->own->threshold_ms;
}

/* It is asked again at once all the same. */
static void keep_result(struct check *check, struct check *before)
{
    check->arena = before->arena;
    before->arena = NULL;
    check->result = before->result;
    check->ms = before->ms;
    check->checked_ms = before->checked_ms;
    check->checked_wall_ms = before->checked_wall_ms;
    check->logged = before->logged;
}

static void free_items(struct check *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        arena_destroy(items[i].arena);
    free(items);
}

void checks_reload(struct checks *checks, const struct config *config)
{
    struct check *before = checks->items;
    struct site *sites = checks->sites;
    size_t count = checks->count;
    free_lanes(checks);
    set_up(checks, config);
    for (size_t i = 0; i < checks->count; i++)
        for (size_t j = 0; j < count; j++)
            if (before[j].arena != NULL && is_same_question(&checks->items[i], &before[j]))
                keep_result(&checks->items[i], &before[j]);
    free_items(before, count);
    free(sites);
    step_in(checks, 0);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void checks_destroy(struct checks *checks)
{
    if (checks == NULL)
        return;
    uv_close((uv_handle_t *)checks->timer, free_handle);
    free_lanes(checks);
    free_items(checks->items, checks->count);
    free(checks->sites);
    free(checks);
}

void checks_follow(struct checks *checks, const char *target, bool ready)
{
    struct site *site = site_of(checks, target);
    bool turned = ready && !site->ready;
    site->ready = ready;
    for (size_t i = 0; turned && i < checks->count; i++)
        if (checks->items[i].site == site && checks->items[i].arena != NULL && !checks->items[i].result.ok)
            checks->items[i].due_ms = 0;
    if (turned)
        step_in(checks, 0);
}
