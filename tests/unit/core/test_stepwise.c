/* The machine and its decisions; what it does on real servers is tests/integration/test_stepwise.c. */
#include "core/stepwise.h"

#include "base/arena.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *stepwise_core_suite(void);

static struct arena *arena;
static struct stepwise machine;
static struct revision revision;
static struct stepwise_section section;

static const char text[] = "INSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY i ON t (a);\nCALL p();\nVACUUM t;\n";

static void setup(void)
{
    arena = arena_create();
    revision = (struct revision){.id = "r", .path = "r.sql"};
    revision.up = (struct section){.present = true, .length = sizeof text - 1, .place = {1, 1}};
    stepwise_section_read(arena, &revision.up, text, &section);
    ck_assert_uint_eq(section.n_statements, 4);
    stepwise_init(&machine, arena, &revision, DIRECTION_UPGRADE, section.statements, section.n_statements);
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* ---- what stands in a section ---- */

START_TEST(takes_a_section_apart)
{
    static const char mixed[] = "-- first\nSET search_path = x;\nCOPY t FROM stdin;\n1\n\\.\n SELECT\n\n 1 ; VACUUM";
    struct section own = {.present = true, .length = sizeof mixed - 1, .place = {1, 1}};
    struct stepwise_section out;
    stepwise_section_read(arena, &own, mixed, &out);
    ck_assert_uint_eq(out.n_settings, 1);
    ck_assert_uint_eq(out.settings[0].ordinal, 1);
    ck_assert_uint_eq(out.n_statements, 3);
    ck_assert_uint_eq(out.statements[0].ordinal, 2);
    ck_assert(out.statements[0].has_copy);
    ck_assert_uint_eq(out.statements[0].copy.length, 2);
    ck_assert(out.statements[0].transactional && out.statements[1].transactional && !out.statements[2].transactional);
    ck_assert_str_eq(out.statements[1].words, "SELECT 1 ;");
    ck_assert_uint_eq(out.statements[1].piece.place.line, 6);
    ck_assert_int_eq(out.statements[2].object.kind, SQL_OBJECT_REPEATABLE);
}
END_TEST

static const struct {
    const char *statement;
    bool waits;
    enum sql_lock lock; /* the section's own is SQL_LOCK_STRONG */
} waiting[] = {
    {"CREATE INDEX CONCURRENTLY i ON t (a)", true, SQL_LOCK_STRONG},
    {"CREATE UNIQUE INDEX CONCURRENTLY U&\"d\\0061t\" ON t (a)", true, SQL_LOCK_STRONG},
    {"DROP INDEX CONCURRENTLY U&\"d\\0061t\"", true, SQL_LOCK_STRONG},
    {"REINDEX SCHEMA CONCURRENTLY s", true, SQL_LOCK_STRONG},
    {"REINDEX (CONCURRENTLY) DATABASE", true, SQL_LOCK_STRONG},
    {"REINDEX SCHEMA s", false, SQL_LOCK_STRONG},
    {"ALTER TABLE t DETACH PARTITION U&\"d\\0061t\" CONCURRENTLY", true, SQL_LOCK_STRONG},
    {"VACUUM t", false, SQL_LOCK_STRONG},
    {"ALTER TABLE t VALIDATE CONSTRAINT c", false, SQL_LOCK_ONLINE},
    {"INSERT INTO t VALUES (1)", false, SQL_LOCK_ROWS},
};

START_TEST(a_statement_knows_how_it_waits)
{
    const char *statement = waiting[_i].statement;
    struct section own = {.present = true, .length = strlen(statement), .place = {1, 1}, .lock = SQL_LOCK_STRONG};
    struct stepwise_section out;
    stepwise_section_read(arena, &own, statement, &out);
    ck_assert_int_eq(out.statements[0].waits_by_design, waiting[_i].waits);
    ck_assert_int_eq(out.statements[0].lock, waiting[_i].lock);
}
END_TEST

static const struct {
    const char *left, *right;
    bool same;
} pairs[] = {
    {"SELECT 1;", "SELECT  /* x */\n 1 -- y\n", true},
    {"SELECT 1", "SELECT 2", false},
    {"SELECT a b", "SELECT ab", false},
    {"SELECT 'a  b'", "SELECT 'a b'", false},
    {"COPY t FROM stdin;\n1\n\\.\n", "COPY t\nFROM stdin;\n1\n\\.\n", true},
    {"COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n2\n\\.\n", false},
    {"COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n\\.\n", false},
};

#define N_PAIRS (sizeof pairs / sizeof *pairs)

START_TEST(a_hash_tells_statements_apart_and_not_their_blanks)
{
    struct stepwise_section left, right;
    struct section own = {.present = true, .place = {1, 1}};
    own.length = strlen(pairs[_i].left);
    stepwise_section_read(arena, &own, pairs[_i].left, &left);
    own.length = strlen(pairs[_i].right);
    stepwise_section_read(arena, &own, pairs[_i].right, &right);
    ck_assert_int_eq(strcmp(left.statements[0].hash, right.statements[0].hash) == 0, pairs[_i].same);
}
END_TEST

/* ---- decisions ---- */

#define NAMED                                                                                                        \
    {                                                                                                                \
        0, 1                                                                                                         \
    }

static const struct {
    const char *what;
    struct sql_object object;
    enum journal_state state;
    struct catalog_object found; /* name NULL: nothing is there */
    enum catalog_definition definition;
    enum stepwise_decision decision;
} decisions[] = {
    {"a new index", {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED}, JOURNAL_NONE, {0}, 0, DECIDE_RUN},
    {"an invalid one of the name",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_NONE,
     {.name = "i", .wanted = true, .known = true},
     0,
     DECIDE_DROP},
    {"a valid one of the name before we began: the server will say",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_NONE,
     {.name = "i", .wanted = true, .known = true, .valid = true},
     0,
     DECIDE_RUN},
    {"somebody builds it",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .builder = 7},
     0,
     DECIDE_WAIT},
    {"broken off",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true},
     0,
     DECIDE_DROP},
    {"begun, and nothing there", {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED}, JOURNAL_STARTED, {0}, 0, DECIDE_RUN},
    {"begun, and valid",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .valid = true},
     DEFINITION_UNASKED,
     DECIDE_COMPARE},
    {"begun, valid, the same",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .valid = true},
     DEFINITION_SAME,
     DECIDE_DONE},
    {"begun, valid, another",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .valid = true},
     DEFINITION_OTHER,
     DECIDE_ASK},
    {"begun, valid, who knows",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .valid = true},
     DEFINITION_UNKNOWN,
     DECIDE_ASK},
    {"begun, but it was there before",
     {.kind = SQL_OBJECT_NEW_INDEX, .name = NAMED},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .valid = true, .known = true},
     0,
     DECIDE_RUN},
    {"without a name, somebody's invalid one",
     {.kind = SQL_OBJECT_NEW_INDEX},
     JOURNAL_STARTED,
     {.name = "i", .known = true},
     0,
     DECIDE_RUN},
    {"without a name, ours",
     {.kind = SQL_OBJECT_NEW_INDEX},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true},
     0,
     DECIDE_DROP},

    {"an index to drop",
     {.kind = SQL_OBJECT_OLD_INDEX},
     JOURNAL_NONE,
     {.name = "i", .wanted = true, .known = true},
     0,
     DECIDE_RUN},
    {"none to drop: the server will say", {.kind = SQL_OBJECT_OLD_INDEX}, JOURNAL_NONE, {0}, 0, DECIDE_RUN},
    {"gone since we began", {.kind = SQL_OBJECT_OLD_INDEX}, JOURNAL_STARTED, {0}, 0, DECIDE_DONE},
    {"still there",
     {.kind = SQL_OBJECT_OLD_INDEX},
     JOURNAL_STARTED,
     {.name = "i", .wanted = true, .known = true},
     0,
     DECIDE_RUN},
    {"another came", {.kind = SQL_OBJECT_OLD_INDEX}, JOURNAL_STARTED, {.name = "i", .wanted = true}, 0, DECIDE_ASK},

    {"reindex", {.kind = SQL_OBJECT_REINDEX}, JOURNAL_STARTED, {0}, 0, DECIDE_RUN},
    {"reindex, remains", {.kind = SQL_OBJECT_REINDEX}, JOURNAL_STARTED, {.name = "i_ccnew"}, 0, DECIDE_DROP},

    {"reindex, another role's remains",
     {.kind = SQL_OBJECT_REINDEX},
     JOURNAL_STARTED,
     {.name = "i_ccnew", .theirs = true},
     0,
     DECIDE_RUN},
    {"reindex, beside somebody at work on another role's remains",
     {.kind = SQL_OBJECT_REINDEX},
     JOURNAL_NONE,
     {.name = "i_ccnew", .theirs = true, .builder = 7},
     0,
     DECIDE_RUN},

    {"attached",
     {.kind = SQL_OBJECT_PARTITION},
     JOURNAL_NONE,
     {.name = "p", .wanted = true, .valid = true},
     0,
     DECIDE_RUN},
    {"half detached",
     {.kind = SQL_OBJECT_PARTITION},
     JOURNAL_STARTED,
     {.name = "p", .wanted = true},
     0,
     DECIDE_FINALIZE},
    {"detached", {.kind = SQL_OBJECT_PARTITION}, JOURNAL_STARTED, {0}, 0, DECIDE_DONE},

    {"a new database", {.kind = SQL_OBJECT_NEW_DATABASE}, JOURNAL_NONE, {0}, 0, DECIDE_RUN},
    {"it came",
     {.kind = SQL_OBJECT_NEW_DATABASE},
     JOURNAL_STARTED,
     {.name = "d", .wanted = true, .valid = true},
     0,
     DECIDE_DONE},
    {"half of it came",
     {.kind = SQL_OBJECT_NEW_DATABASE},
     JOURNAL_STARTED,
     {.name = "d", .wanted = true},
     0,
     DECIDE_ASK},
    {"a database less", {.kind = SQL_OBJECT_OLD_DATABASE}, JOURNAL_STARTED, {0}, 0, DECIDE_DONE},

    {"repeatable", {.kind = SQL_OBJECT_REPEATABLE}, JOURNAL_STARTED, {0}, 0, DECIDE_RUN},
    {"unknown", {.kind = SQL_OBJECT_UNKNOWN}, JOURNAL_NONE, {0}, 0, DECIDE_RUN},
    {"unknown, failed", {.kind = SQL_OBJECT_UNKNOWN}, JOURNAL_FAILED, {0}, 0, DECIDE_RUN},
    {"unknown, begun", {.kind = SQL_OBJECT_UNKNOWN}, JOURNAL_STARTED, {0}, 0, DECIDE_ASK},
};

