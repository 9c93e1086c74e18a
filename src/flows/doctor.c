#include "flows/doctor.h"

#include "base/arena.h"
#include "base/clock.h"
#include "config/conninfo.h"
#include "db/audit.h"
#include "db/doctor.h"
#include "db/journal.h"
#include "flows/session.h"
#include "pooler_name.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS    10000 /* the server's own limits end first, and say why */
#define LOCK_MS      2000
#define STATEMENT_MS 5000

enum state {
    CONNECTING,
    READING_ROWS,
    READING_GRAPH,
    READING_BOOKS,   /* the audit's records, and which revisions are half done */
    READING_JOURNAL, /* of one that is */
    PROVING,         /* that a pooler keeps the session's backend */
    NAMING,          /* and which one it is */
    CHECKING,
    DONE,
    N_STATES
};

#define TO(state) (1u << (state))

static const unsigned next_states[N_STATES] = {
    [CONNECTING] = TO(READING_ROWS) | TO(READING_BOOKS) | TO(PROVING) | TO(CHECKING) | TO(DONE),
    [READING_ROWS] = TO(READING_GRAPH) | TO(READING_BOOKS) | TO(PROVING) | TO(CHECKING) | TO(DONE),
    [READING_GRAPH] = TO(READING_BOOKS) | TO(PROVING) | TO(CHECKING) | TO(DONE),
    [READING_BOOKS] = TO(READING_JOURNAL) | TO(PROVING) | TO(CHECKING) | TO(DONE),
    [READING_JOURNAL] = TO(PROVING) | TO(CHECKING) | TO(DONE),
    [PROVING] = TO(NAMING) | TO(CHECKING) | TO(DONE),
    [NAMING] = TO(CHECKING) | TO(DONE),
    [CHECKING] = TO(DONE),
};

struct doctor {
    uv_loop_t loop;
    const struct doctor_options *options;
    struct doctor_result *result;
    struct arena *arena; /* borrowed */
    struct session *session;
    struct pooler_name *name;
    enum state state;
    size_t check; /* the one under way */
    struct diagnosis_facts facts;
    struct diagnosis diagnosis;
    struct names rows;
    struct verdict verdict;
    struct error rows_error, books_error, pooler_error;
};

static void move(struct doctor *doctor, enum state next)
{
    assert(next_states[doctor->state] & TO(next));
    doctor->state = next;
}

static void finish(struct doctor *doctor)
{
    move(doctor, DONE);
    session_destroy(doctor->session);
    pooler_name_destroy(doctor->name);
}

static void ask(struct doctor *doctor, struct text *sql)
{
    session_send_text(doctor->session, sql, ANSWER_MS);
}

/* ---- the checks, one after the other ---- */

static void begin_check(struct doctor *doctor)
{
    doctor->diagnosis.check = doctor_checks[doctor->check].name;
}

/* Those that ask nothing at once; up to the next that asks. */
static void check_on(struct doctor *doctor)
{
    for (; doctor->check < doctor_check_count; doctor->check++) {
        const struct doctor_check *check = &doctor_checks[doctor->check];
        struct text sql = {0};
        begin_check(doctor);
        if (check->sql == NULL) {
            check->judge(&doctor->diagnosis, NULL);
            continue;
        }
        doctor_add_question(&sql, check, session_ledger(doctor->session), doctor->options->older_than_ms);
        doctor->facts.asked_ms = clock_wall_ms();
        ask(doctor, &sql);
        return;
    }
    finish(doctor);
}

static void take_answer(struct doctor *doctor, const struct db_reply *reply)
{
    doctor->facts.answered_ms = clock_wall_ms();
    if (reply->outcome == DB_REFUSED) {
        diagnosis_refused(&doctor->diagnosis, &reply->error);
    } else {
        struct answer answer = doctor_read_answer(doctor->arena, reply->results[0]);
        doctor_checks[doctor->check].judge(&doctor->diagnosis, &answer);
    }
    doctor->check++;
    check_on(doctor);
}

static void begin_checks(struct doctor *doctor)
{
    move(doctor, CHECKING);
    check_on(doctor);
}

