/*
 * Does a session keep its backend to its end, though a pooler stands between us and the server? Judged by what it sees
 * of itself, and of a second session through the same address. Pure: the caller carries out one step after the other and
 * tells what it saw.
 *
 * A pooler that shares backends shows itself: by another backend for a session, by one backend for both, or by a
 * transaction that was not ours in between. That it did not show itself proves nothing, since a quiet pooler gives the
 * same backend again, and the two sessions may have gone to two poolers behind one address. So the opposite must be seen:
 * that the second session's backend stays as it is until that session ends, and is cleaned up or gone then, some times
 * in a row. What is cleaned up behind a session holds no lock of a runner that was killed either.
 */
#ifndef MIGRATED_CORE_STICKINESS_H
#define MIGRATED_CORE_STICKINESS_H

#include <stdbool.h>
#include <stdint.h>

enum stickiness_other {
    STICKINESS_NONE,      /* not asked for */
    STICKINESS_UNTOUCHED, /* idle; what it did last was the second session's question */
    STICKINESS_CLEANED,   /* its settings and its locks were given back: DISCARD ALL, or both of these */
    STICKINESS_GONE,
    STICKINESS_LEFT,   /* something was reset, not all */
    STICKINESS_USED,   /* by somebody else */
    STICKINESS_UNSEEN, /* this role may not see it */
};

/* What a session sees. */
struct stickiness_mark {
    int pid;                     /* of the backend that answers */
    uint32_t transactions;       /* of that backend, this one included; wraps around */
    enum stickiness_other other; /* the second session's backend */
};

enum stickiness_step {
    STICKINESS_ASK_FIRST,
    STICKINESS_ASK_SECOND,   /* open it first where it is closed */
    STICKINESS_CLOSE_SECOND, /* and ask the first */
    STICKINESS_LOOK,         /* ask the first, after a moment */
    STICKINESS_AGAIN,        /* close the second, and ask the first */
    STICKINESS_KEEPS,        /* the ends: it does; */
    STICKINESS_CHANGES,      /* backends are shared between transactions; */
    STICKINESS_LEAVES,       /* a session that ends is not cleaned up: shared, or kept and left as it is; */
    STICKINESS_HIDDEN,       /* this role may not see what became of its own session; */
    STICKINESS_BUSY,         /* others were too quick each time; */
    STICKINESS_FULL, /* not of stickiness_take: the second session got no backend. Two poolers may stand there */
};

struct stickiness {
    unsigned turn, looks, rounds, tries;
    struct stickiness_mark first, second;
};

/* A new struct is all zero; the first step is STICKINESS_ASK_FIRST. */
enum stickiness_step stickiness_take(struct stickiness *stickiness, const struct stickiness_mark *mark);

#endif
