#include "core/stepwise.h"

#include "base/arena.h"
#include "core/inclusion.h"
#include "core/retry.h"

#include <assert.h>
#include <string.h>

#define MORE_DROPS 10 /* of leftovers before one statement, than there were at first */

#define TO(state) (1u << (state))

static const struct {
    const char *name;
    unsigned next;
} states[STEPWISE_N_STATES] = {
    [STEPWISE_IDLE] = {"idle", TO(STEPWISE_READING)},
    [STEPWISE_READING] = {"reading", TO(STEPWISE_TRYING) | TO(STEPWISE_LOOKING) | TO(STEPWISE_STARTING) |
                                         TO(STEPWISE_CLOSING) | TO(STEPWISE_DONE)},
    [STEPWISE_TRYING] = {"trying", TO(STEPWISE_TRYING) | TO(STEPWISE_LOOKING) | TO(STEPWISE_STARTING) |
                                       TO(STEPWISE_CLOSING) | TO(STEPWISE_DONE)},
    [STEPWISE_LOOKING] = {"looking", TO(STEPWISE_COMPARING) | TO(STEPWISE_CLEANING) | TO(STEPWISE_STARTING) |
                                         TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_COMPARING] = {"comparing", TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_CLEANING] = {"cleaning", TO(STEPWISE_LOOKING) | TO(STEPWISE_DONE)},
    [STEPWISE_STARTING] = {"starting", TO(STEPWISE_RUNNING) | TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_RUNNING] = {"running", TO(STEPWISE_VERIFYING) | TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_VERIFYING] = {"verifying", TO(STEPWISE_UNDOING) | TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_UNDOING] = {"undoing", TO(STEPWISE_RECORDING) | TO(STEPWISE_DONE)},
    [STEPWISE_RECORDING] = {"recording", TO(STEPWISE_TRYING) | TO(STEPWISE_LOOKING) | TO(STEPWISE_STARTING) |
                                             TO(STEPWISE_CLOSING) | TO(STEPWISE_DONE)},
    [STEPWISE_CLOSING] = {"closing", TO(STEPWISE_DONE)},
    [STEPWISE_DONE] = {"done", 0},
};

const char *stepwise_state_name(enum stepwise_state state)
{
    return states[state].name;
}

const char *stepwise_diagram(struct arena *arena)
{
    const char *diagram = "stateDiagram-v2\n";
    for (unsigned from = 0; from < STEPWISE_N_STATES; from++)
        for (unsigned to = 0; to < STEPWISE_N_STATES; to++)
            if (states[from].next & TO(to))
                diagram = arena_printf(arena, "%s    %s --> %s\n", diagram, states[from].name, states[to].name);
    return diagram;
}

static struct stepwise_action nothing(void)
{
    return (struct stepwise_action){.kind = STEPWISE_NOTHING};
}

static const struct stepwise_statement *current(const struct stepwise *stepwise)
{
    return &stepwise->statements[stepwise->at];
}

static struct stepwise_action enter(struct stepwise *stepwise, enum stepwise_state next,
                                    enum stepwise_action_kind kind)
{
    assert(states[stepwise->state].next & TO(next));
    stepwise->state = next;
    return (struct stepwise_action){
        .kind = kind,
        .statement = stepwise->at < stepwise->count ? current(stepwise) : NULL,
        .leftover = stepwise->leftover,
        .finalize = stepwise->finalize,
    };
}

static struct stepwise_action finish(struct stepwise *stepwise)
{
    return enter(stepwise, STEPWISE_DONE, STEPWISE_FINISH);
}

static struct stepwise_action fail(struct stepwise *stepwise, const struct error *error)
{
    stepwise->error = *error;
    return finish(stepwise);
}

static void place_at(const struct stepwise *stepwise, const struct sql_piece *piece, struct error *error)
{
    error_place(error, inclusion_path(stepwise->inclusions, piece->place, stepwise->path), piece->place.line,
                piece->place.column);
}

/* ---- what only a person can settle ---- */

static struct stepwise_action ask(struct stepwise *stepwise, const struct error *what)
{
    const struct stepwise_statement *statement = current(stepwise);
    struct error error = *what;
    place_at(stepwise, &statement->piece, &error);
    error_next(&error,
               "look at the database; then `migrated resume --mark-done %zu` if the statement has done its work, or "
               "`migrated resume --redo %zu` to run it again",
               statement->ordinal, statement->ordinal);
    return fail(stepwise, &error);
}

