#include "base/arena.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/job.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "db/journal.h"
#include "flows/inquiry.h"
#include "flows/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What the database tells of half done revisions. */
struct found {
    struct arena *arena;
    const struct half_done *open; /* the one to go on with; NULL: none */
    struct journal journal;
};

static bool ask_open(void *context, struct text *sql, const struct ledger *ledger, const struct books_facts *facts)
{
    (void)context;
    if (!facts->bookkeeping_exists)
        return false;
    journal_add_open_question(sql, ledger);
    return true;
}

static void take_open(void *context, const PGresult *result)
{
    struct found *found = context;
    struct half_done_list list = journal_read_open(found->arena, result);
    found->open = list.count > 0 ? &list.items[0] : NULL;
    for (size_t i = list.count; i > 0; i--) /* the oldest that is begun before one that was only refused */
        if (list.items[i - 1].begun)
            found->open = &list.items[i - 1];
}

static bool ask_journal(void *context, struct text *sql, const struct ledger *ledger, const struct books_facts *facts)
{
    const struct found *found = context;
    (void)facts;
    journal_add_question(sql, ledger, found->open->revision);
    return true;
}

static void take_journal(void *context, const PGresult *result)
{
    struct found *found = context;
    found->journal = journal_read(found->arena, result);
}

static bool look(struct invocation *invocation, struct found *found, struct error *error)
{
    if (!inquiry_run(invocation->target, &(struct inquiry){ask_open, take_open, found}, error))
        return false;
    if (found->open == NULL)
        return true;
    return inquiry_run(invocation->target, &(struct inquiry){ask_journal, take_journal, found}, error);
}

static void show_entry(const struct journal_entry *entry)
{
    printf("  statement %zu %-8s %s\n", entry->ordinal, journal_state_name(entry->state), entry->words);
    printf("    row %lld, %s, by %s on %s%s%s\n", (long long)entry->row, entry->noted, entry->role, entry->host,
           entry->reason == NULL ? "" : ": ", entry->reason == NULL ? "" : entry->reason);
}

/* The statement that was begun, and not noted how it ended; NULL: there is none. */
static const struct journal_entry *unsettled(const struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        if (journal->entries[i].state == JOURNAL_STARTED)
            return &journal->entries[i];
    return NULL;
}

/* What to type next. Owned by the arena. */
static const char *next_of(const struct found *found)
{
    const struct journal_entry *entry = unsettled(&found->journal);
    if (entry == NULL)
        return "`migrated resume` goes on";
    long long seen = (long long)found->journal.newest->row;
    return arena_printf(
        found->arena,
        "`migrated resume` goes on if the catalog tells what became of statement %zu; if it asks you, "
        "look at the database, and say `migrated resume --mark-done %zu --seen %lld` or `migrated "
        "resume --redo %zu --seen %lld`",
        entry->ordinal, entry->ordinal, seen, entry->ordinal, seen);
}

static void show_text(const struct found *found)
{
    bool up = found->open->direction == DIRECTION_UPGRADE;
    if (found->open->begun)
        printf("%s is half %s\n", found->open->revision, up ? "applied" : "taken back");
    else
        printf("%s was refused, and nothing of it is done\n", found->open->revision);
    for (size_t i = 0; i < found->journal.count; i++)
        show_entry(&found->journal.entries[i]);
    if (found->open->begun)
        printf("next: %s\n", next_of(found));
}

static json_t *entry_json(const struct journal_entry *entry)
{
    json_t *statement = json_object();
    json_object_set_new(statement, "statement", json_integer((json_int_t)entry->ordinal));
    json_object_set_new(statement, "state", json_text(journal_state_name(entry->state)));
    json_object_set_new(statement, "words", json_text(entry->words));
    json_object_set_new(statement, "row", json_integer(entry->row));
    json_object_set_new(statement, "noted", json_text(entry->noted));
    json_object_set_new(statement, "role", json_text(entry->role));
    json_object_set_new(statement, "host", json_text(entry->host));
    json_object_set_new(statement, "reason", json_text(entry->reason));
    return statement;
}

