#include "flows/stepwise_run.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "blocked.h"
#include "core/message_stepwise.h"
#include "core/retry.h"
#include "core/stepwise.h"
#include "db/catalog.h"
#include "db/journal.h"
#include "files/revision_dir.h"
#include "flows/failure.h"
#include "flows/timeouts.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS    60000 /* short questions of ours: the server's own limits end first, and say why */
#define STATEMENT_MS 40000
#define LOCK_MS      20000

struct stepwise_run {
    struct stepwise_run_options options;
    struct stepwise_run_events events;
    uv_work_t work; /* reading the file */
    bool reading, destroyed;
    uv_timer_t *timer; /* a build's grace; the end */
    struct arena *arena;
    char *text; /* owned: the file */
    size_t length;
    struct stepwise_section section;
    struct message_step step;
    struct revision file; /* what the pool reads by: the graph may be gone before it is through */
    struct stepwise machine;
    struct stepwise_action action; /* the one being carried out */
    struct message message;        /* on its way */
    const char **known;            /* by statement: oids of the journal's "started" row */
    struct catalog_facts facts;
    const char *present; /* oids that the last look saw */
    bool cancelled;
    bool moved;             /* the version rows or the lock are somebody else's */
    bool resolving;         /* what a person said is being noted */
    bool drop_follows;      /* the session's settings are on their way, then comes the DROP */
    struct failure failure; /* what the server refused last */
    bool failed;            /* it is of a message from the file */
    struct error error;     /* of the reading; and how it ended */
};

static void perform(struct stepwise_run *run, struct stepwise_action action);

static void feed(struct stepwise_run *run, struct stepwise_event *event)
{
    perform(run, stepwise_step(&run->machine, event));
}

static void feed_refused(struct stepwise_run *run, const struct error *error)
{
    feed(run, &(struct stepwise_event){.kind = STEPWISE_REFUSED, .error = *error, .facts = &run->facts});
}

/* ---- sending ---- */

static void begin_afresh(const struct stepwise_run *run, struct text *sql)
{
    if (session_in_transaction(run->options.session))
        text_add(sql, "ROLLBACK;\n");
}

/* Long by design: readers and writers pass meanwhile. */
static bool is_online(const struct stepwise_statement *statement)
{
    return statement->waits_by_design || statement->lock == SQL_LOCK_ONLINE;
}

/* The attempt and the timeouts of the message that is about to be made. */
static void prepare_step(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    const struct stepwise_run_options *options = &run->options;
    const struct revision *revision = run->step.revision;
    bool waits = statement != NULL && statement->waits_by_design;
    enum sql_lock lock = statement != NULL ? statement->lock : run->section.section->lock;
    run->step.attempt = arena_printf(run->arena, "%s/%u/1", options->uuid, ++*options->messages);
    run->step.lock_timeout_ms = waits ? 0 : timeouts_lock_ms(options->target, revision, lock, &options->lock_wait);
    run->step.look_ms = options->blind || waits ? 0 : timeouts_look_ms(run->step.lock_timeout_ms);
    run->step.statement_timeout_ms = timeouts_statement_ms(options->target, revision, waits ? SQL_LOCK_ONLINE : lock);
}

static void begin_message(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    message_finish(&run->message);
    message_init(&run->message, run->arena);
    prepare_step(run, statement);
    begin_afresh(run, &run->message.sql);
    run->message.total += run->message.sql.length > 0; /* the ROLLBACK is answered too */
}

static void send_message(struct stepwise_run *run)
{
    struct db_copy *copies = arena_array(run->arena, run->message.n_statements, sizeof *copies);
    size_t count = 0;
    for (size_t i = 0; i < run->message.n_statements; i++)
        if (run->message.statements[i].copy_data != NULL)
            copies[count++] =
                (struct db_copy){run->message.statements[i].copy_data, run->message.statements[i].copy_length};
    session_send(run->options.session, &(struct db_request){.sql = text_string(&run->message.sql),
                                                            .copies = copies,
                                                            .n_copies = count,
                                                            .discard_rows = true});
}

static struct message_one one_of(const struct stepwise_run *run, const struct stepwise_statement *statement)
{
    return (struct message_one){&run->step, &run->section, statement, NULL};
}

static size_t index_of(const struct stepwise_run *run, const struct stepwise_statement *statement)
{
    return (size_t)(statement - run->section.statements);
}