/* The connection is not had, or lost: the files are looked at all the same. */
static void fail(struct doctor *doctor, const struct error *error)
{
    doctor->result->error = *error;
    begin_check(doctor);
    diagnosis_add(&doctor->diagnosis, FINDING_FAIL, "%s", error->message);
    if (error->next[0] != '\0')
        diagnosis_next(&doctor->diagnosis, "%s", error->next);
    while (++doctor->check < doctor_check_count)
        if (doctor_checks[doctor->check].judge == diagnose_files) {
            begin_check(doctor);
            diagnose_files(&doctor->diagnosis, NULL);
        }
    finish(doctor);
}

/* ---- a pooler ---- */

static void on_named(void *context, const char *name)
{
    struct doctor *doctor = context;
    doctor->facts.pooler_name = name == NULL ? NULL : arena_string(doctor->arena, name);
    begin_checks(doctor);
}

static void take_proof(struct doctor *doctor, const struct error *error)
{
    if (error == NULL) {
        move(doctor, NAMING);
        doctor->name = pooler_name_find(&doctor->loop, doctor->session, on_named, doctor);
    } else if (session_is_open(doctor->session)) {
        doctor->pooler_error = *error;
        doctor->facts.pooler_error = &doctor->pooler_error;
        begin_checks(doctor);
    } else {
        fail(doctor, error);
    }
}

static void look_for_pooler(struct doctor *doctor)
{
    if (session_is_direct(doctor->session)) {
        begin_checks(doctor);
        return;
    }
    move(doctor, PROVING);
    doctor->facts.pooled = true;
    session_prove(doctor->session);
}

/* ---- the books ---- */

static void read_books(struct doctor *doctor)
{
    struct text sql = {0};
    if (!session_facts(doctor->session)->bookkeeping_exists) {
        look_for_pooler(doctor);
        return;
    }
    move(doctor, READING_BOOKS);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    journal_add_open_question(&sql, session_ledger(doctor->session));
    audit_add_question(&sql, session_ledger(doctor->session), "");
    ask(doctor, &sql);
}

static const struct half_done *first_begun(const struct half_done_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].begun)
            return &list->items[i];
    return NULL;
}

static void read_journal(struct doctor *doctor)
{
    struct text sql = {0};
    const struct half_done *half_done = first_begun(&doctor->facts.half_done);
    if (half_done == NULL) {
        look_for_pooler(doctor);
        return;
    }
    move(doctor, READING_JOURNAL);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    journal_add_question(&sql, session_ledger(doctor->session), half_done->revision);
    ask(doctor, &sql);
}

static void books_are_refused(struct doctor *doctor, const struct error *error)
{
    doctor->books_error = *error;
    doctor->facts.books_error = &doctor->books_error;
    look_for_pooler(doctor);
}

static void take_books(struct doctor *doctor, const struct db_reply *reply)
{
    const struct graph *graph = doctor->options->graph;
    if (reply->outcome == DB_REFUSED) {
        books_are_refused(doctor, &reply->error);
        return;
    }
    struct half_done_list open = journal_read_open(doctor->arena, reply->results[0]);
    struct audit_records records = audit_read(doctor->arena, reply->results[1]);
    doctor->facts.half_done = half_done_left(doctor->arena, graph, &doctor->rows, &open);
    audit_judge(doctor->arena, graph, &doctor->verdict.pending, &records, &doctor->facts.audit);
    for (size_t i = 0; i < records.count; i++)
        doctor->facts.recorded += records.items[i].checksum != NULL;
    read_journal(doctor);
}

static void take_journal(struct doctor *doctor, const struct db_reply *reply)
{
    if (reply->outcome == DB_REFUSED) {
        books_are_refused(doctor, &reply->error);
        return;
    }
    struct journal journal = journal_read(doctor->arena, reply->results[0]);
    doctor->facts.journal = journal.entries;
    doctor->facts.n_journal = journal.count;
    look_for_pooler(doctor);
}

/* ---- the version rows ---- */

static void judge_rows(struct doctor *doctor, const struct stored_graph *stored)
{
    verdict_judge(doctor->arena, doctor->options->graph, &doctor->rows, stored, &doctor->verdict);
    doctor->facts.verdict = &doctor->verdict;
    read_books(doctor);
}

static void read_rows(struct doctor *doctor)
{
    struct text sql = {0};
    if (doctor->options->graph == NULL) {
        look_for_pooler(doctor);
        return;
    }
    if (!session_facts(doctor->session)->version_table_exists) {
        judge_rows(doctor, NULL);
        return;
    }
    move(doctor, READING_ROWS);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    books_add_rows(&sql, session_ledger(doctor->session));
    ask(doctor, &sql);
}