/* {"revision","direction","begun","row","statements":[{"statement","state","words","row","noted","role","host","reason"}],
 * "next"}; revision null when nothing is half done. */
static void show_json(const struct found *found)
{
    json_t *body = json_object(), *statements = json_array();
    const struct half_done *open = found->open;
    const struct journal *journal = &found->journal;
    json_object_set_new(body, "revision", json_text(open == NULL ? NULL : open->revision));
    json_object_set_new(body, "direction", json_text(open == NULL ? NULL : direction_name(open->direction)));
    json_object_set_new(body, "begun", json_boolean(open != NULL && open->begun));
    json_object_set_new(body, "row", journal->newest == NULL ? json_null() : json_integer(journal->newest->row));
    for (size_t i = 0; i < journal->count; i++)
        json_array_append_new(statements, entry_json(&journal->entries[i]));
    json_object_set_new(body, "statements", statements);
    json_object_set_new(body, "next", json_text(open != NULL && open->begun ? next_of(found) : NULL));
    json_print(body);
}

static bool read_number(const char *text, size_t *number)
{
    char *end;
    errno = 0;
    *number = strtoul(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* `seen`: the newest row when the person looked; 0: not told. */
static bool read_resolution(const struct invocation *invocation, struct stepwise_resolution *said, size_t *seen,
                            int *status)
{
    const char *done = invocation_flag(invocation, "mark-done"), *redo = invocation_flag(invocation, "redo");
    const char *row = invocation_flag(invocation, "seen");
    const char *text = done != NULL ? done : redo;
    *said = (struct stepwise_resolution){.state = done != NULL ? JOURNAL_DONE : JOURNAL_NONE};
    *seen = 0;
    if (done != NULL && redo != NULL)
        *status = report_usage("--mark-done and --redo: one of them at a time");
    else if (text != NULL && !read_number(text, &said->ordinal))
        *status = report_usage("--%s %s: not the number of a statement", done != NULL ? "mark-done" : "redo", text);
    else if (row != NULL && text == NULL)
        *status = report_usage("--seen: only with --mark-done or --redo");
    else if (row != NULL && !read_number(row, seen))
        *status = report_usage("--seen %s: not the number of a row", row);
    else
        return true;
    return false;
}

/*
 * What a person says holds for the journal that he has seen. One that tells its newest row (--seen) is taken at his word;
 * of another it is believed that he knows what we see now, but for a statement that is done: that is more often somebody
 * else's answer, or his own that was lost, than meant to be run twice.
 */
static bool check_seen(const struct found *found, const struct stepwise_resolution *said, size_t seen,
                       struct error *error)
{
    const struct journal *journal = &found->journal;
    if (seen != 0 && (journal->newest == NULL || (size_t)journal->newest->row != seen)) {
        error_set(error, ERROR_BUSY, "the journal of revision %s has rows that you have not seen%s%s",
                  found->open->revision, journal->newest == NULL ? "" : ": ",
                  journal->newest == NULL ? "" : journal_entry_words(found->arena, journal->newest));
        return error_next(error, "`migrated resume --show`");
    }
    for (size_t i = 0; i < journal->count && seen == 0 && said->state == JOURNAL_NONE; i++) {
        const struct journal_entry *entry = &journal->entries[i];
        if (entry->ordinal != said->ordinal || entry->state != JOURNAL_DONE)
            continue;
        error_set(error, ERROR_USAGE, "%s: it would be run once more", journal_entry_words(found->arena, entry));
        return error_next(error,
                          "`migrated resume` goes on behind it; `migrated resume --redo %zu --seen %lld` runs it all "
                          "the same",
                          entry->ordinal, (long long)journal->newest->row);
    }
    return true;
}

/* It may have been done by hand; or the wrong number was typed. */
static void warn_of_unbegun(const struct found *found, const struct stepwise_resolution *said)
{
    if (said->ordinal == 0 || said->state != JOURNAL_DONE)
        return;
    for (size_t i = 0; i < found->journal.count; i++)
        if (found->journal.entries[i].ordinal == said->ordinal)
            return;
    log_warning("statement %zu of %s was never begun, as the journal has it: it counts as done now, and is not run",
                said->ordinal, found->open->revision);
}

/* Down over one revision and no further: to its first parent, or off its own branch. */
static const char *below(struct arena *arena, const struct revision *revision)
{
    if (revision->down_revisions.count > 0)
        return revision->down_revisions.items[0];
    return arena_printf(arena, "%s@base", revision->id);
}

static int go_on(struct invocation *invocation, const struct found *found, struct stepwise_resolution said)
{
    int status;
    const char *target = found->open->revision;
    struct tree *tree = invocation_tree(invocation, &status);
    if (tree == NULL)
        return status;
    uint32_t node = graph_find(tree->files.graph, target);
    if (node == GRAPH_NONE) {
        tree_release(tree);
        struct error error;
        error_set(&error, ERROR_FILES, "revision %s is half done, but its file is not here", target);
        error_next(&error, "put the file back");
        return report_error(&error);
    }
    if (found->open->direction == DIRECTION_DOWNGRADE)
        target = below(invocation->arena, graph_revision(tree->files.graph, node));
    target = arena_string(invocation->arena, target);
    tree_release(tree);
    said.revision = found->open->revision;
    said.seen = found->journal.newest == NULL ? "" : found->journal.newest->attempt;
    return job_resume(invocation, found->open->direction, target, said);
}

static int run(struct invocation *invocation)
{
    struct found found = {.arena = invocation->arena};
    struct stepwise_resolution said;
    struct error error;
    size_t seen;
    int status = invocation_configure(invocation);
    if (status != 0 || !read_resolution(invocation, &said, &seen, &status))
        return status;
    if (!look(invocation, &found, &error) || (found.open != NULL && !check_seen(&found, &said, seen, &error)))
        return report_error(&error);
    bool show = invocation_flag(invocation, "show") != NULL;
    if (!show && found.open != NULL && (found.open->begun || said.ordinal != 0)) {
        warn_of_unbegun(&found, &said);
        return go_on(invocation, &found, said);
    }
    if (!show && said.ordinal != 0)
        return report_usage("nothing is half done: no statement to mark");
    if (invocation->json)
        show_json(&found);
    else if (show && found.open != NULL)
        show_text(&found);
    else
        puts("nothing is half done");
    return 0;
}

const struct command cmd_resume = {
    .name = "resume",
    .arguments = "",
    .summary = "go on with a revision that runs outside a transaction and broke off",
    .help =
        "Statements that are done are not run again. Where a crash fell between doing and noting, the catalog\n"
        "decides; where it cannot, you look at the database and say --mark-done N or --redo N. What you say holds\n"
        "for the journal as it was when you said it: whoever has gone on meanwhile makes it void (75), and a\n"
        "statement that is done is run again only with --seen. --show lists the statements, how far they came,\n"
        "since when and by whom. `upgrade` goes on in the same way; this needs no revision's name.\n",
    .json = true,
    .with_alembic = "alembic upgrade heads",
    .with_django = "python manage.py migrate",
    .uses = OPTION_FOR_FILES | OPTION_FOR_DATABASE | OPTION_FOR_RUN,
    .flags = {{"show", 0, NULL, "list the statements of the revision, run nothing"},
              {"mark-done", 0, "N", "statement N has done its work: note that, and go on behind it"},
              {"redo", 0, "N", "run statement N again"},
              {"seen", 0, "ROW", "the newest row that --show has shown: void if there is a newer one"},
              {"timeout", 0, "DURATION",
               "give up after this time: waiting ends with 75, running is cancelled with 1"},
              {"max-retries", 0, "N", "how often it is tried again (default: as often as retry_for allows)"},
              {"reason", 0, "TEXT", "kept in the history"}},
    .run = run,
};
