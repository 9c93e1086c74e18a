/* What comes before the command, and the command itself. */
#include "command_run_parts.h"

#include "base/arena.h"
#include "core/retry.h"
#include "flows/command_environment.h"
#include "flows/denied.h"

#include <string.h>

#define GRAPH_BYTES ((size_t)1 << 20)

/* ---- the command ---- */

static void on_output(void *context, unsigned stream, const char *bytes, size_t length)
{
    struct command_run *run = context;
    output_feed(&run->output, stream, bytes, length);
}

static void on_line(void *context, const char *line)
{
    struct command_run *run = context;
    arena_destroy(run->output_arena);
    run->output_arena = arena_create();
    run->last = output_last(&run->output, run->output_arena, OUTPUT_LAST);
    if (run->events.output != NULL)
        run->events.output(run->events.context, line);
    run->events.changed(run->events.context, &run->runner);
}

static void on_ended(void *context, int status)
{
    struct command_run *run = context;
    output_end(&run->output);
    child_destroy(run->child);
    run->child = NULL;
    run->status = status;
    run->ended = true;
    uv_timer_stop(run->limit);
    uv_timer_stop(run->sleep);
    if (run->locked)
        command_judge_read(run);
    else
        command_run_connect_again(run);
}

void command_spawn_end(struct command_run *run)
{
    child_stop(run->child, run->options.build_grace_ms);
}

static void on_limit(uv_timer_t *timer)
{
    struct command_run *run = timer->data;
    run->timed_out = true;
    command_spawn_end(run);
}

/* libpq, and so psycopg, gives its sessions this name: by it they are found (commands.sql). */
static const char *session_name(const struct command_run *run)
{
    char name[BOOKS_COMMAND_NAME_SIZE];
    books_command_name(session_ledger(run->session), name);
    return arena_printf(run->arena, "PGAPPNAME=%s", name);
}

static bool start_child(struct command_run *run, struct error *error)
{
    struct command_environment environment;
    const struct target_config *target = run->options.target;
    const char *name = session_name(run);
    struct child_events events = {on_output, on_ended, run};
    if (!command_environment_make(run->arena, target, &(struct names){&name, 1}, &environment, error))
        return false;
    output_finish(&run->output);
    run->output = (struct output){.secrets = environment.secrets, .line = on_line, .context = run};
    run->last = (struct names){0};
    run->child = child_start(run->loop, target->upgrade_command, environment.variables, &events, error);
    return run->child != NULL;
}

static void run_command(struct command_run *run)
{
    struct error error = {0};
    int64_t limit_ms = run->options.target->upgrade_timeout_ms;
    run->waiting_since_ms = run->retry_at_ms = 0;
    run->polls = 0;
    run->timed_out = run->overtaken = false;
    if (!start_child(run, &error)) {
        command_run_fail(run, &error);
        return;
    }
    run->attempts++;
    run->running_since_ms = clock_monotonic_ms();
    if (limit_ms > 0)
        uv_timer_start(run->limit, on_limit, (uint64_t)limit_ms, 0);
    command_run_move(run, COMMAND_RUNNING);
}

/* ---- who else is at work ---- */

static void on_look_again(uv_timer_t *timer)
{
    command_judge_read(timer->data); /* whoever it was may have applied something */
}

void command_spawn_look(struct command_run *run)
{
    struct text sql = {0};
    command_run_move(run, COMMAND_LOOKING_FOR_OTHERS);
    if (session_in_transaction(run->session)) /* of the books, refused */
        text_add(&sql, "ROLLBACK;\n");
    books_add_limits(&sql, COMMAND_LOCK_MS, COMMAND_STATEMENT_MS);
    books_add_commands(&sql, session_ledger(run->session));
    command_run_ask(run, &sql);
}

static void take_others(struct command_run *run, const struct db_reply *reply)
{
    const PGresult *answer = reply->results[reply->n_results - 1];
    if (books_read_commands(command_run_holder_arena(run), answer, &run->holder))
        command_run_wait_for(run, COMMAND_WAITING_FOR_OTHERS, on_look_again);
    else
        run_command(run);
}

/* ---- the books ---- */

static void keep_graph(struct command_run *run)
{
    struct text sql = {0};
    if (run->graph_kept == graph_size(run->options.graph)) {
        run->has_books = true;
        command_spawn_look(run);
        return;
    }
    if (run->state != COMMAND_KEEPING_GRAPH)
        command_run_move(run, COMMAND_KEEPING_GRAPH);
    run->graph_kept +=
        books_add_graph(&sql, session_ledger(run->session), run->options.graph, run->graph_kept, GRAPH_BYTES);
    command_run_ask(run, &sql);
}

/* The version table is the command's own to make. */
static void create_books(struct command_run *run)
{
    struct text sql = {0};
    struct books_facts facts = *session_facts(run->session);
    facts.version_table_exists = true;
    run->creations++;
    books_add_creation(&sql, session_ledger(run->session), &facts);
    command_run_ask(run, &sql);
}

void command_spawn_prepare(struct command_run *run)
{
    if (run->without_books) {
        command_spawn_look(run);
    } else if (session_facts(run->session)->bookkeeping_exists) {
        keep_graph(run);
    } else {
        if (run->state != COMMAND_MAKING_BOOKS)
            command_run_move(run, COMMAND_MAKING_BOOKS);
        create_books(run);
    }
}

void command_spawn_reply(struct command_run *run, const struct db_reply *reply)
{
    if (run->state == COMMAND_MAKING_BOOKS)
        session_ask_again(run->session);
    else if (run->state == COMMAND_KEEPING_GRAPH)
        keep_graph(run);
    else
        take_others(run, reply);
}

/* The command does not need the books: where the role may not write them it runs without. */
bool command_spawn_refused(struct command_run *run, const struct error *error)
{
    struct error explained = *error;
    struct text sql = {0};
    if (run->state != COMMAND_MAKING_BOOKS && run->state != COMMAND_KEEPING_GRAPH)
        return false;
    if (run->state == COMMAND_MAKING_BOOKS && retry_was_race(error->sqlstate, run->creations)) {
        text_add(&sql, "ROLLBACK");
        command_run_ask(run, &sql); /* somebody else has made them */
        return true;
    }
    if (strcmp(error->sqlstate, "42501") != 0)
        return false;
    denied_explain(&explained, "history and known revisions are not kept");
    command_run_log(run, LOG_SEVERITY_WARNING, "%s; next: %s", explained.message, explained.next);
    run->without_books = true;
    command_spawn_look(run);
    return true;
}