START_TEST(the_journal_and_the_catalog_decide)
{
    const struct catalog_object *which;
    struct catalog_facts facts = {.objects = &decisions[_i].found,
                                  .count = decisions[_i].found.name != NULL,
                                  .definition = decisions[_i].definition};
    enum stepwise_decision decision = stepwise_decide(&decisions[_i].object, decisions[_i].state, &facts, &which);
    ck_assert_msg(decision == decisions[_i].decision, "%s: %d", decisions[_i].what, (int)decision);
}
END_TEST

/* ---- the machine ---- */

enum {
    N_EVENTS = 3,
    N_FOUND = 5
}; /* kinds of events; what a look may find: an index, nothing, nothing and a failure */

/* The machine is in `state` at its statement `at`, and this comes. */
static void try_event(enum stepwise_state state, enum stepwise_event_kind kind, size_t at, size_t found,
                      bool stopping)
{
    static const struct catalog_object objects[] = {
        {.name = "i", .wanted = true},
        {.name = "i", .wanted = true, .valid = true},
        {.name = "i", .wanted = true, .builder = 1},
    };
    struct catalog_facts facts = {.objects = found < 3 ? &objects[found] : objects, .count = found < 3};
    struct stepwise_event event = {.kind = kind, .facts = &facts};
    if (state == STEPWISE_COMPARING && facts.count == 0)
        return;
    error_set(&event.error, ERROR_REVISION_FAILED, "trouble");
    strcpy(event.error.sqlstate, "25001");
    if (state == STEPWISE_COMPARING)
        facts = (struct catalog_facts){.objects = &objects[1], .count = 1, .definition = DEFINITION_SAME};
    stepwise_init(&machine, arena, &revision, DIRECTION_UPGRADE, section.statements, section.n_statements);
    machine.state = state;
    machine.at = state == STEPWISE_COMPARING || state == STEPWISE_LOOKING || state == STEPWISE_VERIFYING ? 1 : at;
    machine.progress[machine.at].state = JOURNAL_STARTED;
    machine.stopping = stopping;
    if (found == N_FOUND - 1)
        error_set(&machine.failure, ERROR_REVISION_FAILED, "trouble");
    stepwise_step(&machine, &event);
}

