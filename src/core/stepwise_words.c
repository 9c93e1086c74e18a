/* What is said of a revision that was stopped on its way: what is done of it stays. */
#include "base/arena.h"
#include "core/stepwise.h"

static const char *what_stays(const struct stepwise *stepwise, struct arena *arena)
{
    if (stepwise->at == 0)
        return "";
    size_t last = stepwise->statements[stepwise->at - 1].ordinal;
    return last == 1 ? ", 1 stays done" : arena_printf(arena, ", 1 to %zu stay done", last);
}

const char *stepwise_stopped_words(const struct stepwise *stepwise, struct arena *arena)
{
    const char *became[] = {
        [STANDING_NOT_BEGUN] = "was not begun",
        [STANDING_UNDONE] = stepwise->stopping ? "was cancelled" : "is not done",
        [STANDING_OPEN] = "was begun, and how far it came is not noted",
    };
    if (stepwise->count == 0 || stepwise->standing == STANDING_UNKNOWN)
        return NULL;
    const char *id = stepwise->revision->id;
    if (stepwise->at == stepwise->count)
        return arena_printf(arena, "all statements of %s are done, its version rows are not written", id);
    return arena_printf(arena, "statement %zu of %zu of %s %s%s", stepwise->statements[stepwise->at].ordinal,
                        stepwise->statements[stepwise->count - 1].ordinal, id, became[stepwise->standing],
                        what_stays(stepwise, arena));
}

bool stepwise_is_half_done(const struct stepwise *stepwise)
{
    return stepwise->at > 0 || stepwise->standing == STANDING_OPEN;
}
