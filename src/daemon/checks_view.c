#include "checks_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/duration.h"

#define MOST_INTERVALS 3 /* that a result may be old */

/* Nothing has come of asking, good or bad, for longer than asking takes. */
static bool is_stale(const struct check *check, int64_t age_ms)
{
    return age_ms > MOST_INTERVALS * check->own->interval_ms + check->own->timeout_ms;
}

static void view_result(const struct check *check, struct arena *arena, struct check_view *view)
{
    struct check_terms terms = check_terms_of(check->own);
    char age[DURATION_SIZE];
    if (check->arena == NULL) {
        check_fail(arena, check->type, &terms, "not checked yet", "not checked yet", &view->result);
        return;
    }
    view->age_ms = clock_monotonic_ms() - check->checked_ms;
    view->result = check->result;
    view->known = !is_stale(check, view->age_ms);
    if (!view->known)
        check_say(&view->result, false,
                  arena_printf(arena, "there is no result for %s", duration_format(view->age_ms, age)));
}

const struct check_view *checks_look(const struct checks *checks, struct arena *arena, size_t *count)
{
    struct check_view *views = arena_array(arena, checks->count + 1, sizeof *views);
    int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i < checks->count; i++) {
        const struct check *check = &checks->items[i];
        views[i] = (struct check_view){
            .name = check->own->name,
            .type = check->own->type,
            .target = check->own->target,
            .required = check->own->required == CHECK_REQUIRED,
            .ms = check->ms,
            .checked_wall_ms = check->checked_wall_ms,
            .interval_ms = check->own->interval_ms,
            .next_ms = check->due_ms > now ? check->due_ms - now : 0,
        };
        view_result(check, arena, &views[i]);
    }
    *count = checks->count;
    return views;
}