/* Whatever comes, in whatever state, has a way in the table of moves: another aborts. */
START_TEST(no_event_is_impossible)
{
    enum stepwise_state state = (enum stepwise_state)(_i / N_EVENTS);
    enum stepwise_event_kind kind = (enum stepwise_event_kind)(_i % N_EVENTS);
    if (state == STEPWISE_IDLE)
        return;
    for (size_t at = 0; at < section.n_statements; at++)
        for (size_t found = 0; found < N_FOUND; found++)
            for (int stopping = 0; stopping < 2; stopping++)
                try_event(state, kind, at, found, stopping);
}
END_TEST

static struct stepwise_action feed(enum stepwise_event_kind kind, const char *sqlstate)
{
    static const struct catalog_facts nothing;
    struct stepwise_event event = {.kind = kind, .facts = &nothing};
    if (kind == STEPWISE_REFUSED) {
        error_set(&event.error, ERROR_REVISION_FAILED, "trouble");
        strcpy(event.error.sqlstate, sqlstate);
    }
    return stepwise_step(&machine, &event);
}

static void expect(struct stepwise_action action, enum stepwise_action_kind kind, size_t ordinal)
{
    ck_assert_int_eq(action.kind, kind);
    ck_assert_uint_eq(action.statement == NULL ? 0 : action.statement->ordinal, ordinal);
}