/* ---- the actions ---- */

static const struct stepwise_statement *find_ordinal(const struct stepwise_run *run, size_t ordinal)
{
    for (size_t i = 0; i < run->section.n_statements; i++)
        if (run->section.statements[i].ordinal == ordinal)
            return &run->section.statements[i];
    return NULL;
}

static bool is_ours_to_settle(const struct stepwise_run *run)
{
    const struct stepwise_resolution *said = run->options.resolution;
    return said->ordinal != 0 && strcmp(said->revision, run->step.revision->id) == 0;
}

static void read_journal(struct stepwise_run *run)
{
    struct text sql = {0};
    begin_afresh(run, &sql);
    books_add_limits(&sql, LOCK_MS, STATEMENT_MS);
    journal_add_last_question(&sql, session_ledger(run->options.session), run->step.revision->id);
    journal_add_question(&sql, session_ledger(run->options.session), run->step.revision->id);
    session_send_text(run->options.session, &sql, ANSWER_MS);
}

/* What a person said, noted where nothing has come behind the row that was seen; then the journal is read again. */
static void note_resolution(struct stepwise_run *run)
{
    const struct stepwise_resolution *said = run->options.resolution;
    const struct stepwise_statement *statement = find_ordinal(run, said->ordinal);
    if (statement == NULL) {
        struct error error;
        error_set(&error, ERROR_USAGE, "revision %s has no statement %zu that could be marked",
                  run->step.revision->id, said->ordinal);
        error_next(&error, "`migrated resume --show` lists them");
        feed_refused(run, &error);
        return;
    }
    struct message_one one = one_of(run, statement);
    run->resolving = true;
    begin_message(run, NULL);
    message_add_record(&run->message, session_ledger(run->options.session), &one, said->state);
    send_message(run);
}