static struct stepwise_action ask_about(struct stepwise *stepwise, const struct catalog_object *found)
{
    const struct stepwise_statement *statement = current(stepwise);
    const char *id = stepwise->revision->id;
    struct error error;
    if (found == NULL)
        error_set(&error, ERROR_REVISION_FAILED,
                  "statement %zu of revision %s was begun, and nothing in the catalog tells whether it was done",
                  statement->ordinal, id);
    else
        error_set(&error, ERROR_REVISION_FAILED,
                  "statement %zu of revision %s was begun, and %s, which came since, is not what it would have made",
                  statement->ordinal, id, found->name);
    return ask(stepwise, &error);
}

/* How far it came, nothing tells: it stays noted as begun, and is not tried again. */
static struct stepwise_action ask_about_the_rest(struct stepwise *stepwise, const struct error *refusal)
{
    struct error error;
    error_set(&error, ERROR_REVISION_FAILED,
              "statement %zu of revision %s commits as it goes, and broke off, perhaps half done: %s",
              current(stepwise)->ordinal, stepwise->revision->id, refusal->message);
    return ask(stepwise, &error);
}

static struct stepwise_action wait_for(struct stepwise *stepwise, const struct catalog_object *found)
{
    struct error error;
    error_set(&error, ERROR_BUSY, "index %s is being built just now by pid %d", found->name, found->builder);
    error_next(&error, "wait for it and run the command again; SELECT * FROM pg_stat_activity WHERE pid = %d",
               found->builder);
    memcpy(error.sqlstate, "55P03", sizeof "55P03");
    return fail(stepwise, &error);
}

/* ---- from statement to statement ---- */

static struct stepwise_action begin(struct stepwise *stepwise)
{
    return enter(stepwise, STEPWISE_STARTING, STEPWISE_START);
}

static struct stepwise_action record(struct stepwise *stepwise, enum journal_state outcome)
{
    struct stepwise_action action = enter(stepwise, STEPWISE_RECORDING, STEPWISE_RECORD);
    action.outcome = outcome;
    return action;
}

static struct stepwise_action drop(struct stepwise *stepwise, enum stepwise_state state,
                                   const struct catalog_object *remains)
{
    stepwise->leftover = remains->name;
    return enter(stepwise, state, STEPWISE_DROP);
}

/* Carry out what the journal and the catalog say about the current statement. */
static struct stepwise_action carry_out(struct stepwise *stepwise, const struct catalog_facts *facts)
{
    const struct catalog_object *found;
    enum journal_state state = stepwise->progress[stepwise->at].state;
    stepwise->finalize = false;
    switch (stepwise_decide(&current(stepwise)->object, state, facts, &found)) {
    case DECIDE_FINALIZE:
        stepwise->finalize = true;
        return begin(stepwise);
    case DECIDE_RUN:
        return begin(stepwise);
    case DECIDE_DONE:
        return record(stepwise, JOURNAL_DONE);
    case DECIDE_DROP:
        if (stepwise->drops == 0)
            stepwise->most_drops = facts->count + MORE_DROPS;
        if (stepwise->drops++ < stepwise->most_drops)
            return drop(stepwise, STEPWISE_CLEANING, found);
        return ask_about(stepwise, found);
    case DECIDE_COMPARE:
        return enter(stepwise, STEPWISE_COMPARING, STEPWISE_COMPARE);
    case DECIDE_WAIT:
        return wait_for(stepwise, found);
    case DECIDE_ASK:
        break;
    }
    return ask_about(stepwise, found);
}

static struct stepwise_action next(struct stepwise *stepwise)
{
    while (stepwise->at < stepwise->count && stepwise->progress[stepwise->at].state == JOURNAL_DONE)
        stepwise->at++;
    stepwise->drops = 0;
    bool begun = stepwise->at < stepwise->count && stepwise->progress[stepwise->at].state == JOURNAL_STARTED;
    stepwise->standing = begun ? STANDING_OPEN : STANDING_NOT_BEGUN;
    if (stepwise->stopping) /* with the error that apply has for it */
        return finish(stepwise);
    if (stepwise->at == stepwise->count)
        return enter(stepwise, STEPWISE_CLOSING, STEPWISE_CLOSE);

    const struct stepwise_statement *statement = current(stepwise);
    if (stepwise->progress[stepwise->at].state == JOURNAL_STARTED) /* only what was outside is ever noted as begun */
        stepwise->progress[stepwise->at].outside = true;
    if (statement->transactional && !stepwise->progress[stepwise->at].outside)
        return enter(stepwise, STEPWISE_TRYING, STEPWISE_TRY);
    if (stepwise_has_question(&statement->object))
        return enter(stepwise, STEPWISE_LOOKING, STEPWISE_LOOK);
    return carry_out(stepwise, &(struct catalog_facts){0});
}

static struct stepwise_action done_with(struct stepwise *stepwise)
{
    stepwise->progress[stepwise->at].state = JOURNAL_DONE;
    return next(stepwise);
}