START_TEST(a_procedure_that_commits_is_taken_out)
{
    struct journal_entry journal[] = {{.ordinal = 1, .state = JOURNAL_DONE, .hash = section.statements[0].hash},
                                      {.ordinal = 2, .state = JOURNAL_DONE, .hash = section.statements[1].hash}};
    expect(stepwise_start(&machine), STEPWISE_READ, 1);
    expect(
        stepwise_step(&machine, &(struct stepwise_event){.kind = STEPWISE_DID, .journal = journal, .n_journal = 2}),
        STEPWISE_TRY, 3);
    expect(feed(STEPWISE_REFUSED, "2D000"), STEPWISE_START, 3);
    expect(feed(STEPWISE_DID, ""), STEPWISE_RUN, 3);
    struct stepwise_action action = feed(STEPWISE_DID, "");
    expect(action, STEPWISE_RECORD, 3);
    ck_assert_int_eq(action.outcome, JOURNAL_DONE);
    expect(feed(STEPWISE_DID, ""), STEPWISE_START, 4);
    expect(feed(STEPWISE_DID, ""), STEPWISE_RUN, 4);
    expect(feed(STEPWISE_DID, ""), STEPWISE_RECORD, 4);
    expect(feed(STEPWISE_DID, ""), STEPWISE_CLOSE, 0);
    expect(feed(STEPWISE_DID, ""), STEPWISE_FINISH, 0);
    ck_assert(machine.closed);
}
END_TEST

START_TEST(a_stop_lets_a_statement_be_noted_and_begins_no_other)
{
    stepwise_start(&machine);
    expect(feed(STEPWISE_DID, ""), STEPWISE_TRY, 1);
    expect(feed(STEPWISE_STOP, ""), STEPWISE_CANCEL, 1);
    expect(feed(STEPWISE_DID, ""), STEPWISE_FINISH, 2);
    ck_assert(!machine.closed);
    ck_assert_int_eq(machine.error.code, ERROR_NONE);
    ck_assert_int_eq(machine.progress[0].state, JOURNAL_DONE);
    ck_assert_str_eq(stepwise_stopped_words(&machine, arena), "statement 2 of 4 of r was not begun, 1 stays done");
    ck_assert(!machine.failed_first);
}
END_TEST

START_TEST(a_stop_while_a_failure_is_noted_came_second)
{
    stepwise_start(&machine);
    machine.state = STEPWISE_RECORDING;
    error_set(&machine.failure, ERROR_REVISION_FAILED, "trouble");
    expect(feed(STEPWISE_STOP, ""), STEPWISE_NOTHING, 0);
    expect(feed(STEPWISE_DID, ""), STEPWISE_FINISH, 1);
    ck_assert(machine.failed_first);
    ck_assert_str_eq(machine.error.message, "trouble");
}
END_TEST

/* Noted as begun, it never runs: it is noted as failed then, and the next run begins with it. */
START_TEST(a_stop_while_it_is_noted_as_begun_runs_nothing)
{
    struct journal_entry journal[] = {{.ordinal = 1, .state = JOURNAL_DONE, .hash = section.statements[0].hash}};
    stepwise_start(&machine);
    expect(
        stepwise_step(&machine, &(struct stepwise_event){.kind = STEPWISE_DID, .journal = journal, .n_journal = 1}),
        STEPWISE_LOOK, 2);
    expect(feed(STEPWISE_DID, ""), STEPWISE_START, 2);
    expect(feed(STEPWISE_STOP, ""), STEPWISE_NOTHING, 0);
    struct stepwise_action action = feed(STEPWISE_DID, "");
    expect(action, STEPWISE_RECORD, 2);
    ck_assert_int_eq(action.outcome, JOURNAL_FAILED);
    expect(feed(STEPWISE_DID, ""), STEPWISE_FINISH, 2);
    ck_assert_int_eq(machine.error.code, ERROR_TERMINATED);
    ck_assert_str_eq(machine.error.message, "stopped before statement 2 ran");
    ck_assert_str_eq(stepwise_stopped_words(&machine, arena), "statement 2 of 4 of r was not begun, 1 stays done");
    ck_assert(!machine.closed);
}
END_TEST