/* Under the file's settings, and rolled back with them. */
static void begin_question(struct stepwise_run *run, struct text *sql, const struct stepwise_statement *statement)
{
    begin_afresh(run, sql);
    text_add(sql, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
    books_add_limits(sql, LOCK_MS, STATEMENT_MS);
    message_add_file_settings(sql, &run->section, statement->ordinal);
}

static void look(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct text sql = {0};
    const char *known = run->known[index_of(run, statement)];
    begin_question(run, &sql, statement);
    catalog_add_question(&sql, &statement->object, stepwise_statement_text(&run->section, statement), known);
    text_add(&sql, "ROLLBACK;\n");
    session_send_text(run->options.session, &sql, ANSWER_MS);
}

static const char *found_index(const struct stepwise_run *run)
{
    for (size_t i = 0; i < run->facts.count; i++)
        if (run->facts.objects[i].wanted && !run->facts.objects[i].known)
            return run->facts.objects[i].name;
    return "";
}

static void compare(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct text sql = {0};
    begin_question(run, &sql, statement);
    catalog_add_comparison(&sql, &statement->object, stepwise_statement_text(&run->section, statement),
                           statement->piece.length, found_index(run));
    text_add(&sql, "ROLLBACK;\n");
    session_send_text(run->options.session, &sql, ANSWER_MS);
}

/* Alone in its message, so that the lock and the session's limits go before it. */
static void drop(struct stepwise_run *run, const struct stepwise_action *action)
{
    log_warning("dropping the invalid index %s, which a build that did not end well left behind", action->leftover);
    begin_message(run, action->statement);
    message_add_hold(&run->message, session_ledger(run->options.session), &run->step);
    run->drop_follows = true;
    send_message(run);
}

static void drop_now(struct stepwise_run *run)
{
    struct text sql = {0};
    run->drop_follows = false;
    text_addf(&sql, "DROP INDEX CONCURRENTLY IF EXISTS %s", run->action.leftover);
    session_send_text(run->options.session, &sql, 0);
}

static void try_statement(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct message_one one = one_of(run, statement);
    begin_message(run, statement);
    message_add_try(&run->message, session_ledger(run->options.session), &one);
    send_message(run);
}

static void start_statement(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct message_one one = one_of(run, statement);
    if (stepwise_has_question(&statement->object)) {
        one.known = run->present == NULL ? "{}" : run->present;
        run->known[index_of(run, statement)] = one.known;
    }
    begin_message(run, statement);
    message_add_start(&run->message, session_ledger(run->options.session), &one);
    send_message(run);
}

/* ALTER TABLE parent DETACH PARTITION name FINALIZE: the other half of one that broke off. */
static void finalize(struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct text sql = {0};
    const char *text = stepwise_statement_text(&run->section, statement);
    const struct sql_object *object = &statement->object;
    text_add(&sql, "ALTER TABLE ");
    text_add_bytes(&sql, text + object->table.offset, object->table.length);
    text_add(&sql, " DETACH PARTITION ");
    text_add_bytes(&sql, text + object->name.offset, object->name.length);
    text_add(&sql, " FINALIZE");
    session_send_text(run->options.session, &sql, 0);
}

static void run_statement(struct stepwise_run *run, const struct stepwise_action *action)
{
    struct message_one one = one_of(run, action->statement);
    if (action->finalize) {
        finalize(run, action->statement);
        return;
    }
    begin_message(run, action->statement);
    message_add_run(&run->message, &one);
    send_message(run);
}

static void record(struct stepwise_run *run, const struct stepwise_action *action)
{
    struct message_one one = one_of(run, action->statement);
    begin_message(run, NULL);
    message_add_record(&run->message, session_ledger(run->options.session), &one, action->outcome);
    send_message(run);
}

static void close_revision(struct stepwise_run *run)
{
    begin_message(run, NULL);
    message_add_close(&run->message, session_ledger(run->options.session), &run->step);
    send_message(run);
}

static void on_end(uv_timer_t *timer)
{
    struct stepwise_run *run = timer->data;
    run->events.finished(run->events.context, run->error.code == ERROR_NONE ? NULL : &run->error, run->moved);
}

static void finish(struct stepwise_run *run)
{
    run->error = run->machine.error;
    if (run->error.code == ERROR_NONE && !run->machine.closed)
        error_set(&run->error, ERROR_TERMINATED, "stopped between two statements");
    uv_timer_start(run->timer, on_end, 0, 0);
}

static void on_grace_over(uv_timer_t *timer)
{
    struct stepwise_run *run = timer->data;
    session_cancel(run->options.session);
}

/* Asked twice (a time limit, then a signal), a build has no second grace. */
static void cancel(struct stepwise_run *run, const struct stepwise_action *action)
{
    if (run->cancelled && action->grace) /* it has one grace; a cancel may have been lost, and is sent again */
        return;
    run->cancelled = true;
    if (action->grace && run->options.stop_timeout_ms > 0) {
        log_warning("a concurrent index build is under way: it has %lld s to end, then it is cancelled and what it "
                    "leaves is dropped",
                    (long long)run->options.stop_timeout_ms / 1000);
        uv_timer_start(run->timer, on_grace_over, (uint64_t)run->options.stop_timeout_ms, 0);
    } else {
        session_cancel(run->options.session);
    }
}

/* A wait that a lock_timeout ends is looked at as that of any other statement; the time limit of all is none. */
static bool tries_without_limit(const struct stepwise_run *run, const struct stepwise_statement *statement)
{
    struct lock_wait wait = {.longest_ms = INT64_MAX};
    return is_online(statement) &&
           timeouts_lock_ms(run->options.target, run->step.revision, statement->lock, &wait) == 0;
}

/* A DROP of what a build left behind, too. */
static void watch(struct stepwise_run *run, const struct stepwise_action *action)
{
    bool online = action->kind == STEPWISE_DROP || (action->kind == STEPWISE_RUN && is_online(action->statement)) ||
                  (action->kind == STEPWISE_TRY && tries_without_limit(run, action->statement));
    if (online)
        blocked_watch_build(run->options.blocked, session_facts(run->options.session)->pid);
    else
        blocked_end_build(run->options.blocked);
}

static void perform(struct stepwise_run *run, struct stepwise_action action)
{
    if (action.kind == STEPWISE_NOTHING)
        return;
    if (action.kind == STEPWISE_CANCEL) {
        cancel(run, &action);
        return;
    }
    run->action = action;
    watch(run, &action);
    run->events.changed(run->events.context);
    switch (action.kind) {
    case STEPWISE_READ:
        read_journal(run);
        break;
    case STEPWISE_TRY:
        try_statement(run, action.statement);
        break;
    case STEPWISE_LOOK:
        look(run, action.statement);
        break;
    case STEPWISE_COMPARE:
        compare(run, action.statement);
        break;
    case STEPWISE_DROP:
        drop(run, &action);
        break;
    case STEPWISE_START:
        start_statement(run, action.statement);
        break;
    case STEPWISE_RUN:
        run_statement(run, &action);
        break;
    case STEPWISE_RECORD:
        record(run, &action);
        break;
    case STEPWISE_CLOSE:
        close_revision(run);
        break;
    case STEPWISE_FINISH:
        finish(run);
        break;
    case STEPWISE_CANCEL:
    case STEPWISE_NOTHING:
        break;
    }
}

/* ---- answers ---- */

static const PGresult *last_rows(const struct db_reply *reply)
{
    return reply->results[reply->n_results - 1];
}

/* Whoever has added rows since has perhaps done what was asked for, or it is no longer what it was said of. */
static void refuse_resolution(struct stepwise_run *run, const struct journal *journal)
{
    struct error error;
    const struct journal_entry *now = journal->newest;
    for (size_t i = 0; i < journal->count; i++)
        if (journal->entries[i].ordinal == run->options.resolution->ordinal)
            now = &journal->entries[i];
    error_set(&error, ERROR_BUSY, "somebody else has gone on with revision %s meanwhile: %s", run->step.revision->id,
              now == NULL ? "its journal is closed" : journal_entry_words(run->arena, now));
    error_next(&error, "`migrated resume --show`");
    feed_refused(run, &error);
}

/* True: the journal is not to be gone on with as it is. */
static bool resolve(struct stepwise_run *run, const struct journal *journal)
{
    struct stepwise_resolution *said = run->options.resolution;
    if (!is_ours_to_settle(run))
        return false;
    if (strncmp(run->step.last_note, run->options.uuid, strlen(run->options.uuid)) == 0) {
        said->ordinal = 0; /* it was noted, and the answer lost */
        return false;
    }
    if (strcmp(run->step.last_note, said->seen) == 0)
        note_resolution(run);
    else
        refuse_resolution(run, journal);
    return true;
}

static void resolved(struct stepwise_run *run)
{
    run->resolving = false;
    run->options.resolution->ordinal = 0;
    read_journal(run);
}

static void take_journal(struct stepwise_run *run, const struct db_reply *reply)
{
    struct journal journal = journal_read(run->arena, last_rows(reply));
    struct error error;
    run->step.last_note = journal_read_last(run->arena, reply->results[reply->n_results - 2]);
    if (resolve(run, &journal))
        return;
    if (journal.begun && journal.direction != run->step.direction) {
        bool up = journal.direction == DIRECTION_UPGRADE;
        error_set(&error, ERROR_REVISION_FAILED, "revision %s is half %s: statements of it are done or begun",
                  run->step.revision->id, up ? "applied" : "taken back");
        error_next(&error, "`migrated resume` to go on with it first");
        feed_refused(run, &error);
        return;
    }
    for (size_t i = 0; i < journal.count; i++)
        for (size_t j = 0; j < run->section.n_statements; j++)
            if (run->section.statements[j].ordinal == journal.entries[i].ordinal &&
                journal.entries[i].state == JOURNAL_STARTED)
                run->known[j] = journal.entries[i].known;
    feed(run, &(struct stepwise_event){.kind = STEPWISE_DID, .journal = journal.entries, .n_journal = journal.count});
}

/* Another role's, which only that role can drop. */
static void tell_what_stays(const struct stepwise_run *run)
{
    for (size_t i = 0; i < run->facts.count; i++)
        if (run->facts.objects[i].theirs && run->facts.objects[i].builder == 0)
            log_warning(
                "an earlier REINDEX CONCURRENTLY left the invalid index %s, which this role may not drop; its "
                "owner (in pg_toast a superuser) should: DROP INDEX CONCURRENTLY %s",
                run->facts.objects[i].name, run->facts.objects[i].name);
}

static void take_facts(struct stepwise_run *run, const struct db_reply *reply)
{
    run->facts = catalog_read(run->arena, last_rows(reply), &run->present);
    if (run->machine.state == STEPWISE_VERIFYING)
        tell_what_stays(run);
    feed(run, &(struct stepwise_event){.kind = STEPWISE_DID, .facts = &run->facts});
}

static void take_comparison(struct stepwise_run *run, const struct db_reply *reply)
{
    run->facts.definition = catalog_read_comparison(last_rows(reply));
    feed(run, &(struct stepwise_event){.kind = STEPWISE_DID, .facts = &run->facts});
}

/* Whom a statement waited for that was given up at its deadline; NULL: for nobody, or it was not. */
static const char *waited_for(const struct stepwise_run *run, const struct error *error, int *pid)
{
    bool late = strcmp(error->sqlstate, "57014") == 0 || strcmp(error->sqlstate, "55P03") == 0;
    bool in_time = !late || run->cancelled;
    return in_time ? NULL : blocked_build_words(run->options.blocked, pid);
}

/* Of a statement that had not the time it needs. */
static const char *more_time(const struct stepwise_run *run, const struct error *error)
{
    int pid;
    const char *words = waited_for(run, error, &pid);
    if (words != NULL && pid == 0)
        return "end the prepared transaction (SELECT * FROM pg_prepared_xacts)";
    if (words != NULL)
        return arena_printf(
            run->arena, "wait until pid %d has ended its transaction, or end it (SELECT pg_terminate_backend(%d)),",
            pid, pid);
    return is_online(run->action.statement)
               ? "give it more time (online_timeout, or the file's header of that name)"
               : "give it more time (statement_timeout, or the file's header of that name)";
}

/* Statements before the failing one stay: the transaction was theirs alone. */
static void say_what_is_kept(const struct stepwise_run *run, struct error *error)
{
    const struct stepwise_statement *statement = run->action.statement;
    const char *command = direction_name(run->step.direction), *remedy = "mend the file";
    if (statement == NULL)
        return;
    if (strcmp(error->sqlstate, "57014") == 0)
        remedy = more_time(run, error);
    else if (retry_helps(error->sqlstate))
        remedy = "see in pg_stat_activity and pg_locks who holds what it waits for";
    if (run->machine.at > 0)
        error_next(error,
                   "the statements before it stay done, it is not; %s and run `migrated %s` again: it goes on with "
                   "statement %zu",
                   remedy, command, statement->ordinal);
    else
        error_next(error, "nothing of this revision was kept; %s and run `migrated %s` again", remedy, command);
}

static void take_refusal(struct stepwise_run *run, const struct db_reply *reply)
{
    struct failure *failure = &run->failure;
    int pid;
    const char *words = waited_for(run, &reply->error, &pid);
    *failure = (struct failure){.error = reply->error};
    run->failed = run->action.kind == STEPWISE_TRY || run->action.kind == STEPWISE_START ||
                  (run->action.kind == STEPWISE_RUN && !run->action.finalize) ||
                  run->action.kind == STEPWISE_RECORD || run->action.kind == STEPWISE_CLOSE || run->drop_follows ||
                  run->resolving;
    if (run->failed) {
        failure_describe(failure, &run->message, reply, session_counts_bytes(run->options.session));
        run->moved = failure->check == CHECK_ROWS || failure->check == CHECK_LOCK || failure->check == CHECK_JOURNAL;
        if (run->resolving)
            error_next(&failure->error, "nothing was noted of what you said; run the command again");
        else if (failure->check == CHECK_NONE || failure->check == CHECK_AWAITED)
            say_what_is_kept(run, &failure->error);
    } else if (words != NULL) {
        say_what_is_kept(run, &failure->error);
    }
    if (words != NULL)
        error_add_detail(&failure->error, "waited for %s", words);
    run->drop_follows = run->resolving = false;
    feed_refused(run, &failure->error);
}

void stepwise_run_reply(struct stepwise_run *run, const struct db_reply *reply)
{
    if (run->cancelled)
        uv_timer_stop(run->timer); /* it has ended within its grace */
    if (reply->outcome == DB_REFUSED) {
        take_refusal(run, reply);
        return;
    }
    switch (run->action.kind) {
    case STEPWISE_READ:
        if (run->resolving)
            resolved(run);
        else
            take_journal(run, reply);
        break;
    case STEPWISE_TRY:
    case STEPWISE_START:
    case STEPWISE_RECORD:
        run->step.last_note = run->step.attempt;
        feed(run, &(struct stepwise_event){.kind = STEPWISE_DID});
        break;
    case STEPWISE_LOOK:
        take_facts(run, reply);
        break;
    case STEPWISE_COMPARE:
        take_comparison(run, reply);
        break;
    case STEPWISE_DROP:
        if (run->drop_follows && run->machine.stopping && run->machine.state == STEPWISE_CLEANING) {
            run->drop_follows = false;
            feed_refused(run,
                         &(struct error){.code = ERROR_TERMINATED, .message = "stopped before an index was dropped"});
            break;
        }
        if (run->drop_follows) {
            drop_now(run);
            break;
        }
        /* fall through */
    default:
        feed(run, &(struct stepwise_event){.kind = STEPWISE_DID});
        break;
    }
}

void stepwise_run_stop(struct stepwise_run *run)
{
    if (run->machine.state != STEPWISE_IDLE && run->machine.state != STEPWISE_DONE) {
        feed(run, &(struct stepwise_event){.kind = STEPWISE_STOP});
    } else {
        run->machine.failed_first |=
            run->machine.error.code != ERROR_NONE; /* its end is told from the loop, a turn later */
        run->machine.stopping = true;
    }
}

/* ---- life ---- */

static void release(struct stepwise_run *run)
{
    message_finish(&run->message);
    free(run->text);
    arena_destroy(run->arena);
    free(run);
}

static void read_in_pool(uv_work_t *work)
{
    struct stepwise_run *run = work->data;
    revision_text_read(&run->file, run->step.direction, &run->text, &run->length, &run->error);
}

static void reading_done(uv_work_t *work, int status)
{
    struct stepwise_run *run = work->data;
    (void)status;
    run->reading = false;
    if (run->destroyed) {
        release(run);
        return;
    }
    if (run->text == NULL) {
        uv_timer_start(run->timer, on_end, 0, 0);
        return;
    }
    run->step.text = run->text;
    run->step.text_length = run->length;
    const struct revision *revision = run->step.revision;
    stepwise_section_read(run->arena, revision_section(revision, run->step.direction), run->text, &run->section);
    run->known = arena_array(run->arena, run->section.n_statements, sizeof *run->known);
    bool stopping = run->machine.stopping;
    stepwise_init(&run->machine, run->arena, revision, run->step.direction, run->section.statements,
                  run->section.n_statements);
    run->machine.stopping = stopping;
    perform(run, stepwise_start(&run->machine));
}

struct stepwise_run *stepwise_run_create(uv_loop_t *loop, const struct stepwise_run_options *options,
                                         const struct stepwise_run_events *events)
{
    struct stepwise_run *run = memory_alloc(sizeof *run);
    const struct apply *apply = options->apply;
    const struct step *step = &apply->plan.steps[options->step];
    run->options = *options;
    run->events = *events;
    run->arena = arena_create();
    run->step = (struct message_step){
        .revision = graph_revision(apply->plan.graph, step->node),
        .direction = step->direction,
        .before = apply_rows_before(apply, options->step),
        .after = apply_rows_after(apply, options->step),
        .reason = options->reason,
        .awaited = options->awaited == NULL ? NULL : arena_string(run->arena, options->awaited),
        .durable = true,
    };
    run->file = revision_copy(run->arena, run->step.revision);
    run->timer = memory_alloc(sizeof *run->timer);
    run->timer->data = run;
    uv_timer_init(loop, run->timer);
    run->reading = true;
    run->work.data = run;
    uv_queue_work(loop, &run->work, read_in_pool, reading_done);
    return run;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void stepwise_run_destroy(struct stepwise_run *run)
{
    if (run == NULL)
        return;
    uv_close((uv_handle_t *)run->timer, free_handle);
    run->destroyed = true;
    if (!run->reading)
        release(run);
}

const struct failure *stepwise_run_failure(const struct stepwise_run *run)
{
    return run->failed ? &run->failure : NULL;
}

const char *stepwise_run_stopped_words(const struct stepwise_run *run, struct arena *arena)
{
    return stepwise_stopped_words(&run->machine, arena);
}

bool stepwise_run_is_half_done(const struct stepwise_run *run)
{
    return stepwise_is_half_done(&run->machine);
}

bool stepwise_run_failed_first(const struct stepwise_run *run)
{
    return run->machine.failed_first;
}

void stepwise_run_progress(const struct stepwise_run *run, size_t *statement, size_t *statements)
{
    const struct section *section = revision_section(run->step.revision, run->step.direction);
    *statements = section->statements;
    *statement = run->action.statement == NULL ? 0 : run->action.statement->ordinal;
}
