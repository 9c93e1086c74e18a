/*
 * A revision that cannot run in a transaction, statement by statement: the state machine. Each statement is noted in the
 * journal before and after it runs; one that can run in a transaction commits together with its note. A rerun goes on at
 * the first statement that is not done. Where a crash fell between doing and noting, the catalog decides, or nobody:
 * then a person is asked.
 *
 * Happy path: reading (the journal) -> for each statement: trying (it and its note in one transaction), or looking (at
 * the catalog) -> starting -> running -> verifying -> recording -> closing (version rows, history) -> done.
 * Failure modes: a statement is refused: what it leaves behind is undone, the failure noted, the rest is not begun. The
 * journal and the file differ, or nothing can decide: done with an error that says what to look at. A lost connection
 * ends the machine; another one begins with the journal.
 */
#ifndef MIGRATED_CORE_STEPWISE_H
#define MIGRATED_CORE_STEPWISE_H

#include "base/error.h"
#include "core/journal.h"
#include "core/stepwise_section.h"

struct arena;

/* ---- what is known ---- */

/* Something in the catalog that a statement is about. */
struct catalog_object {
    const char *name; /* quoted, with its schema */
    bool wanted;      /* it is what the statement names (false: a leftover of an earlier attempt beside it) */
    bool valid;       /* an index that may be used, a partition that is not half detached, a database that is whole */
    bool theirs;      /* a leftover that this role may not drop: it stays */
    bool known;       /* it was there when the statement was started */
    int builder;      /* pid of the session that is building it just now, 0: nobody */
};

enum catalog_definition {
    DEFINITION_UNASKED,
    DEFINITION_SAME,
    DEFINITION_OTHER,
    DEFINITION_UNKNOWN, /* the server could not tell */
};

struct catalog_facts {
    const struct catalog_object *objects;
    size_t count;
    enum catalog_definition definition; /* of the one valid new index, compared with the statement */
};

/* ---- the machine ---- */

enum stepwise_state {
    STEPWISE_IDLE,
    STEPWISE_READING,
    STEPWISE_TRYING,
    STEPWISE_LOOKING,
    STEPWISE_COMPARING,
    STEPWISE_CLEANING,
    STEPWISE_STARTING,
    STEPWISE_RUNNING,
    STEPWISE_VERIFYING,
    STEPWISE_UNDOING,
    STEPWISE_RECORDING,
    STEPWISE_CLOSING,
    STEPWISE_DONE,
    STEPWISE_N_STATES,
};

enum stepwise_action_kind {
    STEPWISE_READ,    /* the journal of this revision and direction */
    STEPWISE_TRY,     /* `statement` and its note, in one transaction */
    STEPWISE_LOOK,    /* what the catalog holds of `statement`'s object */
    STEPWISE_COMPARE, /* the definition of the new index with the statement */
    STEPWISE_DROP,    /* the invalid index `leftover`, concurrently */
    STEPWISE_START,   /* note that `statement` is begun, durably, and make its session settings */
    STEPWISE_RUN,     /* `statement` by itself; with `finalize`: the second half of a detachment instead */
    STEPWISE_RECORD,  /* note how `statement` ended: `outcome` */
    STEPWISE_CLOSE,   /* version rows, history, the journal's end: one transaction */
    STEPWISE_CANCEL,  /* the statement under way; after a grace if `grace` */
    STEPWISE_FINISH,  /* stepwise->error tells how */
    STEPWISE_NOTHING,
};

struct stepwise_action {
    enum stepwise_action_kind kind;
    const struct stepwise_statement *statement;
    enum journal_state outcome;
    const char *leftover;
    bool finalize, grace;
};

enum stepwise_event_kind { STEPWISE_DID, STEPWISE_REFUSED, STEPWISE_STOP };

struct stepwise_event {
    enum stepwise_event_kind kind;
    const struct journal_entry *journal; /* after STEPWISE_READ; borrowed */
    size_t n_journal;
    const struct catalog_facts *facts; /* after STEPWISE_LOOK; with its definition after STEPWISE_COMPARE; borrowed */
    struct error error;
};

/* How the statement at hand stands. */
enum stepwise_standing {
    STANDING_UNKNOWN, /* the journal was not read */
    STANDING_NOT_BEGUN,
    STANDING_UNDONE, /* begun, and nothing of it is left */
    STANDING_OPEN,   /* begun, and not noted how it ended */
};

struct stepwise {
    const struct revision *revision;     /* borrowed, as the statements */
    const char *path;                    /* the file in which they stand */
    const struct inclusions *inclusions; /* those that were read into it; NULL: none */
    const struct stepwise_statement *statements;
    size_t count, at;
    struct stepwise_progress {
        enum journal_state state;
        bool outside; /* the server refused it inside a transaction */
        bool commits; /* because it ends transactions itself: where it breaks off, a part of it is done */
    } * progress;
    enum stepwise_state state;
    enum stepwise_standing standing;
    const char *leftover;     /* being dropped */
    size_t drops, most_drops; /* before the statement at hand */
    bool finalize, stopping, closed;
    bool failed_first;    /* asked to stop while a failure was being noted */
    struct error failure; /* of the statement at hand, until it is noted */
    struct error error;   /* how it ended; code ERROR_NONE and `closed`: well; not `closed`: it was stopped */
};

/* `arena` keeps the progress. */
void stepwise_init(struct stepwise *stepwise, struct arena *arena, const struct revision *revision,
                   enum direction direction, const struct stepwise_statement *statements, size_t count);
struct stepwise_action stepwise_start(struct stepwise *stepwise);
struct stepwise_action stepwise_step(struct stepwise *stepwise, const struct stepwise_event *event);

/* How far it came: "statement 3 of 5 of 0002 was cancelled, 1 to 2 stay done"; NULL: not known. Owned
 * by the arena. */
const char *stepwise_stopped_words(const struct stepwise *stepwise, struct arena *arena);
/* Statements of it are done or begun: it is to be gone on with. */
bool stepwise_is_half_done(const struct stepwise *stepwise);

const char *stepwise_state_name(enum stepwise_state state);
/* The machine's moves, as a Mermaid diagram for the documentation. */
const char *stepwise_diagram(struct arena *arena);

/* ---- the decision (core/stepwise_decide.c) ---- */

enum stepwise_decision {
    DECIDE_RUN,
    DECIDE_FINALIZE, /* run the second half of a detachment */
    DECIDE_DONE,     /* it is done: only the note is missing */
    DECIDE_DROP,     /* first drop this invalid index */
    DECIDE_COMPARE,  /* ask for the definition first */
    DECIDE_WAIT,     /* somebody is building it just now */
    DECIDE_ASK,      /* nothing can decide: a person must look */
};

/* Can the catalog say anything about it? */
bool stepwise_has_question(const struct sql_object *object);

/* Before a statement runs, from the journal's last word and the catalog. `which` gets the object it is about. */
enum stepwise_decision stepwise_decide(const struct sql_object *object, enum journal_state state,
                                       const struct catalog_facts *facts, const struct catalog_object **which);

/* After it ran: is what it should have made (or taken away) really so? `which` gets an invalid index to be dropped. */
bool stepwise_holds(const struct sql_object *object, const struct catalog_facts *facts,
                    const struct catalog_object **which);

#endif