/* The machine is at its second statement, an index that was begun before. */
static void look_again_at_the_index(void)
{
    struct journal_entry journal[] = {{.ordinal = 1, .state = JOURNAL_DONE, .hash = section.statements[0].hash},
                                      {.ordinal = 2, .state = JOURNAL_STARTED, .hash = section.statements[1].hash}};
    stepwise_start(&machine);
    expect(
        stepwise_step(&machine, &(struct stepwise_event){.kind = STEPWISE_DID, .journal = journal, .n_journal = 2}),
        STEPWISE_LOOK, 2);
}

static struct stepwise_action feed_index(enum stepwise_event_kind kind, const char *sqlstate, bool valid)
{
    const struct catalog_object index = {.name = "i", .wanted = true, .valid = valid};
    const struct catalog_facts facts = {.objects = &index, .count = 1};
    struct stepwise_event event = {.kind = kind, .facts = &facts};
    if (kind == STEPWISE_REFUSED)
        error_set(&event.error, ERROR_REVISION_FAILED, "trouble with %s", sqlstate);
    memcpy(event.error.sqlstate, sqlstate, strlen(sqlstate) + 1);
    return stepwise_step(&machine, &event);
}

static const struct {
    const char *sqlstate;
    bool passes;
} refusals[] = {{"55P03", true}, {"40P01", true}, {"57014", true}, {"0A000", false}, {"42501", false}};

START_TEST(a_comparison_that_only_waited_in_vain_says_nothing)
{
    char trouble[40];
    snprintf(trouble, sizeof trouble, "trouble with %s", refusals[_i].sqlstate);
    look_again_at_the_index();
    expect(feed_index(STEPWISE_DID, "", true), STEPWISE_COMPARE, 2);
    expect(feed_index(STEPWISE_REFUSED, refusals[_i].sqlstate, true), STEPWISE_FINISH, 2);
    ck_assert((strcmp(machine.error.message, trouble) == 0) == refusals[_i].passes);
    ck_assert((strcmp(machine.error.sqlstate, refusals[_i].sqlstate) == 0) == refusals[_i].passes);
}
END_TEST

/* Noted as failed, an index without a name would never be found again. */
START_TEST(what_could_not_be_dropped_stays_begun)
{
    look_again_at_the_index();
    expect(feed(STEPWISE_DID, ""), STEPWISE_START, 2);
    expect(feed(STEPWISE_DID, ""), STEPWISE_RUN, 2);
    expect(feed_index(STEPWISE_REFUSED, "57014", false), STEPWISE_LOOK, 2);
    expect(feed_index(STEPWISE_DID, "", false), STEPWISE_DROP, 2);
    expect(feed_index(STEPWISE_REFUSED, "55P03", false), STEPWISE_FINISH, 2);
    ck_assert_str_eq(machine.error.message, "trouble with 57014");
}
END_TEST

START_TEST(the_diagram_shows_every_state)
{
    const char *diagram = stepwise_diagram(arena);
    for (int state = 0; state < STEPWISE_N_STATES; state++)
        ck_assert_ptr_nonnull(strstr(diagram, stepwise_state_name((enum stepwise_state)state)));
}
END_TEST

Suite *stepwise_core_suite(void)
{
    Suite *suite = suite_create("stepwise_core");
    TCase *tests = tcase_create("stepwise");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, takes_a_section_apart);
    tcase_add_loop_test(tests, a_statement_knows_how_it_waits, 0, sizeof waiting / sizeof *waiting);
    tcase_add_loop_test(tests, a_hash_tells_statements_apart_and_not_their_blanks, 0, N_PAIRS);
    tcase_add_loop_test(tests, the_journal_and_the_catalog_decide, 0, sizeof decisions / sizeof *decisions);
    tcase_add_loop_test(tests, no_event_is_impossible, 0, STEPWISE_N_STATES * N_EVENTS);
    tcase_add_test(tests, a_procedure_that_commits_is_taken_out);
    tcase_add_test(tests, a_stop_lets_a_statement_be_noted_and_begins_no_other);
    tcase_add_test(tests, a_stop_while_a_failure_is_noted_came_second);
    tcase_add_test(tests, a_stop_while_it_is_noted_as_begun_runs_nothing);
    tcase_add_loop_test(tests, a_comparison_that_only_waited_in_vain_says_nothing, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(tests, what_could_not_be_dropped_stays_begun);
    tcase_add_test(tests, the_diagram_shows_every_state);
    suite_add_tcase(suite, tests);
    return suite;
}