/* ---- the journal ---- */

static size_t find_ordinal(const struct stepwise *stepwise, size_t ordinal)
{
    size_t i = 0;
    while (i < stepwise->count && stepwise->statements[i].ordinal != ordinal)
        i++;
    return i;
}

/* The statement was another when it was done or begun. */
static bool check_same(struct stepwise *stepwise, const struct journal_entry *entry, size_t at, struct error *error)
{
    bool settled = entry->state == JOURNAL_NONE || entry->state == JOURNAL_FAILED;
    bool same = at < stepwise->count && strcmp(stepwise->statements[at].hash, entry->hash) == 0;
    if (settled || same)
        return true;
    error_set(error, ERROR_REVISION_FAILED,
              "revision %s was changed after it was begun: its statement %zu %s when it read: %s",
              stepwise->revision->id, entry->ordinal, entry->state == JOURNAL_DONE ? "was done" : "was begun",
              entry->words);
    error_place(error, stepwise->path, 0, 0);
    if (at < stepwise->count)
        place_at(stepwise, &stepwise->statements[at].piece, error);
    if (entry->state == JOURNAL_DONE)
        return error_next(error,
                          "put the statement back and mend it in a new revision; or, if what was done is right, "
                          "`migrated resume --mark-done %zu`",
                          entry->ordinal);
    return error_next(error, "put the statement back; or, to run the new one, `migrated resume --redo %zu`",
                      entry->ordinal);
}

static struct stepwise_action take_journal(struct stepwise *stepwise, const struct stepwise_event *event)
{
    for (size_t i = 0; i < event->n_journal; i++) {
        const struct journal_entry *entry = &event->journal[i];
        size_t at = find_ordinal(stepwise, entry->ordinal);
        struct error error;
        if (!check_same(stepwise, entry, at, &error))
            return fail(stepwise, &error);
        if (at < stepwise->count)
            stepwise->progress[at].state = entry->state;
    }
    return next(stepwise);
}

/* ---- what follows each action ---- */

static struct stepwise_action say_not_held(struct stepwise *stepwise)
{
    const struct stepwise_statement *statement = current(stepwise);
    struct error error;
    error_set(&error, ERROR_REVISION_FAILED,
              "statement %zu of revision %s ran without an error, but the catalog does not show what it should have "
              "done",
              statement->ordinal, stepwise->revision->id);
    return ask(stepwise, &error);
}

static struct stepwise_action verified(struct stepwise *stepwise, const struct catalog_facts *facts)
{
    const struct catalog_object *remains;
    const struct stepwise_statement *statement = current(stepwise);
    bool holds = stepwise_holds(&statement->object, facts, &remains);
    bool failed = stepwise->failure.code != ERROR_NONE;
    if (remains != NULL && !failed) {
        error_set(&stepwise->failure, ERROR_REVISION_FAILED, "statement %zu of revision %s left the invalid index %s",
                  statement->ordinal, stepwise->revision->id, remains->name);
        place_at(stepwise, &statement->piece, &stepwise->failure);
        error_next(&stepwise->failure, "it was dropped again; run the command again");
    }
    if (remains != NULL)
        return drop(stepwise, STEPWISE_UNDOING, remains);
    if (failed)
        return record(stepwise, JOURNAL_FAILED);
    return holds ? record(stepwise, JOURNAL_DONE) : say_not_held(stepwise);
}

static struct stepwise_action ran(struct stepwise *stepwise)
{
    if (stepwise_has_question(&current(stepwise)->object))
        return enter(stepwise, STEPWISE_VERIFYING, STEPWISE_LOOK);
    return record(stepwise, stepwise->failure.code == ERROR_NONE ? JOURNAL_DONE : JOURNAL_FAILED);
}

static struct stepwise_action recorded(struct stepwise *stepwise)
{
    if (stepwise->failure.code == ERROR_NONE)
        return done_with(stepwise);
    stepwise->standing = stepwise->failure.code == ERROR_TERMINATED ? STANDING_NOT_BEGUN : STANDING_UNDONE;
    return fail(stepwise, &stepwise->failure);
}

/* Asked to stop while it was noted as begun. */
static struct stepwise_action never_run(struct stepwise *stepwise)
{
    error_set(&stepwise->failure, ERROR_TERMINATED, "stopped before statement %zu ran", current(stepwise)->ordinal);
    return record(stepwise, JOURNAL_FAILED);
}

