#include "core/stickiness.h"

#define ENOUGH_ROUNDS 3  /* in a row: one may be a chance, such as another client that discards all */
#define MOST_TRIES    8  /* that others spoiled */
#define MOST_LOOKS    60 /* of a moment each */

/* By turns: first, second, first, second; then the first sees the second's end. */
#define WATCHING 4

static enum stickiness_step begin_anew(struct stickiness *stickiness)
{
    stickiness->turn = stickiness->looks = 0;
    return STICKINESS_AGAIN;
}

static enum stickiness_step again(struct stickiness *stickiness, enum stickiness_step at_last)
{
    if (++stickiness->tries == MOST_TRIES)
        return at_last;
    stickiness->rounds = 0;
    return begin_anew(stickiness);
}

static bool is_second(const struct stickiness *stickiness)
{
    return stickiness->turn < WATCHING && stickiness->turn % 2 == 1;
}

static enum stickiness_step watch(struct stickiness *stickiness, enum stickiness_other other)
{
    switch (other) {
    case STICKINESS_UNTOUCHED:
        return ++stickiness->looks == MOST_LOOKS ? STICKINESS_LEAVES : STICKINESS_LOOK;
    case STICKINESS_CLEANED:
    case STICKINESS_GONE:
        if (++stickiness->rounds == ENOUGH_ROUNDS)
            return STICKINESS_KEEPS;
        return begin_anew(stickiness);
    case STICKINESS_LEFT:
        return STICKINESS_LEAVES;
    case STICKINESS_UNSEEN:
        return STICKINESS_HIDDEN;
    default:
        return again(stickiness, STICKINESS_BUSY);
    }
}

enum stickiness_step stickiness_take(struct stickiness *stickiness, const struct stickiness_mark *mark)
{
    bool second = is_second(stickiness);
    struct stickiness_mark *own = second ? &stickiness->second : &stickiness->first;
    struct stickiness_mark before = *own;
    bool begins = second ? stickiness->turn == 1 : stickiness->turn == 0;

    *own = *mark;
    if (before.pid != 0 && before.pid != mark->pid && !(second && begins))
        return STICKINESS_CHANGES;
    if (second && mark->pid == stickiness->first.pid)
        return STICKINESS_CHANGES;
    if (!begins && mark->transactions - before.transactions != 1) /* also the server itself has some at times */
        return again(stickiness, STICKINESS_CHANGES);
    if (stickiness->turn == WATCHING)
        return watch(stickiness, mark->other);
    if (stickiness->turn == 2 && mark->other == STICKINESS_UNSEEN)
        return STICKINESS_HIDDEN;
    if (stickiness->turn == 2 && mark->other != STICKINESS_UNTOUCHED)
        return again(stickiness, STICKINESS_CHANGES);
    stickiness->turn++;
    if (stickiness->turn == WATCHING)
        return STICKINESS_CLOSE_SECOND;
    return is_second(stickiness) ? STICKINESS_ASK_SECOND : STICKINESS_ASK_FIRST;
}