static void take_rows(struct doctor *doctor, const struct db_reply *reply)
{
    struct text sql = {0};
    if (reply->outcome == DB_REFUSED) {
        doctor->rows_error = reply->error;
        doctor->facts.rows_error = &doctor->rows_error;
        look_for_pooler(doctor);
        return;
    }
    doctor->rows = books_read_rows(doctor->arena, reply->results[0]);
    if (!verdict_needs_stored(doctor->options->graph, &doctor->rows) ||
        !session_facts(doctor->session)->bookkeeping_exists) {
        judge_rows(doctor, NULL);
        return;
    }
    move(doctor, READING_GRAPH);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    books_add_stored_graph(&sql, session_ledger(doctor->session));
    ask(doctor, &sql);
}

static void take_graph(struct doctor *doctor, const struct db_reply *reply)
{
    if (reply->outcome == DB_REFUSED) {
        judge_rows(doctor, NULL);
        return;
    }
    struct stored_graph stored = books_read_stored_graph(doctor->arena, reply->results[0]);
    judge_rows(doctor, &stored);
}

/* ---- the session's events ---- */

static void take_facts(struct doctor *doctor)
{
    doctor->facts.display = session_display(doctor->session);
    doctor->facts.role = arena_string(doctor->arena, session_facts(doctor->session)->role);
    read_rows(doctor);
}

static void on_opened(void *context, const struct error *error)
{
    struct doctor *doctor = context;
    if (doctor->state == PROVING)
        take_proof(doctor, error);
    else if (error != NULL)
        fail(doctor, error);
    else
        take_facts(doctor);
}

static void on_reply(void *context, const struct db_reply *reply)
{
    struct doctor *doctor = context;
    if (reply->outcome == DB_LOST)
        fail(doctor, &reply->error);
    else if (doctor->state == READING_ROWS)
        take_rows(doctor, reply);
    else if (doctor->state == READING_GRAPH)
        take_graph(doctor, reply);
    else if (doctor->state == READING_BOOKS)
        take_books(doctor, reply);
    else if (doctor->state == READING_JOURNAL)
        take_journal(doctor, reply);
    else
        take_answer(doctor, reply);
}

static void on_lost(void *context, const struct error *error)
{
    fail(context, error);
}

/* Several hosts, and any will do: libpq takes the first that answers. */
static bool takes_any_host(struct arena *arena, const struct target_config *target)
{
    struct conninfo info;
    bool several = false, chosen = getenv("PGTARGETSESSIONATTRS") != NULL;
    if (!conninfo_resolve_to_migrate(arena, target, &info, NULL))
        return false;
    for (size_t i = 0; i < info.count; i++) {
        bool is_host = strcmp(info.keywords[i], "host") == 0 || strcmp(info.keywords[i], "hostaddr") == 0;
        several = several || (is_host && strchr(info.values[i], ',') != NULL);
        chosen = chosen || strcmp(info.keywords[i], "target_session_attrs") == 0;
    }
    return several && !chosen;
}

void doctor_run(struct arena *arena, const struct doctor_options *options, struct doctor_result *result)
{
    struct doctor doctor = {.options = options, .result = result, .arena = arena, .state = CONNECTING};
    struct session_events events = {on_opened, on_reply, on_lost, NULL, NULL, &doctor};

    *result = (struct doctor_result){0};
    doctor.facts = (struct diagnosis_facts){
        .changed_fails = options->target->on_changed == CHANGED_FAIL,
        .reads_only = options->target->apply == APPLY_NEVER,
        .any_host = takes_any_host(arena, options->target),
        .graph = options->graph,
        .files_error = options->files_error,
        .faults = options->faults,
    };
    doctor.diagnosis = (struct diagnosis){.arena = arena, .facts = &doctor.facts};
    uv_loop_init(&doctor.loop);
    doctor.session = session_create(&doctor.loop, options->target, &events);
    session_set_migrating(doctor.session);
    session_open(doctor.session);
    uv_run(&doctor.loop, UV_RUN_DEFAULT);
    uv_loop_close(&doctor.loop);
    result->findings = doctor.diagnosis.findings;
    result->count = doctor.diagnosis.count;
    result->has_failed = diagnosis_has_failed(&doctor.diagnosis);
}