static struct stepwise_action did(struct stepwise *stepwise, const struct stepwise_event *event)
{
    switch (stepwise->state) {
    case STEPWISE_READING:
        return take_journal(stepwise, event);
    case STEPWISE_TRYING:
        return done_with(stepwise);
    case STEPWISE_LOOKING:
    case STEPWISE_COMPARING:
        if (stepwise->stopping)
            return finish(stepwise);
        return carry_out(stepwise, event->facts);
    case STEPWISE_CLEANING:
        return enter(stepwise, STEPWISE_LOOKING, STEPWISE_LOOK);
    case STEPWISE_STARTING:
        stepwise->standing = STANDING_OPEN;
        if (stepwise->stopping)
            return never_run(stepwise);
        return enter(stepwise, STEPWISE_RUNNING, STEPWISE_RUN);
    case STEPWISE_RUNNING:
        return ran(stepwise);
    case STEPWISE_VERIFYING:
        return verified(stepwise, event->facts);
    case STEPWISE_UNDOING:
        return record(stepwise, JOURNAL_FAILED);
    case STEPWISE_RECORDING:
        return recorded(stepwise);
    case STEPWISE_CLOSING:
        stepwise->closed = true;
        return finish(stepwise);
    default:
        return nothing();
    }
}

/* 25001: the server will not have it inside a transaction; 2D000: it ends its own. Nothing has happened. */
static bool wants_out(const struct error *error)
{
    return strcmp(error->sqlstate, "25001") == 0 || strcmp(error->sqlstate, "2D000") == 0;
}

/* A lock that was not had, a question that took too long: it says nothing about what was asked. */
static bool passes(const struct error *error)
{
    return retry_helps(error->sqlstate) || strcmp(error->sqlstate, "57014") == 0;
}

static struct stepwise_action refused(struct stepwise *stepwise, const struct stepwise_event *event)
{
    switch (stepwise->state) {
    case STEPWISE_TRYING:
        if (wants_out(&event->error) && !stepwise->progress[stepwise->at].outside && !stepwise->stopping) {
            stepwise->progress[stepwise->at].outside = true;
            stepwise->progress[stepwise->at].commits = strcmp(event->error.sqlstate, "2D000") == 0;
            return next(stepwise);
        }
        stepwise->standing = STANDING_UNDONE;
        return fail(stepwise, &event->error);
    case STEPWISE_RUNNING:
        if (stepwise->progress[stepwise->at].commits)
            return ask_about_the_rest(stepwise, &event->error);
        stepwise->failure = event->error;
        return ran(stepwise);
    case STEPWISE_UNDOING: /* stays noted as begun: an index without a name is known by that alone, and dropped first */
        return fail(stepwise, &stepwise->failure);
    case STEPWISE_COMPARING:
        if (passes(&event->error))
            return fail(stepwise, &event->error);
        return carry_out(stepwise, &(struct catalog_facts){.objects = event->facts->objects,
                                                           .count = event->facts->count,
                                                           .definition = DEFINITION_UNKNOWN});
    case STEPWISE_IDLE:
    case STEPWISE_DONE:
        return nothing();
    default: /* what the statement itself was refused for says more than what came of looking after it */
        return fail(stepwise, stepwise->failure.code == ERROR_NONE ? &event->error : &stepwise->failure);
    }
}

/* A build that is under way may still end well: it gets a grace. What follows a statement is always let through. */
static struct stepwise_action stop(struct stepwise *stepwise)
{
    stepwise->failed_first |= !stepwise->stopping && stepwise->failure.code != ERROR_NONE;
    stepwise->stopping = true;
    if (stepwise->state != STEPWISE_TRYING && stepwise->state != STEPWISE_RUNNING &&
        stepwise->state != STEPWISE_CLEANING)
        return nothing();
    struct stepwise_action action = {.kind = STEPWISE_CANCEL, .statement = current(stepwise)};
    action.grace = stepwise->state == STEPWISE_RUNNING && current(stepwise)->object.kind == SQL_OBJECT_NEW_INDEX;
    return action;
}

void stepwise_init(struct stepwise *stepwise, struct arena *arena, const struct revision *revision,
                   enum direction direction, const struct stepwise_statement *statements, size_t count)
{
    *stepwise = (struct stepwise){
        .revision = revision,
        .path = revision_path(revision, direction),
        .inclusions = revision_section(revision, direction)->inclusions,
        .statements = statements,
        .count = count,
        .progress = arena_array(arena, count, sizeof *stepwise->progress),
        .state = STEPWISE_IDLE,
    };
}

struct stepwise_action stepwise_start(struct stepwise *stepwise)
{
    return enter(stepwise, STEPWISE_READING, STEPWISE_READ);
}

struct stepwise_action stepwise_step(struct stepwise *stepwise, const struct stepwise_event *event)
{
    switch (event->kind) {
    case STEPWISE_DID:
        return did(stepwise, event);
    case STEPWISE_REFUSED:
        return refused(stepwise, event);
    case STEPWISE_STOP:
        return stop(stepwise);
    }
    return nothing();
}
